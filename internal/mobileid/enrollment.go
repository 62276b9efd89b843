package mobileid

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Enrollment asks for a mobile ID of a customer. It has a number or a card.
type Enrollment struct {
	// ID is that of the mobile ID, for callers that may send a request twice: the second one is
	// the Conflict "mobileid.made". Zero: a fresh one.
	ID        ident.ID
	Customer  ident.ID
	Number    string           // as typed
	ICCID     string           // of the card, as in the card maker's file
	Algorithm applet.Algorithm // of its keys; 0: the first of the policies
	Proof     Proof            // of customers who act for themselves, and of the bank's applications in their name
}

// Registration is one that is under way.
type Registration struct {
	MobileID

	Transaction string    // handle: see Desk.Get and Desk.Wait
	Control     string    // to be shown to the customer, who types it on the phone; "" for none
	Mode        string    // what the phone asks of the code: none, shown, chosen, typed
	Expires     time.Time // until when the person may choose the PIN
}

// Order is one act on one mobile ID.
type Order struct {
	Customer ident.ID
	Mobile   ident.ID
	Role     applet.Role // of Unblock
	Hold     Cause       // of Resume: which one ends; "": the only one
	ICCID    string      // of Reregister: another card; "": the one that has the number now
	Proof    Proof       // of customers who act for themselves, and of the bank's applications in their name; nil for none
	Reason   string      // for people, at most 200 characters; staff give one
}

// Proof is what customers have shown just now, such as hub.Proven, or hub.OfClient where an
// application of the bank acts for them.
type Proof interface {
	// Check runs in the transaction of the act, before anything is changed. Its fault ends the act.
	Check(tx *db.Tx, customer ident.ID, by audit.Actor) error
	// Note returns what the audit record of the act calls it, and its name.
	Note() (key, value string)
	// Shown returns the devices that gave the proof.
	Shown() []ident.ID
	// Factors returns what was shown: two kinds are needed.
	Factors() authenticator.Factor
}

// Profile is what is known of a mobile ID.
type Profile struct {
	MobileID

	Person       string // serial number in the certificates
	Certificates []Certificate
	Holds        []Hold      // why it, or its certificates, cannot be used; the strongest first
	Status       *CardStatus // as the card last said; nil: never asked
	Asked        time.Time   // when it said so
	// Registration is the transaction in which the person is asked for a PIN; nil unless one is under way.
	Registration *Registration
}

// Certificate is one that is registered for a role of a mobile ID.
type Certificate struct {
	Role      applet.Role
	Algorithm applet.Algorithm
	DER       []byte
	Chain     []byte // DER certificates of its issuers, one after another
	Serial    string // hexadecimal
	Issued    time.Time
	Expires   time.Time
	Renewable bool // its last days have come
}
