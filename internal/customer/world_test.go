package customer_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

var desk = audit.Staff(ident.Derive("desk"), "desk")

// world is a bank with a register of customers.
type world struct {
	*customer.Register
	*testing.T
	clock *dbtest.Clock
}

func each(t *testing.T, f func(w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		kek, err := keyring.NewLocal(rand.Reader, keyring.Key{1})
		if err != nil {
			t.Fatal(err)
		}
		o := keyring.Options{Rand: rand.Reader, Now: clock.Now}
		if err := keyring.Init(t.Context(), d, kek, o, "system:test"); err != nil {
			t.Fatal(err)
		}
		ring, err := keyring.Open(t.Context(), d, kek, o)
		if err != nil {
			t.Fatal(err)
		}
		f(&world{&customer.Register{DB: d, Ring: ring, Rand: rand.Reader}, t, clock})
	})
}

func (w *world) create(n customer.New) customer.Customer {
	w.Helper()
	c, err := w.Create(w.Context(), desk, n)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) records(kind string) (n int) {
	w.Helper()
	err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1 AND actor = $2", kind, desk.String()).Scan(&n)
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func wantFault(t testing.TB, err error, code, field string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != code || f.Field != field {
		t.Errorf("got %v, want the fault %s at %q", err, code, field)
	}
}
