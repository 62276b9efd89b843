package authenticator_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// world is a database with authenticators of one policy.
type world struct {
	t      testing.TB
	d      *db.DB
	clock  *dbtest.Clock
	policy policy.Policy
}

func by() audit.Actor { return audit.System("test") }

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		p, _ := policy.Version0().Policy("secure-code")
		f(t, &world{t: t, d: d, clock: clock, policy: p})
	})
}

func (w *world) settle(customer ident.ID, f func(*db.Tx) error) {
	w.t.Helper()
	if err := w.d.Settle(context.Background(), customer, f); err != nil {
		w.t.Fatal(err)
	}
}

// enrolled returns a new customer who has the policy.
func (w *world) enrolled(name string) ident.ID {
	w.t.Helper()
	c := ident.Derive("customer", name)
	w.settle(c, func(tx *db.Tx) error { return authenticator.Enroll(tx, by(), c, w.policy) })
	return c
}

func (w *world) get(customer ident.ID) authenticator.Authenticator {
	w.t.Helper()
	return w.getUnder(customer, w.policy)
}

func (w *world) getUnder(customer ident.ID, p policy.Policy) (a authenticator.Authenticator) {
	w.t.Helper()
	w.settle(customer, func(tx *db.Tx) (err error) {
		a, _, err = authenticator.Get(tx, customer, p.Code)
		return err
	})
	return a
}

// prove settles a finding once.
func (w *world) prove(customer ident.ID, f authenticator.Finding) authenticator.Reason {
	w.t.Helper()
	return w.proveUnder(customer, w.policy, f)
}

func (w *world) proveUnder(customer ident.ID, p policy.Policy, f authenticator.Finding) (reason authenticator.Reason) {
	w.t.Helper()
	err := w.d.Settle(context.Background(), customer, func(tx *db.Tx) (err error) {
		reason, err = authenticator.Settle(tx, by(), customer, p, f)
		return err
	})
	if errors.Is(err, authenticator.ErrLost) {
		return w.proveUnder(customer, p, authenticator.Lost())
	}
	if err != nil {
		w.t.Error(err)
	}
	return reason
}

// right is a right proof that counts how often it was asked to be consumed.
func right(consumed *int, won bool) authenticator.Finding {
	return authenticator.Finding{Right: true, Factors: authenticator.Possession, Consume: func(*db.Tx) (bool, error) {
		*consumed++
		return won, nil
	}}
}

func wrong() authenticator.Finding { return authenticator.Finding{Reason: authenticator.Wrong} }

// records counts the audit records of a kind.
func (w *world) records(kind string) (n int) {
	w.t.Helper()
	err := w.d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1", kind).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// request is an authentication of the customer that may be challenged.
func (w *world) request(customer ident.ID, authentication string) authenticator.Request {
	return authenticator.Request{Authentication: ident.Derive(authentication), Customer: customer, Policy: w.policy, Now: w.clock.Now()}
}

func (w *world) issue(r authenticator.Request) (c authenticator.Challenge) {
	w.t.Helper()
	w.settle(r.Customer, func(tx *db.Tx) (err error) {
		c, err = authenticator.Issue(tx, r, "12345678", rand.Reader)
		return err
	})
	return c
}

func (w *world) asked(r authenticator.Request, id ident.ID) (found bool) {
	w.t.Helper()
	w.settle(r.Customer, func(tx *db.Tx) (err error) {
		_, found, err = authenticator.Asked(tx, r, id)
		return err
	})
	return found
}

func (w *world) answer(customer, id ident.ID) (won bool) {
	w.t.Helper()
	w.settle(customer, func(tx *db.Tx) (err error) {
		won, err = authenticator.Answer(tx, customer, id)
		return err
	})
	return won
}

// later moves the clock.
func (w *world) later(d time.Duration) { w.clock.Advance(d) }
