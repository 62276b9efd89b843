package mobileid

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Provider is who asks for a signature: a service provider (AP of ETSI TS 102 204), or the bank
// itself. Package provider keeps those; here it is what a request needs of one.
type Provider struct {
	Code string // unique, for ever the same; the bank's own is "" with Name set
	Name string // what the phone shows first; 1 to 40 characters that every phone shows
	// Prefix is what every text of the provider must begin with; "" for nothing.
	Prefix string
	// Entitled providers are told that a number is unknown, suspended, on hold or protected by a
	// spam-prevention code; for the others such a request runs out like one that nobody answers.
	Entitled bool
	// GSM refuses texts that are not in the GSM alphabet (FiCom).
	GSM bool
	// MaxText and MaxContent are the longest text shown and signed, in characters; 0: as long as
	// the card can show.
	MaxText, MaxContent int
	Roles               []applet.Role // that it may ask for; none: both
	// Rate is how many requests it may make in limits.window of the policies; 0: limits.provider of them.
	Rate int
}

// May reports whether the provider may ask for signatures of a role.
func (p Provider) May(r applet.Role) bool { return len(p.Roles) == 0 || slices.Contains(p.Roles, r) }

// User says who is asked: exactly one field is set.
type User struct {
	Number         string   // phone number, E.164 with or without "+", or as people of the policy's region type it
	Person         string   // serial number of a person, 16 characters
	CustomerNumber string   // the bank's
	Customer       ident.ID // of package customer
	Mobile         ident.ID // one mobile ID of Customer, which is set too; else the one that was active first
}

// Content is what is signed. The zero Content is the text that is shown.
type Content struct {
	Text     string   // another text, which is shown below the first
	Document bool     // a document of which only Digest is known
	Digest   [32]byte // its SHA-256
	MIME     string   // of the document; for the evidence. May be empty
}

// Request asks one person for a signature.
type Request struct {
	Provider Provider
	User     User
	Role     applet.Role
	Text     string  // that the phone shows (DTBD); line feeds are the only control characters in it
	Content  Content // what is signed, if it is not Text
	Form     applet.Form
	Control  applet.ControlMode // of the control code
	Event    string             // 4 to 8 letters and digits that the service shows too (FiCom eventId); may be empty
	Spam     string             // the person's spam-prevention code, as they gave it to the service; may be empty
	TTL      time.Duration      // how long the person has; 0: mobile_id.ttl of the policies
	Language string             // RFC 5646; "" or one that the policies do not list: the customer's
	Ref      string             // the provider's own name of it, taken once in a month; may be empty
	Purpose  string             // what it is for, for the log: "signature", "login" …; may be empty

	// Keep stores what the caller keeps of the request, in the transaction that leaves it: a failure undoes
	// both, so that nobody is asked for what nobody waits for. It may run more than once. Nil for nothing.
	Keep func(tx *db.Tx, t Transaction) error

	hub asking // of the hub's method
}

// asking is what a request of the hub has besides.
type asking struct {
	authentication ident.ID
	policy         string
	payment        payment.Hash
	key            []byte // tag of the idempotency key
	proven         bool   // a factor was shown before: no stranger asks
}
