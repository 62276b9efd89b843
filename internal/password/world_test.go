package password_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
)

// ours are the costs of new hashes in these tests.
var ours = argon.Params{Memory: 64, Time: 1, Threads: 1}

// world is a database with customers who know a password.
type world struct {
	t         *testing.T
	d         *db.DB
	ring      *keyring.Ring
	clock     *dbtest.Clock
	passwords *password.Passwords
	policy    policy.Policy
}

func by() audit.Actor { return audit.System("test") }

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := &world{t: t, d: d, clock: clock, ring: keyringtest.Open(t, d)}
		w.passwords = w.with(ours)
		w.policy = policy.Policy{Code: "password", Method: policy.MethodPassword, Use: policy.UseCode, Failures: limit.Rule{Max: 5}}
		f(t, w)
	})
}

// with returns the method with other costs of new hashes.
func (w *world) with(costs argon.Params) *password.Passwords {
	return password.New(w.d, w.ring, argon.New(argon.Options{Params: costs, Rand: rand.Reader, Waiting: 1000}))
}

func (w *world) write(f func(*db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

// imported is a customer whose password came from elsewhere.
func (w *world) imported(name, hash string) ident.ID {
	w.t.Helper()
	h, err := password.ReadHash(hash)
	if err != nil {
		w.t.Fatal(err)
	}
	c := ident.Derive("customer", name)
	w.write(func(tx *db.Tx) error {
		if done, err := w.passwords.Import(tx, by(), c, h); err != nil || !done {
			w.t.Errorf("imported: %t, %v", done, err)
		}
		return authenticator.Enroll(tx, by(), c, w.policy)
	})
	return c
}

func (w *world) request(c ident.ID) authenticator.Request {
	return authenticator.Request{Customer: c, Policy: w.policy, Set: &policy.Set{}, Now: w.clock.Now()}
}

func (w *world) check(c ident.ID, typed string) authenticator.Finding {
	w.t.Helper()
	f, err := w.passwords.Check(context.Background(), w.request(c), authenticator.Proof{Code: typed})
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

// login checks and settles as the hub does.
func (w *world) login(c ident.ID, typed string) authenticator.Reason {
	w.t.Helper()
	return w.settle(c, w.check(c, typed))
}

func (w *world) settle(c ident.ID, f authenticator.Finding) (reason authenticator.Reason) {
	w.t.Helper()
	err := w.d.Settle(context.Background(), c, func(tx *db.Tx) (err error) {
		reason, err = authenticator.Settle(tx, by(), c, w.policy, f)
		return err
	})
	if errors.Is(err, authenticator.ErrLost) {
		return w.settle(c, authenticator.Lost())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return reason
}

func (w *world) entry(c ident.ID) (e password.Entry) {
	w.t.Helper()
	w.write(func(tx *db.Tx) (err error) {
		var found bool
		if e, found, err = password.Find(tx, c); err == nil && !found {
			w.t.Error("the customer has no password")
		}
		return err
	})
	return e
}

// stored is the hash in the row, opened.
func (w *world) stored(c ident.ID) (text string) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		var sealed []byte
		if err := tx.Row("SELECT sealed FROM password WHERE customer = $1", c).Scan(&sealed); err != nil {
			return err
		}
		plain, err := w.ring.Open("password.hash", c, sealed)
		text = string(plain)
		return err
	})
	return text
}
