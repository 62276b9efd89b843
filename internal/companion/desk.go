package companion

import (
	"context"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of the audit records of this package.
const (
	AuditInvited   = "companion.invited"
	AuditEnrolled  = "companion.enrolled"
	AuditNamed     = "companion.named" // a primary has told of a secondary
	AuditChanged   = "companion.changed"
	AuditRenamed   = "companion.renamed"
	AuditSuspended = "companion.suspended"
	AuditResumed   = "companion.resumed"
	AuditLost      = "companion.lost"
	AuditRemoved   = "companion.removed"
	AuditCloned    = "companion.cloned" // two copies of a device live
)

// Labels of sealed columns and keyed hashes: for ever the same.
const (
	identifierLabel = "companion.identifier"
	secretLabel     = "companion.secret"
	answerLabel     = "companion.answer"
	invitationLabel = "companion.invitation"
)

// Desk is the registry: its methods are the use cases. DB, Ring, Policies and Rand are required.
type Desk struct {
	DB       *db.DB
	Ring     *keyring.Ring
	Policies Policies
	Rand     io.Reader

	// Tell sends news of a device to its owner, in the transaction that makes them true: a failure
	// undoes it. Nil: customers are not told.
	Tell func(*db.Tx, audit.Actor, News) error
	// Moved hears, in the transaction of it, that the state of a device or its roles changed, by the kind of the audit record:
	// whoever keeps something of it acts. Nil: nobody.
	Moved func(tx *db.Tx, by audit.Actor, c Companion, kind string) error
}

// Policies says which policies are in force, such as policy.Book.
type Policies interface{ Active() *policy.Set }

// Columns lists the sealed columns of this package, for the rotation of keys.
func Columns() []keyring.Column {
	second := func(key []any) (id ident.ID) {
		b, _ := key[1].([]byte)
		copy(id[:], b)
		return id
	}
	return []keyring.Column{
		{Label: identifierLabel, Table: "companion_identifier", Key: []string{"customer", "companion", "kind"}, Column: "value", ID: func(key []any) ident.ID {
			kind, _ := key[2].(string)
			return identifierRow(second(key), IdentifierKind(kind))
		}},
		{Label: answerLabel, Table: "companion_answer", Key: []string{"customer", "companion", "epoch", "number"}, Column: "answer", ID: second},
		recipientColumn(),
		{Label: secretLabel, Table: "companion", Key: []string{"customer", "id"}, Column: "secret", ID: second},
	}
}

// Proof is what customers who act for themselves have shown just now, such as hub.Proven.
type Proof interface {
	// Check runs in the transaction of the act, before anything is changed. Its fault ends the act.
	Check(tx *db.Tx, customer ident.ID, by audit.Actor) error
	// Note returns what the audit record of the act calls it, and its name.
	Note() (key, value string)
}

// Order is who an act is for, and why it is allowed.
type Order struct {
	Customer ident.ID
	Proof    Proof  // of customers who act for themselves
	Reason   string // for people, at most 200 characters
}

// entitled refuses an act whose warrant is missing: a proof of customers, an identification of
// the customer by staff and applications. It returns what the record calls the warrant.
func (o Order) entitled(tx *db.Tx, by audit.Actor) (map[string]any, error) {
	note := map[string]any{}
	if o.Reason != "" {
		note["reason"] = o.Reason
	}
	switch by.Kind {
	case audit.SystemKind:
		return note, nil
	case audit.CustomerKind:
		if by.ID != o.Customer {
			return nil, fault.Deniedf("companion.not_yours", "Customers act on their own devices only.")
		}
		if o.Proof == nil {
			return nil, fault.Deniedf("companion.proof", "Show first that it is you: log in strongly once more.")
		}
		key, value := o.Proof.Note()
		note[key] = value
		return note, o.Proof.Check(tx, o.Customer, by)
	default: // staff, and applications of the bank
	}
	id, err := identification.Lately(tx, o.Customer, by)
	note["identification"] = id
	return note, err
}

// text gives a text for people in normal form: blanks folded, nothing in it that cannot be
// shown. field names it in the fault "companion.text".
func text(s, field string, most int) (string, error) {
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	bad := func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }
	if utf8.RuneCountInString(s) > most || strings.ContainsFunc(s, bad) {
		return "", fault.Invalidf("companion.text", "At most %d characters that can be shown.", most).WithField("/" + field)
	}
	return s, nil
}

// record leaves the record of an act on a device.
func record(tx *db.Tx, by audit.Actor, kind string, c Companion, details map[string]any) {
	if details == nil {
		details = map[string]any{}
	}
	details["kind"], details["number"] = c.Kind, c.Number
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: c.Customer, Object: c.ID.String(), Details: details})
}

// told records an act and tells the owner of it.
func (d *Desk) told(tx *db.Tx, by audit.Actor, kind string, c Companion, details map[string]any) error {
	record(tx, by, kind, c, details)
	if d.Tell == nil || !Told(kind) {
		return nil
	}
	return d.Tell(tx, by, News{Customer: c.Customer, Companion: c.ID, Kind: kind, What: c.Kind, Name: c.Name, At: tx.Now})
}

// moved tells whoever keeps something of a device that its state changed.
func (d *Desk) moved(tx *db.Tx, by audit.Actor, c Companion, kind string) error {
	if d.Moved == nil {
		return nil
	}
	return d.Moved(tx, by, c, kind)
}

// write runs f in a transaction of its own.
func (d *Desk) write(ctx context.Context, f func(*db.Tx) error) error { return d.DB.Write(ctx, f) }
