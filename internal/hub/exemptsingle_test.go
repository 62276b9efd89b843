package hub_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// single are rules under which a login is done after the code of a token without a PIN, which
// is one factor; a step-up asks for a token with a PIN.
var single = strings.NewReplacer(
	"risk: {on: true, step_up: [second]}, exempt: true}", "risk: {on: true, step_up: [strict]}, exempt: true}",
	"manufacturer: oath.PLAIN, policies: [secure-code, second, strict]", "manufacturer: oath.PLAIN, policies: [secure-code, second]",
).Replace(lenient)

// halfYear is how long article 10 lets a customer in with one factor.
const halfYear = 180 * 24 * time.Hour

// TestALoginByOneFactorIsALook: it is granted as the exemption of article 10 and recorded, from
// the first strong login on and for 180 days from the last; else more is asked for, and what
// is shown then begins the days anew (SCA-29).
func TestALoginByOneFactorIsALook(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		exempter(t, w, single)
		w.give(w.id("100"), "PINNED", "PINNED100")
		w.enroll("100", "strict")
		at, pinned := uint64(w.familiar(single)), uint64(0)
		login := func(g hub.Grounds) hub.Outcome {
			at++
			return w.must(w.start(hub.Start{CustomerNumber: "100", Grounds: g, Risk: home(0), Proof: &hub.Proof{Code: code("PLAIN100", at-1)}}))
		}
		expect := func(name string, g hub.Grounds, want policy.Exemption) hub.Outcome {
			t.Helper()
			before := w.count("exemption_use")
			got := login(g)
			state, uses := hub.Open, 0
			if want != "" {
				state, uses = hub.Granted, 1
			}
			if got.State != state || got.Exempt != want || !got.Accepted || got.Factors != authenticator.Possession || w.count("exemption_use")-before != uses {
				t.Errorf("%s: %+v, %d uses", name, got, w.count("exemption_use")-before)
			}
			return got
		}
		strong := func(open hub.Outcome) {
			t.Helper()
			if !slices.Equal(open.Policies, []string{"strict"}) || open.Step != 2 || open.Steps != 2 || open.Risk != score.StepUp {
				t.Errorf("what is asked for: %+v", open)
			}
			got := w.must(w.step(open.Handle, hub.Proof{Code: code("PINNED100", pinned)}))
			if pinned++; got.State != hub.Granted || got.Exempt != "" || !got.Factors.Independent() {
				t.Errorf("a strong login: %+v", got)
			}
		}
		none := hub.Grounds{}
		strong(expect("the first access", none, ""))
		seen := expect("after a strong login", none, policy.ExemptAccess)
		if got := w.get(seen.Handle); got.Exempt != policy.ExemptAccess || got.State != hub.Granted {
			t.Errorf("looked at again: %+v", got)
		}
		if n := w.count("journal WHERE kind = 'exemption.used' AND CAST(details AS TEXT) LIKE '%\"view\":\"history\"%'"); w.d.Dialect() == db.SQLite && n != 1 {
			t.Errorf("%d records say that 90 days may be seen", n)
		}
		expect("the balance alone", hub.Grounds{View: exemption.Balance}, policy.ExemptAccess)
		expect("a provider's first", hub.Grounds{Provider: "aisp"}, "")
		w.clock.Advance(halfYear)
		expect("180 days later", none, policy.ExemptAccess)
		w.clock.Advance(time.Second)
		open := expect("a second later: no login by one factor made it longer", none, "")
		strong(open)
		expect("after another strong login", none, policy.ExemptAccess)
	})
}

// TestOneFactorIsNotEnough: where risk does not allow it, or the bank does not exempt, or nothing
// more is asked for than the same factor again, no login by one factor is granted.
func TestOneFactorIsNotEnough(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		desk, o := exempter(t, w, single)
		at := uint64(w.familiar(single))
		w.proved(desk, exemption.Shown{Customer: w.id("100"), Purpose: policy.PurposeLogin})
		login := func(name string, state hub.State, reason authenticator.Reason) {
			t.Helper()
			got := w.must(w.start(hub.Start{CustomerNumber: "100", Risk: home(0), Proof: &hub.Proof{Code: code("PLAIN100", at)}}))
			if at++; got.State == hub.Open && state == hub.Denied {
				got = w.must(w.step(got.Handle, hub.Proof{Code: code("PLAIN100", at)}))
				at++
			}
			if got.State != state || got.Reason != reason || got.Exempt != "" {
				t.Errorf("%s: %+v", name, got)
			}
		}
		o.decision = score.StepUp
		login("risk", hub.Open, "")
		o.decision = score.Allow
		w.activate(strings.Replace(single, "access: {on: true", "access: {on: false", 1))
		login("not exempted", hub.Open, "")
		w.activate(strings.Replace(strings.Replace(single, "access: {on: true", "access: {on: false", 1), "step_up: [strict]", "step_up: [second]", 1))
		login("the same factor again", hub.Denied, hub.NoSCA)
		if n := w.count("exemption_use WHERE exemption = 'access'"); n != 0 {
			t.Errorf("%d uses", n)
		}
		w.activate(strings.Replace(single, "step_up: [strict]}, exempt: true}", "step_up: [strict]}}", 1))
		got := w.must(w.start(hub.Start{CustomerNumber: "100", Risk: home(0), Proof: &hub.Proof{Code: code("PLAIN100", at)}}))
		if got.State != hub.Granted || got.Exempt != "" {
			t.Errorf("a journey that does not exempt is the bank's own matter: %+v", got)
		}
	})
}

// TestLooksByOneFactorAtOnce: each that is granted is on record, and none twice under one key.
func TestLooksByOneFactorAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		desk, _ := exempter(t, w, single)
		at := uint64(w.familiar(single))
		w.proved(desk, exemption.Shown{Customer: w.id("100"), Purpose: policy.PurposeLogin})
		var wg sync.WaitGroup
		var mu sync.Mutex
		granted := map[string]bool{}
		for range 6 {
			wg.Go(func() {
				got, err := w.start(hub.Start{CustomerNumber: "100", Key: "once", Risk: home(0), Proof: &hub.Proof{Code: code("PLAIN100", at)}})
				mu.Lock()
				defer mu.Unlock()
				if err == nil && got.State == hub.Granted {
					granted[got.Handle] = true
				}
			})
		}
		wg.Wait()
		if n := w.count("exemption_use WHERE exemption = 'access'"); len(granted) != 1 || n != 1 {
			t.Errorf("%d logins, %d uses", len(granted), n)
		}
	})
}

// enroll lets a customer be authenticated under a policy that they were not registered for.
func (w *world) enroll(number, code string) {
	w.t.Helper()
	p, known := w.policies.Active().Policy(code)
	if !known {
		w.t.Fatalf("there is no policy %s", code)
	}
	w.write(func(tx *db.Tx) error { return authenticator.Enroll(tx, by(), w.id(number), p) })
}
