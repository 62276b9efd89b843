package hub_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
)

// ages is withPassword with passwords that run out after a day.
var ages = strings.Replace(withPassword, "method: password, failures: {max: 5,", "method: password, secret: {max_age: 24h, history: 2, strength: 1}, failures: {max: 100,", 1)

const (
	staple = "correct battery staple"
	lumber = "lumber and quartz"
	fresco = "fresco over river"
)

// aging gives a world with one customer who knows a password that is out of date,
// and holds a token.
func aging(t *testing.T, w *world) (customer.Customer, *password.Desk) {
	t.Helper()
	w.activate(ages)
	ring := keyringtest.Open(t, w.d)
	passwords := password.New(w.d, ring, argon.New(argon.Options{Params: argon.Params{Memory: 64, Time: 1, Threads: 1}, Rand: rand.Reader, Waiting: 1000})).Knowing(w.customers.Words)
	w.hub = hub.New(hub.Config{DB: w.d, Ring: ring, Policies: w.policies, Rand: rand.Reader, Methods: map[policy.Method]authenticator.Method{
		policy.MethodToken: w.tokens, policy.MethodPassword: passwords,
	}})
	c := w.customer("100", "PLAIN")
	w.know(passwords, c.ID, staple)
	w.clock.Advance(24 * time.Hour)
	return c, &password.Desk{DB: w.d, Passwords: passwords, Policies: w.policies}
}

// know gives a customer a password.
func (w *world) know(p *password.Passwords, c ident.ID, secret string) {
	w.t.Helper()
	set := w.policies.Active()
	one, _ := set.Policy("password")
	f, bad, err := p.Prepare(w.t.Context(), authenticator.Request{Customer: c, Policy: one, Set: set}, secret)
	if err != nil || len(bad) > 0 {
		w.t.Fatalf("%v, %v", bad, err)
	}
	w.write(func(tx *db.Tx) error {
		if stored, err := p.Store(tx, by(), f); err != nil || !stored {
			return errors.Join(err, errors.New("it was not stored"))
		}
		return nil
	})
}

func (w *world) replace(handle string, in hub.Replacement) (hub.Outcome, []string, error) {
	o, bad, err := w.hub.Replace(w.t.Context(), by(), handle, in)
	var codes []string
	for _, m := range bad {
		codes = append(codes, m.Code)
	}
	return o, codes, err
}

// TestOutdated is F-6.6: the right old one is validated, the customer is told, a new
// one is stored, asked for again and validated, and only then comes the next step.
func TestOutdated(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, _ := aging(t, w)
		o := w.begun(hub.Start{CustomerNumber: "100"})
		told := w.must(w.step(o.Handle, hub.Proof{Code: staple}))
		if told.Accepted || told.Replace != "password" || told.Reason != authenticator.Outdated || told.State != hub.Open || told.Step != 1 || told.Factors != 0 {
			t.Fatalf("the right old one: %+v", told)
		}
		if a := w.holds(c.ID, "password"); a.Failures.Count != 0 || a.Successes != 1 {
			t.Errorf("it is counted as right: %+v", a)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Policy: "password", Code: staple, Key: "again"})); got.Step != 1 || got.Replace == "" {
			t.Errorf("it opens nothing: %+v", got)
		}
		for secret, want := range map[string]string{"short": password.TooShort, staple: password.Unchanged, "Customer 100 100!!": password.Context} {
			got, bad, err := w.replace(o.Handle, hub.Replacement{Secret: secret})
			if err != nil || got.Replace != "password" || got.Replaced || !slices.Contains(bad, want) {
				t.Errorf("%q: %+v, %v, %v", secret, got, bad, err)
			}
		}
		done, bad, err := w.replace(o.Handle, hub.Replacement{Secret: lumber})
		if err != nil || len(bad) > 0 || !done.Replaced || done.Replace != "" || done.Step != 1 || done.Accepted || done.Factors != 0 {
			t.Fatalf("replaced: %+v, %v, %v", done, bad, err)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: staple})); got.Accepted || got.Reason != authenticator.Wrong {
			t.Errorf("the old one afterwards: %+v", got)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: lumber})); !got.Accepted || got.Step != 2 || got.Replace != "" || got.Factors != authenticator.Knowledge {
			t.Errorf("the new one: %+v", got)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})); got.State != hub.Granted {
			t.Errorf("the next step: %+v", got)
		}
	})
}

// TestReplaceNeedsTheRightOldOne is the table of the package comment: in every state but
// one there is nothing to replace, for a stranger as for a customer.
func TestReplaceNeedsTheRightOldOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, desk := aging(t, w)
		show := func(codes ...string) func(hub.Outcome) {
			return func(o hub.Outcome) {
				for _, code := range codes {
					w.must(w.step(o.Handle, hub.Proof{Code: code}))
				}
			}
		}
		for _, c := range []struct {
			name, number string
			before       func(hub.Outcome)
			fault        string
		}{
			{"nothing was shown", "100", show(), "authentication.nothing_to_replace"},
			{"a wrong one was shown", "100", show("wrong one"), "authentication.nothing_to_replace"},
			{"a wrong one after the right one", "100", show(staple, "wrong one"), "authentication.nothing_to_replace"},
			{"a stranger showed nothing", "999", show(), "authentication.nothing_to_replace"},
			{"a stranger showed something", "999", show(staple), "authentication.nothing_to_replace"},
			{"it took too long", "100", func(o hub.Outcome) { show(staple)(o); w.clock.Advance(time.Hour) }, "authentication.over"},
			{"the customer was suspended", "100", func(o hub.Outcome) {
				show(staple)(o)
				c, _ := w.customers.GetByNumber(t.Context(), "100")
				if err := w.customers.Suspend(t.Context(), by(), c.ID, "x"); err != nil {
					t.Error(err)
				}
			}, "authentication.nothing_to_replace"},
		} {
			o := w.begun(hub.Start{CustomerNumber: c.number})
			c.before(o)
			if _, bad, err := w.replace(o.Handle, hub.Replacement{Secret: lumber}); !fault.Is(err, c.fault) || bad != nil {
				t.Errorf("%s: %v, %v", c.name, bad, err)
			}
		}
		s, _ := w.customers.GetByNumber(t.Context(), "100")
		if err := w.customers.Activate(t.Context(), by(), s.ID, "x"); err != nil {
			t.Fatal(err)
		}
		o := w.begun(hub.Start{CustomerNumber: "100"})
		show(staple)(o)
		for _, x := range []struct{ name, handle, policy, fault string }{
			{"another policy", o.Handle, "secure-code", "authentication.policy"},
			{"a handle of nothing", strings.Repeat("A", len(o.Handle)), "", "authentication.unknown"},
		} {
			if _, _, err := w.replace(x.handle, hub.Replacement{Policy: x.policy, Secret: lumber}); !fault.Is(err, x.fault) {
				t.Errorf("%s: %v", x.name, err)
			}
		}
		if _, _, err := w.hub.Replace(t.Context(), other(), o.Handle, hub.Replacement{Secret: lumber}); !fault.Is(err, "authentication.unknown") {
			t.Errorf("another client: %v", err)
		}
		w.write(func(tx *db.Tx) error { _, err := desk.Passwords.Cancel(tx, by(), s.ID); return err })
		if _, _, err := w.replace(o.Handle, hub.Replacement{Secret: lumber}); !fault.Is(err, "authentication.nothing_to_replace") {
			t.Errorf("it was cancelled meanwhile: %v", err)
		}
	})
}
