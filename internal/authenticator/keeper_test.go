package authenticator_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

var (
	ann = audit.Staff(ident.Derive("ann"), "ann")
	ben = audit.Staff(ident.Derive("ben"), "ben")
)

// helpDesk is a world with customers and staff who look after them.
type helpDesk struct {
	*world
	keeper    *authenticator.Keeper
	desk      *identification.Desk
	customers *customer.Register
}

func eachDesk(t *testing.T, f func(t *testing.T, w *helpDesk)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) {
		kek, err := keyring.NewLocal(rand.Reader, keyring.Key{1})
		if err != nil {
			t.Fatal(err)
		}
		o := keyring.Options{Rand: rand.Reader, Now: w.clock.Now}
		if err := keyring.Init(t.Context(), w.d, kek, o, "system:test"); err != nil {
			t.Fatal(err)
		}
		ring, err := keyring.Open(t.Context(), w.d, kek, o)
		if err != nil {
			t.Fatal(err)
		}
		book, err := policy.Open(t.Context(), w.d, nil)
		if err != nil {
			t.Fatal(err)
		}
		f(t, &helpDesk{
			world: w, keeper: &authenticator.Keeper{DB: w.d, Policies: book},
			desk:      &identification.Desk{DB: w.d, Policies: book, Rand: rand.Reader},
			customers: &customer.Register{DB: w.d, Ring: ring, Rand: rand.Reader},
		})
	})
}

// registered returns a new customer who has the policy.
func (w *helpDesk) registered(number string) ident.ID {
	w.t.Helper()
	c, err := w.customers.Create(w.t.Context(), ann, customer.New{Number: number})
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle(c.ID, func(tx *db.Tx) error { return authenticator.Enroll(tx, by(), c.ID, w.policy) })
	return c.ID
}

// identified returns an identification of the customer by somebody.
func (w *helpDesk) identified(c ident.ID, by audit.Actor) ident.ID {
	w.t.Helper()
	a := identification.Attempt{Customer: c, Way: identification.Call}
	for _, q := range policy.Version0().Identification.Questions {
		a.Answers = append(a.Answers, identification.Answer{Question: q.Code, Right: true})
	}
	i, err := w.desk.Record(w.t.Context(), by, a)
	if err != nil {
		w.t.Fatal(err)
	}
	return i.ID
}

func (w *helpDesk) act(c ident.ID) authenticator.Act {
	return authenticator.Act{Customer: c, Policy: w.policy.Code, Reason: "called after a trip"}
}

func (w *helpDesk) challenge(id ident.ID) { w.issue(w.request(id, "a")) }

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

// TestReset: what a reset clears, from every state, and what it leaves.
func TestReset(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *helpDesk) {
		for n, c := range []struct {
			state   string
			arrange []func(ident.ID)
			code    string
			then    authenticator.Reason // of a right proof
		}{
			{"fresh", nil, "authenticator.nothing_to_reset", authenticator.Accepted},
			{"failed once", []func(ident.ID){func(id ident.ID) { w.prove(id, wrong()) }}, "", authenticator.Accepted},
			{"blocked", []func(ident.ID){w.fail, w.block}, "", authenticator.Accepted},
			{"cooled", []func(ident.ID){w.fail, w.block, func(ident.ID) { w.later(w.policy.Failures.CoolDown) }}, "", authenticator.Accepted},
			{"held", []func(ident.ID){w.fail, w.hold}, "", authenticator.Accepted},
			{"challenged", []func(ident.ID){w.challenge}, "", authenticator.Accepted},
			{"disabled", []func(ident.ID){w.disable}, "authenticator.nothing_to_reset", authenticator.Off},
			{"disabled and blocked", []func(ident.ID){w.fail, w.block, w.disable}, "", authenticator.Off},
			{"expired and blocked", []func(ident.ID){w.fail, w.block, w.expire}, "", authenticator.Ended},
		} {
			id, other := w.registered("a"+string(rune('0'+n))), w.registered("b"+string(rune('0'+n)))
			w.fail(other)
			w.settle(id, func(tx *db.Tx) error { return authenticator.Enroll(tx, by(), id, w.second()) })
			w.proveUnder(id, w.second(), wrong())
			for _, f := range c.arrange {
				f(id)
			}
			before, beside, second := w.get(id), w.get(other), w.getUnder(id, w.second())
			got, err := w.keeper.Reset(t.Context(), ann, w.act(id), w.identified(id, ann))
			if code(err) != c.code {
				t.Errorf("%s: %v, want %q", c.state, err, c.code)
			}
			want := before
			want.Failures, want.Open, want.Streak = limit.State{}, 0, 0
			if d := cmp.Diff(want, w.get(id)); d != "" {
				t.Errorf("%s: after the reset: %s", c.state, d)
			}
			if err == nil && (got.Resettable() || got.Threshold != w.policy.Failures.Max || got.Failures != limit.State{}) {
				t.Errorf("%s: answered %+v", c.state, got)
			}
			if d := cmp.Diff(beside, w.get(other)); d != "" {
				t.Errorf("%s: another customer: %s", c.state, d)
			}
			if d := cmp.Diff(second, w.getUnder(id, w.second())); d != "" || second.Failures.Count != 1 {
				t.Errorf("%s: another policy: %s", c.state, d)
			}
			if got := w.prove(id, right(new(int), true)); got != c.then {
				t.Errorf("%s: a right proof then: %q, want %q", c.state, got, c.then)
			}
		}
		if n := w.records(authenticator.AuditReset); n != 7 {
			t.Errorf("%d audit records of 7 resets", n)
		}
	})
}

