package exemption_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// TestWarrants is the table of what allows a change of a list (SCA-30, SCA-31).
func TestWarrants(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		login := func(c ident.ID) exemption.Warrant {
			return w.shown(t, exemption.Shown{Customer: c, Purpose: policy.PurposeLogin})
		}
		paid := func(to string) func(ident.ID) exemption.Warrant {
			return func(c ident.ID) exemption.Warrant {
				return w.approved(c, pay(t, order("20", "EUR", to), order("30", "EUR", landlord)), exemption.Transfer)
			}
		}
		for _, x := range []struct {
			what    string
			warrant func(ident.ID) exemption.Warrant
			ok      bool
		}{
			{"none", func(ident.ID) exemption.Warrant { return exemption.Warrant{} }, false},
			{"one that never was", func(c ident.ID) exemption.Warrant { w.warrant(c); return exemption.Warrant{Authentication: somebody()} }, false},
			{"a login", login, false},
			{"self-service", w.warrant, true},
			{"self-service, taken for a payment", func(c ident.ID) exemption.Warrant {
				x := w.warrant(c)
				x.Payment = pay(t, order("20", "EUR", friend))
				return x
			}, false},
			{"a payment to the payee", paid(friend), true},
			{"a payment to somebody else", paid(stranger), false},
			{"a payment to somebody else, said to be another", func(c ident.ID) exemption.Warrant {
				x := paid(stranger)(c)
				x.Payment = pay(t, order("20", "EUR", friend))
				return x
			}, false},
			{"a payment, taken for self-service", func(c ident.ID) exemption.Warrant {
				return exemption.Warrant{Authentication: paid(friend)(c).Authentication}
			}, false},
			{"just in time", func(c ident.ID) exemption.Warrant {
				x := w.warrant(c)
				clock.Advance(5*time.Minute - time.Microsecond)
				return x
			}, true},
			{"too late", func(c ident.ID) exemption.Warrant { x := w.warrant(c); clock.Advance(5 * time.Minute); return x }, false},
			{"not the newest", func(c ident.ID) exemption.Warrant { x := w.warrant(c); login(c); return x }, false},
			{"somebody else's", func(ident.ID) exemption.Warrant { return w.warrant(somebody()) }, false},
			{"used", func(c ident.ID) exemption.Warrant {
				x := w.warrant(c)
				must(t, w.Trust(t.Context(), audit.Customer(c), c, x, iban(stranger)))
				return x
			}, false},
		} {
			acts := map[string]func(c ident.ID, by exemption.Warrant) error{
				"trust": func(c ident.ID, by exemption.Warrant) error {
					return w.Trust(t.Context(), audit.Customer(c), c, by, iban(friend))
				},
				"distrust": func(c ident.ID, by exemption.Warrant) error {
					_, err := w.Distrust(t.Context(), audit.Customer(c), c, by, iban(friend))
					return err
				},
				"series": func(c ident.ID, by exemption.Warrant) error {
					_, err := w.BeginSeries(t.Context(), audit.Customer(c), c, by, pay(t, order("20", "EUR", friend)))
					return err
				},
			}
			for name, act := range acts {
				c := somebody()
				if name == "distrust" {
					must(t, w.Trust(t.Context(), staff(), c, w.warrant(c), iban(friend)))
				}
				err := act(c, x.warrant(c))
				if x.ok {
					must(t, err)
				} else {
					refused(t, err, "exemption.warrant")
				}
				all, err := w.Trusted(t.Context(), c)
				must(t, err)
				has := map[string]bool{"trust": x.ok, "distrust": !x.ok}[name]
				if found := w.count("SELECT COUNT(*) FROM exemption_payee WHERE customer = $1 AND account = $2", c, friend) == 1; found != has {
					t.Errorf("%s by %s: the list is %v", name, x.what, all)
				}
			}
		}
	})
}

