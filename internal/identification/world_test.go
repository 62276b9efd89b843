package identification_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/policy"
)

var (
	ann = audit.Staff(ident.Derive("ann"), "ann")
	ben = audit.Staff(ident.Derive("ben"), "ben")
	app = audit.Client(ident.Derive("app"), "Online banking")
	cli = audit.System("cli")
)

// world is a help desk and the bank's customers.
type world struct {
	*testing.T
	d         *db.DB
	clock     *dbtest.Clock
	desk      *identification.Desk
	customers *customer.Register
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
		book, err := policy.Open(t.Context(), d, nil)
		if err != nil {
			t.Fatal(err)
		}
		f(&world{
			T: t, d: d, clock: clock,
			desk:      &identification.Desk{DB: d, Policies: book, Rand: rand.Reader},
			customers: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader},
		})
	})
}

func (w *world) customer(number string) ident.ID {
	w.Helper()
	c, err := w.customers.Create(w.Context(), ann, customer.New{Number: number})
	if err != nil {
		w.Fatal(err)
	}
	return c.ID
}

// answers are one right or wrong answer to each of the first questions of the
// embedded policy, which needs three right ones.
func answers(right ...bool) (all []identification.Answer) {
	for i, q := range policy.Version0().Identification.Questions[:len(right)] {
		all = append(all, identification.Answer{Question: q.Code, Right: right[i]})
	}
	return all
}

func passes() []identification.Answer { return answers(true, false, true, true) }
func fails() []identification.Answer  { return answers(true, false, true) }

// record identifies, or does not; a refusal fails the test.
func (w *world) record(by audit.Actor, c ident.ID, a []identification.Answer) identification.Identification {
	w.Helper()
	i, err := w.try(by, c, a)
	if err != nil {
		w.Fatal(err)
	}
	return i
}

func (w *world) try(by audit.Actor, c ident.ID, a []identification.Answer) (identification.Identification, error) {
	return w.desk.Record(w.Context(), by, identification.Attempt{Customer: c, Way: identification.Call, Answers: a})
}

func (w *world) require(id, c ident.ID, by audit.Actor) error {
	w.Helper()
	return w.d.Read(w.Context(), func(tx *db.Tx) error { return identification.Require(tx, id, c, by) })
}

func (w *world) sheet(by audit.Actor, c ident.ID) identification.Sheet {
	w.Helper()
	s, err := w.desk.Sheet(w.Context(), by, c, identification.MaxRecent)
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// block lets so many identifications fail that there is a block.
func (w *world) block(c ident.ID) {
	w.Helper()
	for range policy.Version0().Identification.Attempts.Max {
		w.record(ann, c, fails())
	}
}

func (w *world) later(d time.Duration) { w.clock.Advance(d) }

func (w *world) records(kind string) (n int) {
	w.Helper()
	err := w.d.Read(w.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1", kind).Scan(&n)
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}

func wantFault(t testing.TB, what string, err error, code string) {
	t.Helper()
	var f *fault.Error
	switch {
	case code == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case code != "" && (!errors.As(err, &f) || f.Code != code):
		t.Errorf("%s: got %v, want the fault %s", what, err, code)
	}
}
