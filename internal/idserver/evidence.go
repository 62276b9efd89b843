package idserver

import (
	"crypto/x509"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/pki"
)

// Evidence is what a granted request can prove.
type Evidence struct {
	ID          ident.ID // of the request, as the audit log names it
	Customer    ident.ID
	Person      string // serial number in the certificate
	Client      string // who asked
	Shown       string // all that the phone showed but the control code
	Control     string
	MIME        string
	Document    bool
	Digest      [32]byte // of what was signed
	Payment     payment.Payment
	Certificate []byte // DER
	Serial      string // of the certificate, hexadecimal
	CMS         []byte // DER
	OCSP        []byte // DER; status of the certificate that the signature server relied on
	Stamp       []byte // DER; time-stamp token, nil while it is not there yet
	Policies    int64
	Answered    time.Time
	Granted     time.Time
}

// evidence lays out what a granted request can prove.
func (r *request) evidence(t *mobileid.Transaction) *Evidence {
	e := &Evidence{
		ID: r.ID, Customer: r.Customer, Person: r.Person, Client: r.Client, Shown: t.Shown, Control: t.Control, MIME: t.MIME, Document: t.Document,
		Digest: t.Digest, Payment: r.Payment, Certificate: t.Certificate, CMS: t.CMS, OCSP: t.OCSP, Stamp: t.Stamp, Policies: r.Policies,
		Answered: t.Answered, Granted: r.Ended,
	}
	if c, err := x509.ParseCertificate(t.Certificate); err == nil { // it was parsed when the request was granted
		e.Serial = pki.SerialText(c.SerialNumber)
	}
	return e
}

// Exhibit is what was shown and signed, for an assertion.
func (e *Evidence) Exhibit() *authenticator.Exhibit {
	return &authenticator.Exhibit{ID: e.ID, Content: e.Shown, Control: e.Control, At: e.Answered}
}

// Factors are what a signature by a SIM shows: the card, and the PIN without which it does not sign.
func (e *Evidence) Factors() authenticator.Factor {
	return authenticator.Possession | authenticator.Knowledge
}

// outcome tells what is known of a request.
func (d *Desk) outcome(r *request, t *mobileid.Transaction) Outcome {
	o := Outcome{
		Handle: d.handles.Seal(r.Customer, r.ID), Kind: r.Kind, State: r.State, Reason: r.Reason, Control: t.Control, Expires: r.Expires,
		Reference: r.Reference, Delivered: !t.Delivered.IsZero(),
	}
	if r.State == Granted {
		o.Evidence = r.evidence(t)
	}
	return o
}
