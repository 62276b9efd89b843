//go:build browser

package console_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// Certificates: from the navigation to the list with its authorities, and to one that is on hold.
func TestBrowserCertificates(t *testing.T) {
	w := newWorld(t)
	by := audit.System("test")
	_, err := w.cfg.PKI.Init(t.Context(), by, pki.P256, pki.Subject{CommonName: "Fjord Bank Root", Country: "NO"}, pki.Subject{CommonName: "Fjord Bank Persons", Country: "NO"})
	if err != nil {
		t.Fatal(err)
	}
	last := ""
	for i, name := range []string{"Kari Nordmann", "Ola Nordmann", "Maximiliane von Hohenstein-Schillingsfürst"} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
		if err != nil {
			t.Fatal(err)
		}
		made, err := w.cfg.PKI.Issue(t.Context(), pki.Order{
			Key: ident.Derive(name), Customer: ident.Derive(name), CSR: csr, Profile: []pki.Profile{pki.Signing, pki.Authentication}[i%2],
			Subject: pki.Subject{CommonName: name, SerialNumber: "MIDCS0000000000" + string(rune('1'+i)), Country: "NO"},
		})
		if err != nil {
			t.Fatal(err)
		}
		last = made.Serial
	}
	if err := w.cfg.PKI.DB.Write(t.Context(), func(tx *db.Tx) error { return w.cfg.PKI.Suspend(tx, by, last) }); err != nil {
		t.Fatal(err)
	}
	h, at := w.join("maja", staff.HelpDesk), w.serve()
	p := webtest.Start(t).Tab(t)
	h.enter(p, at)
	p.Follow("nav a[href='/certificates']")
	looks(t, p, "certificates")
	p.Follow("tbody a[href='/certificates/" + last + "']")
	p.WaitText("main", "certificateHold")
	looks(t, p, "certificate")
}