// TestTrustedBeneficiaries is about the list (SCA-30).
func TestTrustedBeneficiaries(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		to := transfer(c, pay(t, order("5000", "EUR", friend)))
		if got := w.exempt(t, to); got != "" {
			t.Errorf("before: %q", got)
		}
		by := w.warrant(c)
		spaced := payment.Payee{Scheme: payment.IBAN, Account: "no93 8601 1117 947", Name: "A Friend"}
		must(t, w.Trust(t.Context(), audit.Customer(c), c, by, spaced))
		if got := w.exempt(t, to); got != policy.ExemptTrusted {
			t.Errorf("on the list: %q", got)
		}
		if got := w.exempt(t, transfer(somebody(), to.Payment)); got != "" {
			t.Errorf("on the list of somebody else: %q", got)
		}
		all, err := w.Trusted(t.Context(), c)
		want := []exemption.Beneficiary{{Payee: payment.Payee{Scheme: payment.IBAN, Account: friend, Name: "A Friend"}, Authentication: by.Authentication, Added: clock.Now()}}
		if err != nil || cmp.Diff(want, all) != "" {
			t.Error(err, cmp.Diff(want, all))
		}
		decided := w.decide(t, to)
		if ok, err := w.Distrust(t.Context(), staff(), c, exemption.Warrant{}, spaced); err != nil || !ok {
			t.Error(ok, err)
		}
		if _, ok := w.use(t, decided); ok {
			t.Error("a decision is used that the list no longer supports")
		}
		if ok, err := w.Distrust(t.Context(), audit.Customer(c), c, exemption.Warrant{}, spaced); err != nil || ok {
			t.Errorf("taken off again: %t, %v", ok, err)
		}
		refused(t, w.Trust(t.Context(), staff(), c, w.warrant(c), payment.Payee{Name: "A Friend"}), "exemption.account")
		for kind, n := range map[string]int{exemption.AuditTrusted: 1, exemption.AuditDistrusted: 1} {
			if got := w.count("SELECT COUNT(*) FROM journal WHERE kind = $1", kind); got != n {
				t.Errorf("%d records of %s", got, kind)
			}
		}
	})
}

// TestListsAreBounded, so that a decision reads little.
func TestListsAreBounded(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock()
	w := newWorld(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now}), clock, everything())
	c := somebody()
	local := func(i int) payment.Payee {
		return payment.Payee{Scheme: payment.Local, Account: fmt.Sprintf("%06d", i)}
	}
	own := make([]exemption.Account, exemption.MaxList+1)
	for i := range own {
		own[i] = exemption.Account{Scheme: payment.Local, Account: local(i).Account}
		err := w.Trust(t.Context(), staff(), c, w.warrant(c), local(i))
		if i < exemption.MaxList {
			must(t, err)
		} else {
			refused(t, err, "exemption.list_full")
		}
	}
	refused(t, w.SetAccounts(t.Context(), staff(), c, own), "exemption.list_full")
	must(t, w.SetAccounts(t.Context(), staff(), c, own[1:]))
}

