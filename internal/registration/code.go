package registration

import (
	"crypto/subtle"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
)

// Kinds of audit records.
const (
	AuditIssued    = "activation.issued"
	AuditExtended  = "activation.extended"
	AuditRevoked   = "activation.revoked"
	AuditRefused   = "activation.refused"
	AuditBegun     = "registration.begun"
	AuditReserved  = "registration.token_accepted"
	AuditNoToken   = "registration.token_refused"
	AuditNoCode    = "registration.code_refused"
	AuditDone      = "registration.completed"
	AuditAbandoned = "registration.abandoned"
)

// CodeStatus is an activation code's place in its life.
type CodeStatus string

// States of an activation code; the transitions are in the package comment.
const (
	Valid      CodeStatus = "valid"
	Used       CodeStatus = "used"
	Cancelled  CodeStatus = "cancelled"
	Superseded CodeStatus = "superseded"
)

// Code is an activation code, without its value.
type Code struct { //nolint:recvcheck // dest fills it, the rest only look
	Customer ident.ID
	ID       ident.ID
	Policy   string // code of the policy that it registers for
	Status   CodeStatus
	Extended int         // times
	Tries    limit.State // wrong serial numbers and first secure codes
	Created  time.Time
	By       string // who asked for it
	Expires  time.Time
	Ended    time.Time // zero: still valid

	form  string
	value []byte
}

// Expired reports whether the code ran out before now, whatever its status says.
func (c Code) Expired(now time.Time) bool { return now.After(c.Expires) }

const codeColumns = "customer, id, policy, form, value, status, extended, " + limit.Columns + ", created_at, created_by, expires_at, ended_at"

func (c *Code) dest() []any {
	d := append([]any{&c.Customer, &c.ID, &c.Policy, &c.form, &c.value, &c.Status, &c.Extended}, c.Tries.Dest()...)
	return append(d, &c.Created, &c.By, &c.Expires, &c.Ended)
}

// Counters of wrong attempts.
var (
	attempts = limit.In("activation_attempts", "", "customer")
	tries    = limit.In("activation_code", "status = 'valid'", "customer", "id")
)

// validCode returns the customer's valid code for a policy, run out or not.
func validCode(tx *db.Tx, customer ident.ID, policyCode string) (Code, bool, error) {
	return oneCode(tx, "customer = $1 AND policy = $2 AND status = 'valid'", customer, policyCode)
}

func codeByID(tx *db.Tx, customer, id ident.ID) (Code, bool, error) {
	return oneCode(tx, "customer = $1 AND id = $2", customer, id)
}

func oneCode(tx *db.Tx, where string, args ...any) (c Code, found bool, err error) {
	err = tx.Row("SELECT "+codeColumns+" FROM activation_code WHERE "+where, args...).Scan(c.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return c, false, nil
	}
	return c, err == nil, err
}

// codesOf returns all codes of a customer, newest first.
func codesOf(tx *db.Tx, customer ident.ID) (all []Code, err error) {
	err = tx.Each("SELECT "+codeColumns+" FROM activation_code WHERE customer = $1 ORDER BY created_at DESC, id DESC", []any{customer}, func(r db.Row) error {
		var c Code
		if err := r.Scan(c.dest()...); err != nil {
			return err
		}
		all = append(all, c)
		return nil
	})
	return all, err
}

// end moves a valid code to another status; false when it is not valid any more.
func (c *Code) end(tx *db.Tx, to CodeStatus) (bool, error) {
	n, err := tx.Exec("UPDATE activation_code SET status = $3, ended_at = $4 WHERE customer = $1 AND id = $2 AND status = 'valid'",
		c.Customer, c.ID, string(to), tx.Now)
	return n == 1, err
}

// hold keeps a valid code from being taken back until the transaction ends, so that
// whoever takes it back then finds the registration that it began; false when it is
// not valid any more.
func (c *Code) hold(tx *db.Tx) (bool, error) {
	n, err := tx.Exec("UPDATE activation_code SET status = status WHERE customer = $1 AND id = $2 AND status = 'valid'", c.Customer, c.ID)
	return n == 1, err
}

// hash is the keyed hash of a canonical code value.
func (d *Desk) hash(customer, id ident.ID, canonical string) []byte {
	return d.ring.MAC("activation.code", customer[:], id[:], []byte(canonical))
}

// right compares a typed code in canonical form. It does the same work for a
// code that does not exist.
func (d *Desk) right(c Code, canonical string) bool {
	return subtle.ConstantTimeCompare(d.hash(c.Customer, c.ID, canonical), c.value) == 1
}

// record adds an audit record about a code.
func (c *Code) record(tx *db.Tx, kind string, by audit.Actor, details map[string]any) {
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: c.Customer, Object: "activation:" + c.ID.String(), Details: details})
}
