package evidence

import (
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Signature is everything that is known of a signature that a person made on their SIM card, and
// that was found valid. The package that keeps it fills it.
type Signature struct {
	Handle   string   // by which service providers know it
	Record   string   // the transaction, as the object of records in the audit log
	Customer ident.ID // for the audit record; not in the evidence
	Provider string   // code of the service provider; "" for the bank
	Ref      string   // the provider's name of it; may be empty
	Purpose  string

	Role     applet.Role
	Form     applet.Form
	Service  string // name that the phone showed first
	Event    string // that it showed below; may be empty
	Text     string // that the person was shown
	Shown    string // all that the phone showed but the control code
	Language string // of the card's own words
	Content  []byte // octets that were signed; nil of a document
	Digest   [32]byte
	Document bool   // only the digest was known, to the card as well
	MIME     string // of the document; may be empty
	Mode     applet.ControlMode
	Control  string // four digits; "" with NoControl
	Nonce    applet.Nonce

	Requested time.Time
	Answered  time.Time
	Validated time.Time

	Signature   []byte // as the card made it
	CMS         []byte // SignedData in DER; nil of form Plain
	Certificate []byte // DER, of the key at that time
	Chain       []byte // DER certificates of its issuers, one after another
	Status      []byte // of the certificate when it was validated: an OCSP response, or a CRL, in DER
	Stamp       []byte // time-stamp token over SHA-256 of Signature (RFC 3161), DER
}

// kind is where the content stood.
func (s *Signature) kind() applet.ContentKind {
	switch {
	case s.Document:
		return applet.Document
	case string(s.Content) != s.Text:
		return applet.OwnText
	}
	return applet.ShownText
}

// missing names what the evidence of the signature would lack; "" for nothing.
func (s *Signature) missing() string {
	for _, part := range [...]struct {
		name string
		ok   bool
	}{
		{"validation", !s.Validated.IsZero()},
		{"signature", len(s.Signature) > 0 && (len(s.CMS) > 0 || s.Form == applet.Plain)},
		{"certificate", len(s.Certificate) > 0},
		{"status of the certificate", len(s.Status) > 0},
		{"time-stamp", len(s.Stamp) > 0},
	} {
		if !part.ok {
			return part.name
		}
	}
	return ""
}
