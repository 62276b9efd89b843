package passcode_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/sms"
)

func TestACodeComesAndIsGoodOnce(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		r := w.request(c.ID, "a login")
		got := w.ask(r)
		if got.To != "+47 ••• 67" || !got.Expires.Equal(w.clock.Now().Add(5*time.Minute)) || !got.Again.Equal(w.clock.Now().Add(30*time.Second)) || got.Withheld != "" || got.ID.IsZero() {
			t.Errorf("%+v", got)
		}
		all := w.deliver()
		if len(all) != 1 || all[0].To != "+4791234567" || !all[0].Expires.Equal(got.Expires) || all[0].Class != sms.ClassCode {
			t.Fatalf("%+v", all)
		}
		code := w.code()
		if why := w.try(w.request(c.ID, "another login"), code); why != authenticator.Wrong {
			t.Errorf("in another login: %q", why)
		}
		if why := w.try(r, w.wrong()); why != authenticator.Wrong {
			t.Errorf("a wrong code: %q", why)
		}
		if why := w.try(r, " "+code[:3]+" "+code[3:]); why != authenticator.Accepted {
			t.Errorf("the code: %q", why)
		}
		if why := w.try(r, code); why != authenticator.Replayed {
			t.Errorf("again: %q", why)
		}
		if again := w.ask(r); again.ID != got.ID || len(w.deliver()) != 1 {
			t.Errorf("asked after the end: %+v", again)
		}
	})
}

// TestWrongCodesCount: on the authenticator's counter, as for other methods.
func TestWrongCodesCount(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		r := w.request(c.ID, "a login")
		w.ask(r)
		code, wrong := w.code(), w.wrong()
		for range 3 {
			if why := w.try(r, wrong); why != authenticator.Wrong {
				t.Errorf("%q", why)
			}
		}
		if why := w.try(r, code); why != authenticator.Blocked {
			t.Errorf("the right one while blocked: %q", why)
		}
		if got := w.ask(w.request(c.ID, "while blocked")); got.Withheld != string(passcode.NotTried) || len(w.deliver()) != 1 {
			t.Errorf("a code that would not be taken: %+v", got)
		}
		for _, bad := range []string{"", "12345", "12345678901", "abcdef", "12345６x"} {
			_, err := w.p.Check(w.Context(), r, authenticator.Proof{Code: bad})
			wantFault(t, bad, err, "passcode.code_form")
		}
	})
}

