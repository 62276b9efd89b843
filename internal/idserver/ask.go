package idserver

import (
	"context"
	"crypto/sha256"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Request is what an online service asks of a person.
type Request struct {
	Provider  mobileid.Provider
	User      mobileid.User
	Kind      Kind
	Text      string          // that the phone shows, and signs; may be empty for an authentication
	Payment   payment.Payment // that a signature is about, in place of Text; zero for none
	Document  *Document       // that a signature is about; nil for none. Text, if any, is shown with it
	Control   policy.Control  // of the control code; "" as the policies say
	Event     string          // 4 to 8 letters and digits that the service shows too; may be empty
	Spam      string          // spam-prevention code of the person; may be empty
	TTL       time.Duration   // how long the person has; 0: as the policies say
	Language  string          // RFC 5646; "" the first of the policies
	Reference string          // the service's own, at most 100 characters
	Quiet     bool            // no confirmation is shown on the phone once it is granted
}

// Document is known by its digest only.
type Document struct {
	Name   string   // that the phone shows, 1 to 60 characters
	MIME   string   // may be empty
	Digest [32]byte // SHA-256
}

// maxReference bounds the reference of a service, in characters.
const maxReference, maxName = 100, 60

// Start asks the person, by the signature server, and keeps the request in the same transaction: nobody is
// asked for what could not be kept. Faults: "identity.kind", "identity.what", "identity.document", "identity.reference" and
// "identity.control" (Invalid), and those of mobileid.Desk.Sign. A person who has no mobile ID is answered like any other unless
// the provider is entitled to know.
func (d *Desk) Start(ctx context.Context, by audit.Actor, in Request) (Outcome, error) {
	set := d.Policies.Active()
	if err := in.check(); err != nil {
		return Outcome{}, err
	}
	ask, err := in.request(set)
	if err != nil {
		return Outcome{}, err
	}
	w := wordsOf(in.language(set))
	var r request
	ask.Keep = func(tx *db.Tx, t mobileid.Transaction) error {
		r = in.row(by, set, w, t)
		r.ID = ident.New(t.Created, d.Rand)
		if err := r.insert(tx); err != nil {
			return err
		}
		r.record(tx, by, AuditRequested, requested{Kind: in.Kind, Provider: in.Provider.Code, Transaction: t.ID.String(), Payment: in.Payment.Hash().String(), Reference: in.Reference})
		return nil
	}
	t, err := d.sign(ctx, by, ask, in.texts(w))
	if err != nil {
		return Outcome{}, err
	}
	return d.outcome(&r, &t), nil
}

// row is what is kept of a request.
func (in *Request) row(by audit.Actor, set *policy.Set, w words, t mobileid.Transaction) request {
	digest := in.digest(t.Text)
	return request{
		Customer: t.Customer, Client: by.String(), Kind: in.Kind, Transaction: t.Handle, Content: digest[:], Payment: in.Payment, Reference: in.Reference,
		Confirm: in.confirm(w, t), State: Pending, Policies: set.Version, Created: t.Created, Expires: t.Expires,
	}
}

// requested is what the audit log keeps of a request.
type requested struct {
	Kind        Kind   `json:"kind"`
	Provider    string `json:"provider"`
	Transaction string `json:"transaction"` // of the signature server
	Payment     string `json:"payment,omitempty"`
	Reference   string `json:"reference,omitempty"`
}

// sign asks the signature server: with the first text that a phone can show.
func (d *Desk) sign(ctx context.Context, by audit.Actor, ask mobileid.Request, texts []string) (t mobileid.Transaction, err error) {
	for _, text := range texts {
		ask.Text = text
		if t, err = d.Signers.Sign(ctx, by, ask); !fault.Is(err, "mobileid.too_long") {
			return t, err
		}
	}
	return t, err
}

func (in *Request) check() error {
	what := 0
	for _, there := range []bool{in.Text != "" && in.Document == nil, !in.Payment.IsZero(), in.Document != nil} {
		if there {
			what++
		}
	}
	switch {
	case in.Kind != Authentication && in.Kind != Signature:
		return fault.Invalidf("identity.kind", "Ask for an authentication or for a signature.").WithField("/kind")
	case in.Kind == Authentication && (!in.Payment.IsZero() || in.Document != nil):
		return fault.Invalidf("identity.what", "An authentication is about a text at most: payments and documents are signed.").WithField("/kind")
	case in.Kind == Signature && what != 1:
		return fault.Invalidf("identity.what", "Say what is to be signed: one of a text, a payment and a document.").WithField("/text")
	case len([]rune(in.Reference)) > maxReference:
		return fault.Invalidf("identity.reference", "A reference has at most %d characters.", maxReference).WithField("/reference")
	case in.Document != nil && (in.Document.Name == "" || len([]rune(in.Document.Name)) > maxName):
		return fault.Invalidf("identity.document", "The name of a document has 1 to %d characters: the phone shows it.", maxName).WithField("/document/name")
	}
	return nil
}

// request is what the signature server is asked, but for the text.
func (in *Request) request(set *policy.Set) (mobileid.Request, error) {
	x := mobileid.Request{
		Provider: in.Provider, User: in.User, Role: applet.Authentication, Form: applet.Attributed, Event: in.Event, Spam: in.Spam, TTL: in.TTL,
		Language: in.language(set), Purpose: string(in.Kind),
	}
	if in.Kind == Signature {
		x.Role = applet.Signing
	}
	if doc := in.Document; doc != nil {
		x.Content = mobileid.Content{Document: true, Digest: doc.Digest, MIME: doc.MIME}
	}
	control := in.Control
	if control == "" {
		control = set.MobileID.Control
	}
	var known bool
	if x.Control, known = controlModes()[control]; !known {
		return x, fault.Invalidf("identity.control", "The control code can be none, shown, chosen or typed.").WithField("/control")
	}
	return x, nil
}

func controlModes() map[policy.Control]applet.ControlMode {
	return map[policy.Control]applet.ControlMode{
		policy.ControlNone: applet.NoControl, policy.ControlShown: applet.ShownControl, policy.ControlChosen: applet.ChosenControl, policy.ControlTyped: applet.TypedControl,
	}
}

// language is that of the phone's words.
func (in *Request) language(set *policy.Set) string {
	if in.Language == "" && len(set.MobileID.Languages) > 0 {
		return set.MobileID.Languages[0]
	}
	return in.Language
}

// texts are what the phone may show, the longest first. Amounts and payees are in all of them.
func (in *Request) texts(w words) []string {
	switch {
	case in.Document != nil && in.Text != "":
		return []string{in.Text + "\n" + w.document + ": " + in.Document.Name}
	case in.Document != nil:
		return []string{w.document + ": " + in.Document.Name}
	case !in.Payment.IsZero():
		return paymentTexts(in.Payment, w)
	case in.Text != "":
		return []string{in.Text}
	}
	return []string{w.login}
}

// paymentTexts are the texts of a payment: all of it; without references; and of a batch that no
// phone can show, its total, the number of its orders, and its fingerprint, which binds all of them.
func paymentTexts(p payment.Payment, w words) []string {
	all := []string{trimmed(p.Text(w.Words)), w.pay + ": " + p.Short(w.Words)}
	if p.Len() > 1 {
		all = append(all, w.Total+": "+p.Total().String()+"\n"+strconv.Itoa(p.Len())+" "+w.Payments+"\n"+w.batch+": "+p.Hash().String()[:fingerprint])
	}
	return all
}

// fingerprint is how many digits of a batch's hash are shown.
const fingerprint = 16

func trimmed(s string) string {
	for len(s) > 0 && s[len(s)-1] == '\n' {
		s = s[:len(s)-1]
	}
	return s
}

// digest is that of what is to be signed: the document's, or that of the text that is shown.
func (in *Request) digest(text string) [32]byte {
	if in.Document != nil {
		return in.Document.Digest
	}
	return sha256.Sum256([]byte(text))
}

// confirm is what the phone shows once a signature is granted.
func (in *Request) confirm(w words, t mobileid.Transaction) string {
	switch {
	case in.Quiet || in.Kind != Signature:
		return ""
	case !in.Payment.IsZero():
		return w.paid + ": " + in.Payment.Short(w.Words)
	case in.Document != nil:
		return w.confirmed + ": " + in.Document.Name
	}
	return w.confirmed + ": " + t.Text
}