func (w *helpDesk) fail(id ident.ID) { w.prove(id, wrong()) }

// second is another policy.
func (w *helpDesk) second() policy.Policy {
	p := w.policy
	p.Code = "another"
	return p
}

func TestResetNeedsAnIdentification(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *helpDesk) {
		id, other := w.registered("1"), w.registered("2")
		w.fail(id)
		old := w.identified(id, ann)
		w.later(policy.Version0().Identification.Valid)
		for what, c := range map[string]struct {
			id   ident.ID
			code string
		}{
			"none":               {ident.ID{}, "identification.required"},
			"old":                {old, "identification.expired"},
			"a colleague's":      {w.identified(id, ben), "identification.required"},
			"another customer's": {w.identified(other, ann), "identification.required"},
		} {
			if _, err := w.keeper.Reset(t.Context(), ann, w.act(id), c.id); code(err) != c.code {
				t.Errorf("%s: %v, want %s", what, err, c.code)
			}
		}
		if n := w.get(id).Failures.Count; n != 1 || w.records(authenticator.AuditReset) != 0 {
			t.Errorf("refused resets left %d failures and %d records", n, w.records(authenticator.AuditReset))
		}
		good := w.identified(id, ann)
		if _, err := w.keeper.Reset(t.Context(), ann, w.act(id), good); err != nil {
			t.Fatal(err)
		}
		err := w.d.Read(t.Context(), func(tx *db.Tx) error {
			var details []byte
			err := tx.Row("SELECT details FROM journal WHERE kind = $1", authenticator.AuditReset).Scan(&details)
			if !bytes.Contains(details, []byte(good.String())) || !bytes.Contains(details, []byte(w.act(id).Reason)) {
				t.Errorf("the record %s does not name the identification and the reason", details)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestResetOpensChallenges: who has used up the challenges can be asked again.
func TestResetOpensChallenges(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *helpDesk) {
		id := w.registered("1")
		r := w.request(id, "a")
		for range w.policy.Challenge.Max {
			w.issue(r)
		}
		if w.asked(r, w.issue(r).ID) {
			t.Fatal("a challenge beyond the limit can be answered")
		}
		h, err := w.keeper.Reset(t.Context(), ann, w.act(id), w.identified(id, ann))
		if err != nil || h.Open != 0 {
			t.Fatal(h, err)
		}
		if !w.asked(r, w.issue(r).ID) || w.get(id).Open != 1 {
			t.Error("no challenge can be answered after the reset")
		}
	})
}

func TestDisableAndEnable(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *helpDesk) {
		id := w.registered("1")
		w.fail(id)
		before := w.get(id)
		for _, step := range []struct {
			do   func() (authenticator.Holding, error)
			code string
			is   authenticator.Status
		}{
			{func() (authenticator.Holding, error) { return w.keeper.Enable(t.Context(), ann, w.act(id)) }, "authenticator.status", authenticator.Enabled},
			{func() (authenticator.Holding, error) { return w.keeper.Disable(t.Context(), ann, w.act(id)) }, "", authenticator.Disabled},
			{func() (authenticator.Holding, error) { return w.keeper.Disable(t.Context(), ben, w.act(id)) }, "authenticator.status", authenticator.Disabled},
			{func() (authenticator.Holding, error) { return w.keeper.Enable(t.Context(), ben, w.act(id)) }, "identification.required", authenticator.Disabled},
			{func() (authenticator.Holding, error) {
				w.identified(id, ann)
				return w.keeper.Enable(t.Context(), ben, w.act(id))
			}, "identification.required", authenticator.Disabled},
			{func() (authenticator.Holding, error) {
				w.identified(id, ben)
				return w.keeper.Enable(t.Context(), ben, w.act(id))
			}, "", authenticator.Enabled},
		} {
			got, err := step.do()
			if code(err) != step.code || err == nil && got.Status != step.is || w.get(id).Status != step.is {
				t.Errorf("%v and %q; want %q and %s", err, w.get(id).Status, step.code, step.is)
			}
		}
		if d := cmp.Diff(before, w.get(id)); d != "" {
			t.Errorf("disabled and enabled again: %s", d)
		}
		if a, b := w.records(authenticator.AuditDisabled), w.records(authenticator.AuditEnabled); a != 1 || b != 1 {
			t.Errorf("%d and %d audit records", a, b)
		}
	})
}