func TestACodeRunsOut(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		r := w.request(c.ID, "a login")
		w.ask(r)
		code := w.code()
		w.later(5 * time.Minute)
		if why := w.try(r, code); why != authenticator.Wrong {
			t.Errorf("%q", why)
		}
		w.later(2 * time.Hour)
		w.sql("UPDATE passcode_code SET used_at = used_at")
		if err := w.d.Write(w.Context(), func(tx *db.Tx) error {
			n, err := passcode.Sweep(tx, 10)
			if n != 1 {
				t.Errorf("%d swept", n)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestAnotherCodeTakesTheFirstOnesPlace: the wait doubles, and codes for one decision are
// bounded.
func TestAnotherCodeTakesTheFirstOnesPlace(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		r := w.request(c.ID, "a login")
		first := w.ask(r)
		old := w.code()
		w.later(29 * time.Second)
		if got := w.ask(r); got.ID != first.ID || len(w.deliver()) != 1 {
			t.Errorf("too early: %+v", got)
		}
		wait := []time.Duration{time.Minute, 2 * time.Minute, 0}
		for i, next := range wait {
			w.later(time.Second + 30*time.Second<<i)
			got := w.ask(r)
			if got.ID == first.ID || len(w.deliver()) != i+2 {
				t.Fatalf("%d: %+v, %d texts", i, got, len(w.deliver()))
			}
			if want := w.clock.Now().Add(next); next > 0 && !got.Again.Equal(want) || next == 0 && !got.Again.IsZero() {
				t.Errorf("%d: again at %v", i, got.Again)
			}
		}
		w.later(4 * time.Minute)
		if w.ask(r); len(w.deliver()) != 4 {
			t.Error("a fifth code for one decision")
		}
		if why := w.try(r, old); old != w.code() && why != authenticator.Wrong {
			t.Errorf("the first code: %q", why)
		}
		if why := w.try(r, w.code()); why != authenticator.Accepted {
			t.Errorf("the last code: %q", why)
		}
	})
}

// TestOneKeyOneCode: a request that is repeated late, because its answer was lost, sends
// nothing.
func TestOneKeyOneCode(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		r := w.request(c.ID, "a login")
		r.Asking.Key = []byte("12345678")
		first := w.ask(r)
		w.later(time.Minute)
		if got := w.ask(r); got != first || len(w.deliver()) != 1 {
			t.Errorf("%+v, was %+v", got, first)
		}
		r.Asking.Key = []byte("87654321")
		if got := w.ask(r); got.ID == first.ID || len(w.deliver()) != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// TestACodeForAPayment is good for exactly that amount, currency and payee (invariant 3).
func TestACodeForAPayment(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		order := payment.Order{Amount: "90", Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "NO9386011117947", Name: "Kari Nordmann"}}
		r := w.request(c.ID, "a payment")
		r.Policy, _ = w.set.Policy("pay")
		if _, err := w.tryAsk(r); err == nil {
			t.Error("a code for no payment")
		}
		r.Payment = pay(t, order)
		w.ask(r)
		text := w.deliver()[0].Body
		if want := "Payment EUR 90.00 to \"Kari Nordmann\", NO93 8601 1117 947. Code: "; !strings.HasPrefix(text, want) {
			t.Errorf("%q", text)
		}
		code := w.code()
		for what, change := range map[string]func(*payment.Order){
			"amount": func(o *payment.Order) { o.Amount = "90.01" }, "currency": func(o *payment.Order) { o.Currency = "NOK" },
			"account": func(o *payment.Order) { o.Payee.Account = "NO8330001234567" }, "name": func(o *payment.Order) { o.Payee.Name = "Kari" },
		} {
			other := order
			change(&other)
			x := r
			x.Payment, x.Now = pay(t, other), w.clock.Now()
			f, err := w.p.Check(w.Context(), x, authenticator.Proof{Code: code})
			if err != nil || f.Right {
				t.Errorf("another %s: %+v, %v", what, f, err)
			}
		}
		if why := w.try(r, code); why != authenticator.Accepted {
			t.Errorf("%q", why)
		}
	})
}

func pay(t *testing.T, orders ...payment.Order) payment.Payment {
	t.Helper()
	p, err := payment.New(orders...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestNobodyIsLikeSomebody (invariant 4): the same answer, and as many statements and
// rows, whether the customer has a phone, none, or does not exist, and whatever is used up.
func TestNobodyIsLikeSomebody(t *testing.T) {
	each(t, func(w *world) {
		somebody := w.customer("1", "+47 912 34 567")
		bare := w.bare("2", "+47 912 34 568")
		abroad := w.bare("3", "+44 7400 123456")
		contact := w.contacts(abroad.ID)[0].ID
		w.sql(`INSERT INTO passcode_phone (customer, id, contact, status, failures, blocks, created_at) VALUES ($1, $1, $2, 'active', 0, 0, 0)`, abroad.ID, contact)
		type effort struct{ codes, windows, boxes, records int }
		measure := func() effort {
			return effort{w.count("passcode_code"), w.count("sms_budget"), w.count("outbox"), w.count("journal")}
		}
		var want effort
		for i, id := range []ident.ID{somebody.ID, bare.ID, abroad.ID, ident.Derive("nobody")} {
			before := measure()
			got := w.ask(w.request(id, "a login"))
			after := measure()
			spent := effort{after.codes - before.codes, after.windows - before.windows, after.boxes - before.boxes, after.records - before.records}
			if spent.windows = 0; i == 0 {
				want = spent
			}
			if spent != want {
				t.Errorf("%d: %+v, want %+v", i, spent, want)
			}
			if !got.Expires.Equal(w.clock.Now().Add(5*time.Minute)) || !got.Again.Equal(w.clock.Now().Add(30*time.Second)) || got.ID.IsZero() || got.Question != "" {
				t.Errorf("%d: %+v", i, got)
			}
			if (got.Withheld == "") != (i == 0) {
				t.Errorf("%d: %q", i, got.Withheld)
			}
			for _, code := range []string{"000000", "123456"} {
				f, err := w.p.Check(w.Context(), w.request(id, "a login"), authenticator.Proof{Code: code})
				if err != nil || i > 0 && f.Right {
					t.Errorf("%d: %+v, %v", i, f, err)
				}
			}
		}
		if all := w.deliver(); len(all) != 1 {
			t.Errorf("%s", bodies(all))
		}
		if n := w.count("outbox WHERE state = 'waiting'"); n != 0 {
			t.Errorf("%d messages stay in the outbox", n)
		}
	})
}

// TestOneTextForAHundredRequests: on two nodes of one database.
func TestOneTextForAHundredRequests(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			clock, dsn := dbtest.NewClock(), dbtest.DSN(t, dialect)
			w := newWorld(t, dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now}), clock)
			d := dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now})
			other := w.node(d)
			c := w.customer("1", "+47 912 34 567")
			for round := range 3 {
				ids := askAtOnce(t, w, []*db.DB{w.d, d}, []authenticator.Method{w.p, other}, w.request(c.ID, "a login"))
				if all := w.deliver(); len(ids) != 1 || len(all) != round+1 {
					t.Fatalf("round %d: %d answers, %d texts", round, len(ids), len(all))
				}
				w.later(10 * time.Minute)
			}
		})
	}
}

