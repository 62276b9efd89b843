package idserver_test

import (
	"crypto"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/idserver"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Reasons of RFC 5280, section 5.3.1.
const certificateHold, cessationOfOperation = 6, 5

// published are the certificates of somebody, whose status others look up.
type published struct {
	*world

	leaves []*x509.Certificate
	issuer *x509.Certificate
	number int64 // of the issuer
}

func (w *world) published() *published {
	w.Helper()
	p := &published{world: w}
	for _, r := range []applet.Role{applet.Authentication, applet.Signing} {
		c := w.certificate(r)
		leaf, err := x509.ParseCertificate(c.DER)
		w.check(err)
		chain, err := x509.ParseCertificates(c.Chain)
		w.check(err)
		p.leaves, p.issuer = append(p.leaves, leaf), chain[0]
	}
	all, err := w.pki.Authorities(w.Context())
	w.check(err)
	i := slices.IndexFunc(all, func(a pki.Authority) bool { return a.Certificate != nil && a.Certificate.Equal(p.issuer) })
	p.number = all[i].Number
	return p
}

// are fails unless the responder and the revocation list say the same of all of them: the reason for which they
// are revoked; -1: none.
func (p *published) are(reason int) {
	p.Helper()
	p.clock.Advance(time.Hour) // a new list is due
	b, _, err := p.pki.RevocationList(p.Context(), p.number)
	p.check(err)
	list, err := x509.ParseRevocationList(b)
	p.check(err)
	for _, leaf := range p.leaves {
		q, err := ocsp.CreateRequest(leaf, p.issuer, &ocsp.RequestOptions{Hash: crypto.SHA256})
		p.check(err)
		b, _, err := p.pki.Respond(p.Context(), q)
		p.check(err)
		r, err := ocsp.ParseResponseForCert(b, leaf, p.issuer)
		p.check(err)
		if reason < 0 && r.Status != ocsp.Good || reason >= 0 && (r.Status != ocsp.Revoked || r.RevocationReason != reason) {
			p.Errorf("the responder says %d for %d; want %d", r.Status, r.RevocationReason, reason)
		}
		i := slices.IndexFunc(list.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool { return e.SerialNumber.Cmp(leaf.SerialNumber) == 0 })
		if i < 0 != (reason < 0) || i >= 0 && list.RevokedCertificateEntries[i].ReasonCode != reason {
			p.Errorf("the list has %d entries; want reason %d", len(list.RevokedCertificateEntries), reason)
		}
	}
}

// TestSuspendedCustomersCertificates: while a customer is suspended everybody who relies on their certificates
// learns that they are on hold, and that they are good afterwards; those of a closed customer are revoked.
func TestSuspendedCustomersCertificates(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		p := w.published()
		p.are(-1)
		for range 2 {
			w.check(w.customers.Suspend(t.Context(), officer, w.owner.Customer, "a test"))
			p.are(certificateHold)
			w.check(w.customers.Activate(t.Context(), officer, w.owner.Customer, "a test"))
			p.are(-1)
		}
		w.check(w.customers.Suspend(t.Context(), officer, w.owner.Customer, "a test"))
		w.check(w.customers.Close(t.Context(), officer, w.owner.Customer, "a test"))
		p.are(cessationOfOperation)
	})
}

// TestSuspendedCustomerSignsNothing: what was asked ends with the suspension, and nothing can be asked.
func TestSuspendedCustomerSignsNothing(t *testing.T) {
	registered(t, func(t *testing.T, w *world) {
		o := w.start()
		l := w.card.next(applet.Sign)
		w.check(w.customers.Suspend(t.Context(), officer, w.owner.Customer, "a test"))
		if w.card.count(applet.Cancel) != 1 {
			t.Error("the dialog on the phone goes on")
		}
		w.card.answer(l, applet.Answer{Signature: w.card.hash(w.card.keys[l.Role], l.Signed())})
		w.deliver()
		w.examine()
		w.stored(idserver.Denied, idserver.Withdrawn)
		w.is(o, idserver.Denied, idserver.Withdrawn)
		in := ask(phone)
		in.Provider.Entitled = true
		if _, err := w.desk.Start(t.Context(), shop, in); !fault.Is(err, "mobileid.suspended") {
			t.Errorf("a suspended customer is asked: %v", err)
		}
		w.check(w.customers.Activate(t.Context(), officer, w.owner.Customer, "a test"))
		o = w.start()
		w.card.sign()
		w.deliver()
		w.is(o, idserver.Granted, "")
	})
}