func TestActsOnNothing(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *helpDesk) {
		id, closed := w.registered("1"), w.registered("2")
		if err := w.customers.Close(t.Context(), ann, closed, "moved away"); err != nil {
			t.Fatal(err)
		}
		good := w.act(id)
		for want, change := range map[string]func(*authenticator.Act){
			"authenticator.unknown": func(a *authenticator.Act) { a.Policy = "magic" },
			"customer.unknown":      func(a *authenticator.Act) { a.Customer = ident.Derive("nobody") },
			"customer.closed":       func(a *authenticator.Act) { a.Customer = closed },
		} {
			a := good
			change(&a)
			if _, err := w.keeper.Disable(t.Context(), ann, a); code(err) != want {
				t.Errorf("%v, want %s", err, want)
			}
		}
		for _, reason := range []string{"", "  ", "a\tb", strings.Repeat("x", authenticator.MaxReason+1), "\xff"} {
			a := good
			a.Reason = reason
			if _, err := w.keeper.Disable(t.Context(), ann, a); code(err) != "authenticator.reason" {
				t.Errorf("the reason %q: %v", reason, err)
			}
		}
		if w.get(id).Status != authenticator.Enabled {
			t.Error("a refused act did something")
		}
	})
}

// TestTwoResetsAtOnce: one of two agents is told that there is nothing left.
func TestTwoResetsAtOnce(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *helpDesk) {
		id := w.registered("1")
		w.fail(id)
		w.block(id)
		var done, nothing atomic.Int32
		var wg sync.WaitGroup
		for _, who := range []audit.Actor{ann, ben} {
			identified := w.identified(id, who)
			wg.Go(func() {
				switch _, err := w.keeper.Reset(t.Context(), who, w.act(id), identified); code(err) {
				case "":
					done.Add(1)
				case "authenticator.nothing_to_reset":
					nothing.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if done.Load() != 1 || nothing.Load() != 1 || w.records(authenticator.AuditReset) != 1 {
			t.Errorf("%d done, %d refused", done.Load(), nothing.Load())
		}
	})
}

// TestOutlook is what the bank is told before a block, and before one that only
// the help desk ends.
func TestOutlook(t *testing.T) {
	eachDesk(t, func(t *testing.T, w *helpDesk) {
		id := w.registered("1")
		rule := limit.Rule{Max: 2, CoolDown: time.Minute, MaxBlocks: 2}
		w.activate(rule)
		see := func(when string, left int, permanent bool) {
			t.Helper()
			all, err := w.keeper.Of(t.Context(), id)
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			if want := (authenticator.Outlook{Left: left, Permanent: permanent}); all[0].Outlook != want || all[0].Threshold != 2 {
				t.Errorf("%s: %+v of %d; want %+v", when, all[0].Outlook, all[0].Threshold, want)
			}
		}
		see("fresh", 2, false)
		w.fail(id)
		see("one wrong", 1, false)
		w.fail(id)
		see("blocked: the next block is for good", 0, true)
		w.later(time.Minute)
		see("cooled", 2, true)
		w.fail(id)
		see("the last but one", 1, true)
		w.disable(id)
		see("disabled", 0, true)
		w.set(id, "status", "enabled")
		w.fail(id)
		see("held", 0, true)
		if _, err := w.keeper.Reset(t.Context(), ann, w.act(id), w.identified(id, ann)); err != nil {
			t.Fatal(err)
		}
		see("reset", 2, false)
		w.expire(id)
		see("expired", 0, false)
	})
}

// activate puts another rule for failures into force.
func (w *helpDesk) activate(rule limit.Rule) {
	w.t.Helper()
	set := policy.Version0()
	set.Policies[0].Failures = rule
	w.policy = set.Policies[0]
	doc, err := set.Format()
	if err != nil {
		w.t.Fatal(err)
	}
	v, err := w.keeper.Policies.Store(w.t.Context(), ann, doc)
	if err == nil {
		err = w.keeper.Policies.Activate(w.t.Context(), ann, 0, v)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}