// TestSeries: the first payment of a series and a changed one need strong
// authentication (SCA-31).
func TestSeries(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		rent := pay(t, order("900", "EUR", landlord))
		first := w.approved(c, rent, exemption.Transfer)
		_, err := w.BeginSeries(t.Context(), audit.Customer(c), c, first, pay(t, order("901", "EUR", landlord)))
		refused(t, err, "exemption.warrant")
		_, err = w.BeginSeries(t.Context(), audit.Customer(c), c, first, pay(t, order("900", "EUR", landlord), order("1", "EUR", landlord)))
		refused(t, err, "exemption.series")
		s, err := w.BeginSeries(t.Context(), audit.Customer(c), c, first, rent)
		must(t, err)
		next := transfer(c, rent)
		next.Series = s.ID
		dear := transfer(c, pay(t, order("950", "EUR", landlord)))
		dear.Series = s.ID
		if got := w.exempt(t, next); got != "" {
			t.Errorf("the first one again: %q", got)
		}
		clock.Advance(30 * 24 * time.Hour)
		if got := w.exempt(t, dear); got != "" {
			t.Errorf("a changed one: %q", got)
		}
		foreign := next
		foreign.Customer = somebody()
		if got := w.exempt(t, foreign); got != "" {
			t.Errorf("in a series of somebody else: %q", got)
		}
		decision := w.decide(t, next)
		var taken atomic.Int64
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, ok := w.use(t, decision); ok {
					taken.Add(1)
				}
			})
		}
		wg.Wait()
		if !decision.Exempt() || taken.Load() != 1 {
			t.Errorf("%+v: of 20 at once %d had the turn", decision, taken.Load())
		}
		clock.Advance(30 * 24 * time.Hour)
		if got := w.exempt(t, next); got != policy.ExemptRecurring {
			t.Errorf("a month later: %q", got)
		}
		if ended, err := w.EndSeries(t.Context(), audit.Customer(c), c, s.ID); err != nil || !ended {
			t.Error(ended, err)
		}
		if ended, err := w.EndSeries(t.Context(), audit.Customer(c), c, s.ID); err != nil || ended {
			t.Error("ended twice", err)
		}
		clock.Advance(30 * 24 * time.Hour)
		if got := w.exempt(t, next); got != "" {
			t.Errorf("after its end: %q", got)
		}
		all, err := w.AllSeries(t.Context(), c)
		if err != nil || len(all) != 1 || all[0].Payments != 2 || all[0].Ended.IsZero() || all[0].Amount != rent.Total() || all[0].Account != account(landlord) {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// TestOwnAccounts is about transfers among the customer's own accounts (SCA-32).
func TestOwnAccounts(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		to := transfer(c, pay(t, order("5000", "EUR", friend)))
		refused(t, w.SetAccounts(t.Context(), audit.Customer(c), c, []exemption.Account{account(friend)}), "exemption.bank_only")
		must(t, w.SetAccounts(t.Context(), staff(), c, []exemption.Account{account(landlord), account(friend), account("NO93 8601 1117 947")}))
		if got := w.exempt(t, to); got != policy.ExemptOwn {
			t.Errorf("to an own account: %q", got)
		}
		card := to
		card.Instrument = exemption.Card
		if got := w.exempt(t, card); got != "" {
			t.Errorf("by card: %q", got)
		}
		if got, err := w.Accounts(t.Context(), c); err != nil || cmp.Diff([]exemption.Account{account(landlord), account(friend)}, got) != "" {
			t.Error(got, err)
		}
		must(t, w.SetAccounts(t.Context(), staff(), c, []exemption.Account{account(landlord)}))
		if got := w.exempt(t, to); got != "" {
			t.Errorf("no longer an own account: %q", got)
		}
	})
}

// TestCorporate is about payments of legal persons by a protocol of their own (SCA-34).
func TestCorporate(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		r := transfer(somebody(), pay(t, order("1000000", "NOK", stranger)))
		r.Protocol, r.LegalPerson = "ebics", true
		if got := w.exempt(t, r); got != policy.ExemptCorporate {
			t.Errorf("by the protocol: %q", got)
		}
		r.LegalPerson = false
		if got := w.exempt(t, r); got != "" {
			t.Errorf("a consumer: %q", got)
		}
	})
}

// TestForget: what is kept of a customer goes; sums stay.
func TestForget(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		w := newWorld(t, d, clock, everything())
		c := somebody()
		must(t, w.Trust(t.Context(), staff(), c, w.warrant(c), iban(friend)))
		must(t, w.SetAccounts(t.Context(), staff(), c, []exemption.Account{account(friend)}))
		_, err := w.BeginSeries(t.Context(), staff(), c, w.warrant(c), pay(t, order("20", "EUR", friend)))
		must(t, err)
		w.shown(t, exemption.Shown{Customer: c, Purpose: policy.PurposeLogin, Provider: "aisp"})
		id, ok := w.use(t, w.decide(t, transfer(c, pay(t, order("20", "EUR", friend)))))
		if !ok {
			t.Fatal("not exempted")
		}
		must(t, w.ReportFraud(t.Context(), staff(), exemption.Fraud{Customer: c, Use: id}))
		must(t, w.DB.Write(t.Context(), func(tx *db.Tx) error { return w.Forget(tx, c) }))
		for _, table := range []string{"customer", "provider", "payee", "series", "account", "use", "fraud"} {
			if n := w.count("SELECT COUNT(*) FROM exemption_"+table+" WHERE customer = $1", c); n != 0 {
				t.Errorf("%d rows in exemption_%s", n, table)
			}
		}
		if n := w.count("SELECT COUNT(*) FROM exemption_use u JOIN exemption_fraud f ON f.customer = u.customer AND f.use_id = u.id WHERE u.payment IS NULL AND u.cents = 2000"); n != 1 {
			t.Errorf("%d values are left", n)
		}
	})
}