// forgetful is the method without its compare-and-swap: it does not know what was sent.
type forgetful struct{ *passcode.Passcodes }

// Begin implements authenticator.Method.
func (f forgetful) Begin(tx *db.Tx, r authenticator.Request) (authenticator.Challenge, error) {
	if _, err := tx.Exec("DELETE FROM passcode_code WHERE customer = $1", r.Customer); err != nil {
		return authenticator.Challenge{}, err
	}
	return f.Passcodes.Begin(tx, r)
}

// TestTheCrowdCanGetMore is the negative control of the test above.
func TestTheCrowdCanGetMore(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		careless := forgetful{w.p}
		ids := askAtOnce(t, w, []*db.DB{w.d, w.d}, []authenticator.Method{careless, careless}, w.request(c.ID, "a login"))
		if all := w.deliver(); len(ids) < 2 || len(all) < 2 {
			t.Errorf("%d answers, %d texts: the test of the crowd cannot fail", len(ids), len(all))
		}
	})
}

func askAtOnce(t *testing.T, w *world, dbs []*db.DB, nodes []authenticator.Method, r authenticator.Request) map[ident.ID]bool {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	ids := map[ident.ID]bool{}
	for i := range 100 {
		wg.Go(func() {
			var c authenticator.Challenge
			err := dbs[i%2].Settle(context.WithoutCancel(w.Context()), r.Customer, func(tx *db.Tx) (err error) {
				c, err = nodes[i%2].Begin(tx, r)
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			if ids[c.ID] = true; err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return ids
}

// TestACodeIsStoredAsAKeyedHash: neither the table nor the log has it, nor its plain hash.
func TestACodeIsStoredAsAKeyedHash(t *testing.T) {
	each(t, func(w *world) {
		c := w.customer("1", "+47 912 34 567")
		w.ask(w.request(c.ID, "a login"))
		code := w.code()
		if n := w.count("passcode_code WHERE CAST(mac AS TEXT) LIKE $1", "%"+code+"%"); n != 0 {
			t.Error("the code is in the table")
		}
		if n := w.count("journal WHERE CAST(details AS TEXT) LIKE $1", "%"+code+"%"); n != 0 {
			t.Error("the code is in the log")
		}
		if n := w.count("outbox WHERE payload IS NOT NULL"); n != 0 {
			t.Error("a payload stays in the outbox")
		}
	})
}

var (
	_ outbox.Handler = outbox.HandlerFunc(passcode.Nothing)
	_ interface {
		authenticator.Method
		authenticator.Part
	} = (*passcode.Passcodes)(nil)
)
