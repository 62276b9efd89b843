package mobileid

import (
	"context"
	"crypto/rand"
	"io"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/watch"
	"github.com/countersign-auth/countersign/ota/applet"
)

// Desk is the registration server and the signature server: its methods are the use cases.
// [Method] is what the hub needs of it. Use New.
type Desk struct {
	Config

	handles *authenticator.Handles
	waiting watch.Watchers // for transactions, and for what was asked for an authentication
}

// Config is what a Desk works with; all fields but Rand, Refused, Ended, Tell and Observe are needed.
type Config struct {
	DB       *db.DB
	Ring     *keyring.Ring
	Policies Policies
	Outbox   *outbox.Outbox
	Cards    Cards     // the messaging server
	CA       Authority // certificates, validation and time-stamps
	Rand     io.Reader
	// Country, of two letters, and Organization stand in the certificates; either may be empty.
	Country, Organization string

	// Refused is told, in the transaction of it, that a person has refused a request of the hub; with
	// Reported in its status, that they have not asked for it. Reported requests of service
	// providers, too. A failure undoes the refusal. Nil: nobody.
	Refused func(tx *db.Tx, by audit.Actor, t Transaction) error
	// Ended is told of every request for a signature that has ended, as its status says, in the transaction
	// of it: a failure undoes the end. Those of the hub are not told, which looks by itself. Nil: nobody.
	Ended func(tx *db.Tx, t Transaction) error
	// Tell sends news of a mobile ID to its owner by another way, in the transaction that makes
	// them true: a failure undoes it. Nil: customers are not told.
	Tell func(*db.Tx, audit.Actor, News) error
	// Observe is told of every request that has ended, after the commit, with how long it took. Nil: nobody.
	Observe func(kind Kind, status Status, took time.Duration)
}

// Policies says which policies are in force, such as policy.Book.
type Policies interface{ Active() *policy.Set }

// Cards is the messaging server: which cards there are, and packets to them.
type Cards interface {
	// ByNumber returns the card that has a phone number (E.164 with "+").
	ByNumber(tx *db.Tx, number string) (Card, bool, error)
	ByICCID(tx *db.Tx, iccid string) (Card, bool, error)
	Card(tx *db.Tx, id ident.ID) (Card, bool, error)
	// Move gives a number that a card has to another one from stock, whose holder was identified.
	Move(tx *db.Tx, by audit.Actor, number, iccid, reason string) error
	// Send leaves a command for a card, in the transaction of its caller, and names it.
	Send(tx *db.Tx, p Packet) (ident.ID, error)
	// Drop is told that no answer to a command is wanted any more: what was not sent yet is not sent.
	Drop(tx *db.Tx, message ident.ID) error
}

// Card is a SIM card.
type Card struct {
	ID     ident.ID
	ICCID  string
	Number string // E.164 with "+"; "" when it has none
	Usable bool   // it is in service
}

// Packet is a command for a card.
type Packet struct {
	Card     ident.ID
	Customer ident.ID // whom it is about
	Kind     string   // what it is, for operators: a word of a-z
	Data     []byte   // of package ota/applet
	Expires  time.Time
}

// Answer is what came back from a card, proven by its checksum.
type Answer struct {
	Message ident.ID // that Send has named
	Data    []byte   // of package ota/applet; empty for an error
	Status  byte     // of the response packet (ETSI TS 102 225, table 5); 0: done
}

// Loss says why a packet did not arrive.
type Loss string

// Losses.
const (
	LostExpired  Loss = "expired"      // it ran out at the message center
	LostAbsent   Loss = "phone_absent" // the phone was not there
	LostRefused  Loss = "refused"      // the message center does not take it
	LostRetired  Loss = "retired"      // the card is out of service
	LostRestored Loss = "restored"     // the database was restored from a backup
	LostInternal Loss = "internal"     // it never left
)

// Authority issues the certificates and judges signatures.
type Authority interface {
	// Issue certifies a key. The same one again gives the same certificate.
	Issue(ctx context.Context, c Certification) (Issued, error)
	// Revoke, Hold and Release change the status of a certificate, by its serial number.
	Revoke(tx *db.Tx, by audit.Actor, serial string, why RevocationReason) error
	Hold(tx *db.Tx, by audit.Actor, serial string) error
	Release(tx *db.Tx, by audit.Actor, serial string) error
	// Assemble makes a CMS SignedData (RFC 5652); a nil content is detached.
	Assemble(p Parts) ([]byte, error)
	// Validate judges a signature by the chain, the usage and the status of its certificate, and fails closed.
	Validate(ctx context.Context, p Parts, cms []byte, at time.Time) (Verdict, error)
	// Stamp returns a time-stamp token (RFC 3161) over a SHA-256 digest.
	Stamp(ctx context.Context, digest [32]byte) ([]byte, error)
}

// Certification asks for a certificate.
type Certification struct {
	Customer     ident.ID
	Key          ident.ID // names it: the same one twice is one certificate
	Request      []byte   // PKCS #10, DER
	Role         applet.Role
	Name         string // of the person
	Person       string // serial number in the subject, 16 characters
	Country      string // two letters; may be empty
	Organization string // may be empty
}

// Issued is a certificate.
type Issued struct {
	Certificate []byte // DER
	Chain       []byte // DER certificates of the issuers, one after another
	Serial      string // hexadecimal
	Expires     time.Time
}

// RevocationReason is a CRLReason (RFC 5280, section 5.3.1).
type RevocationReason int

// Reasons of revocations.
const (
	Unspecified RevocationReason = 0
	KeyLost     RevocationReason = 1 // keyCompromise
	Superseded  RevocationReason = 4
	Cessation   RevocationReason = 5 // cessationOfOperation
)

// Parts are what a signature is made of.
type Parts struct {
	Content     []byte   // nil: not in the CMS
	Digest      [32]byte // of the content
	Attributes  []byte   // signed attributes as SET OF, DER; nil of form Plain
	Nonce       []byte   // that stands in them; nil of form Plain
	Signature   []byte
	Certificate []byte // DER, of the registered key
	Chain       []byte // DER
	Role        applet.Role
}

// Verdict is the result of a validation.
type Verdict struct {
	Good   bool
	Reason Reason // why not
	OCSP   []byte // DER; the status that was relied on
}

// New returns a desk.
func New(c Config) *Desk {
	d := &Desk{Config: c, handles: authenticator.NewHandles(c.Ring, "mobileid")}
	if d.Rand == nil {
		d.Rand = rand.Reader
	}
	return d
}

// name of a customer for certificates.
func nameOf(c customer.Customer) string {
	if c.Name != "" {
		return c.Name
	}
	return c.Number
}
