package console_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/staff"
)

// TestCertificatesInTheConsole: authorities, one certificate from the list to its page, its status, and an erased holder.
func TestCertificatesInTheConsole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, boss := w.join("henry", staff.HelpDesk).login(), w.join("boss", staff.Administrator).login()
	if body := p.get("/certificates").body; !strings.Contains(body, "There is no authority yet") || !strings.Contains(body, "No certificates") {
		t.Error("an empty list says so")
	}
	if a := boss.get("/certificates"); a.code != 403 {
		t.Error("an administrator sees names", a.code)
	}
	by := audit.System("test")
	_, err := w.cfg.PKI.Init(t.Context(), by, pki.P256, pki.Subject{CommonName: "Fjord Bank Root"}, pki.Subject{CommonName: "Fjord Bank Persons"})
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	holder := ident.Derive("holder")
	made, err := w.cfg.PKI.Issue(t.Context(), pki.Order{Key: ident.Derive("k"), Customer: holder, CSR: csr, Profile: pki.Signing, Subject: pki.Subject{CommonName: "Kari Nordmann", SerialNumber: "MIDCS00000000001"}})
	if err != nil {
		t.Fatal(err)
	}
	list, page := p.get("/certificates").body, "/certificates/"+made.Serial
	for _, want := range []string{"Fjord Bank Root", "Fjord Bank Persons", "OCSP responder", "Kari Nordmann", page, "good"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list does not say %q", want)
		}
	}
	if strings.Contains(list, "notice") {
		t.Error("an authority that is well is a matter")
	}
	if _, err := w.cfg.PKI.Request(t.Context(), by, pki.P256, pki.Subject{CommonName: "The Next"}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.get("/certificates").body, "A request waits to be signed by the root.") {
		t.Error("the page does not say what is to be done")
	}
	body := p.get(page).body
	for _, want := range []string{"Kari Nordmann", "MIDCS00000000001", "ECDSA", pki.SoftwareKey, pki.Fingerprint(made.Certificate.Raw), "/customers/" + holder.String(), "signatures"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if a := p.get("/certificates?serial=" + strings.ToUpper(made.Serial)); a.to != page {
		t.Error("the serial number leads to", a.to)
	}
	if a := p.get("/certificates?serial=1234"); !strings.Contains(a.body, "No certificate has this serial number") {
		t.Error(a.code)
	}
	change := func(f func(*db.Tx) error) {
		if err := w.cfg.PKI.DB.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	change(func(tx *db.Tx) error { return w.cfg.PKI.Suspend(tx, by, made.Serial) })
	if body := p.get("/certificates?status=hold").body; !strings.Contains(body, "Kari Nordmann") || !strings.Contains(body, "on hold") {
		t.Error("the hold is not shown")
	}
	if body := p.get("/certificates?status=good").body; strings.Contains(body, "Kari Nordmann") {
		t.Error("the filter lets it through")
	}
	change(func(tx *db.Tx) error { return w.cfg.PKI.Erase(tx, holder) })
	if body := p.get(page).body; strings.Contains(body, "Kari") || !strings.Contains(body, "An erased customer") || !strings.Contains(body, "cessationOfOperation") {
		t.Error("an erased customer is named, or the revocation is not shown")
	}
}
