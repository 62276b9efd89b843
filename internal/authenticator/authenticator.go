package authenticator

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of audit records.
const (
	AuditEnrolled = "authenticator.enrolled"
	AuditBlocked  = "authenticator.blocked"
)

// Status says whether an authenticator may be tried at all.
type Status string

// States of an authenticator.
const (
	Enabled  Status = "enabled"
	Disabled Status = "disabled"
)

// Authenticator is a policy held by a customer.
type Authenticator struct { //nolint:recvcheck // dest fills it, the rest only look
	Customer  ident.ID
	Policy    string
	Status    Status
	Failures  limit.State
	Successes int64     // right proofs ever
	Mistakes  int64     // wrong proofs ever
	Streak    int64     // right proofs in a row; when negative, wrong ones
	Open      int       // challenges issued since the last right answer or cool-down
	Created   time.Time // enrollment
	Expires   time.Time // zero: no end
	Succeeded time.Time // zero: never
	Failed    time.Time // zero: never
}

// Expired reports whether the authenticator's validity ended before now.
func (a Authenticator) Expired(now time.Time) bool {
	return !a.Expires.IsZero() && now.After(a.Expires)
}

// failures is the counter in the authenticator's row.
var failures = limit.In("authenticator", "status = 'enabled'", "customer", "policy").Until("expires_at").
	Also("failed_at = $2, mistakes = mistakes + 1, streak = CASE WHEN streak < 0 THEN streak - 1 ELSE -1 END")

const columns = "customer, policy, status, " + limit.Columns + ", successes, mistakes, streak, challenges, created_at, expires_at, succeeded_at, failed_at"

func (a *Authenticator) dest() []any {
	d := append([]any{&a.Customer, &a.Policy, &a.Status}, a.Failures.Dest()...)
	return append(d, &a.Successes, &a.Mistakes, &a.Streak, &a.Open, &a.Created, &a.Expires, &a.Succeeded, &a.Failed)
}

// Get returns the customer's authenticator for a policy; false when there is none.
func Get(tx *db.Tx, customer ident.ID, policyCode string) (Authenticator, bool, error) {
	var a Authenticator
	err := tx.Row("SELECT "+columns+" FROM authenticator WHERE customer = $1 AND policy = $2", customer, policyCode).Scan(a.dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return a, false, nil
	}
	return a, err == nil, err
}

// Of returns all authenticators of a customer, by policy.
func Of(tx *db.Tx, customer ident.ID) (all []Authenticator, err error) {
	err = tx.Each("SELECT "+columns+" FROM authenticator WHERE customer = $1 ORDER BY policy", []any{customer}, func(r db.Row) error {
		var a Authenticator
		if err := r.Scan(a.dest()...); err != nil {
			return err
		}
		all = append(all, a)
		return nil
	})
	return all, err
}

// Enroll gives the customer the policy p. A customer who has it keeps its
// counters: registering another token must not open a blocked authenticator. One
// whose validity is over becomes valid again: otherwise a registration would end
// in a token that opens nothing.
func Enroll(tx *db.Tx, by audit.Actor, customer ident.ID, p policy.Policy) error {
	var ends time.Time
	if p.Valid > 0 {
		ends = tx.Now.Add(p.Valid)
	}
	n, err := tx.Exec(`INSERT INTO authenticator (`+columns+`)
		VALUES ($1, $2, 'enabled', 0, 0, NULL, 0, 0, 0, 0, $3, $4, NULL, NULL)
		ON CONFLICT (customer, policy) DO UPDATE SET expires_at = excluded.expires_at WHERE authenticator.expires_at < excluded.created_at`,
		customer, p.Code, tx.Now, ends)
	if err == nil && n == 1 {
		audit.Record(tx, audit.Event{Kind: AuditEnrolled, By: by, Customer: customer, Object: "policy:" + p.Code})
	}
	return err
}
