package idserver

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
)

// Kind is what a service asks for.
type Kind string

// Kinds of requests.
const (
	Authentication Kind = "authentication" // the authentication key and its PIN
	Signature      Kind = "signature"      // the signing key and its PIN
)

// State is a request's place in its life; see the package comment.
type State string

// States of a request.
const (
	Pending State = "pending"
	Granted State = "granted"
	Denied  State = "denied"
)

// request is a row of identity_request.
type request struct {
	Customer    ident.ID
	ID          ident.ID
	Client      string
	Kind        Kind
	Transaction string // handle at the signature server
	Content     []byte // SHA-256
	Payment     payment.Payment
	Confirm     string
	Reference   string
	State       State
	Reason      Reason
	Person      string
	Policies    int64
	Created     time.Time
	Expires     time.Time
	Ended       time.Time

	paid []byte
}

const requestColumns = `customer, id, client, kind, transaction_handle, content, payment, confirm, reference, state, reason, person, policies, created_at, expires_at, ended_at`

func (r *request) dest() []any {
	return []any{
		&r.Customer, &r.ID, &r.Client, &r.Kind, &r.Transaction, &r.Content, &r.paid, &r.Confirm, &r.Reference, &r.State, &r.Reason, &r.Person, &r.Policies,
		&r.Created, &r.Expires, &r.Ended,
	}
}

// insert stores a new request.
func (r *request) insert(tx *db.Tx) error {
	var paid []byte
	if !r.Payment.IsZero() {
		paid = r.Payment.Canonical()
	}
	_, err := tx.Exec(`INSERT INTO identity_request (`+requestColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', '', '', $10, $11, $12, NULL)`,
		r.Customer, r.ID, r.Client, string(r.Kind), r.Transaction, r.Content, paid, r.Confirm, r.Reference, r.Policies, r.Created, r.Expires)
	return err
}

// load reads a request of a client's; false when it has none of that name.
func load(tx *db.Tx, client string, customer, id ident.ID) (request, bool, error) {
	return one(tx, "customer = $1 AND id = $2 AND client = $3", customer, id, client)
}

// byID reads a request of whomever.
func byID(tx *db.Tx, customer, id ident.ID) (request, bool, error) {
	return one(tx, "customer = $1 AND id = $2", customer, id)
}

// of reads the request that a transaction of the signature server was asked for.
func of(tx *db.Tx, customer ident.ID, transaction string) (request, bool, error) {
	return one(tx, "customer = $1 AND transaction_handle = $2", customer, transaction)
}

func one(tx *db.Tx, where string, args ...any) (r request, found bool, err error) {
	err = tx.Row("SELECT "+requestColumns+" FROM identity_request WHERE "+where, args...).Scan(r.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return request{}, false, nil
	}
	if err == nil && len(r.paid) > 0 {
		r.Payment, err = payment.Parse(r.paid)
	}
	return r, err == nil, err
}

// settle ends a pending request; false when it has ended already.
func (r *request) settle(tx *db.Tx, to State, why Reason, person string) (bool, error) {
	n, err := tx.Exec("UPDATE identity_request SET state = $3, reason = $4, person = $5, ended_at = $6 WHERE customer = $1 AND id = $2 AND state = 'pending'",
		r.Customer, r.ID, string(to), string(why), person, tx.Now)
	return n == 1, err
}

// object names the request in the audit log.
func (r *request) object() string { return "identity_request:" + r.ID.String() }

// Restored is the hook for a database that was restored from a backup: what was pending in it may have been granted or denied
// since, and its service has been told; so it is denied.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	_, err := tx.Exec("UPDATE identity_request SET state = 'denied', reason = 'withdrawn', ended_at = $1 WHERE state = 'pending'", tx.Now)
	return err
}

// Erase removes the requests about a closed customer. What was granted stands in the assertions
// that services have archived, and in the log until that is erased, too.
func Erase(tx *db.Tx, customer ident.ID) error {
	_, err := tx.Exec("DELETE FROM identity_request WHERE customer = $1", customer)
	return err
}
