package judge_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// limited is a state that may be allowed with restrictions.
func limited(t *testing.T, s *pattern.State) *judge.Recent {
	t.Helper()
	r := recent(40, 20)
	_, seen := usual(r.Hour())
	see(r, house(), pattern.Identifier, seen)
	if got := score(s, r); got.Outcome != judge.Limited {
		t.Fatalf("%s with %.2f: %s", got.Outcome, got.Sum, words(got))
	}
	return r
}

func TestDI99And100Limits(t *testing.T) {
	t.Parallel()
	s := person(40)
	p := judge.Usual()
	p.Limits = judge.Limits{Amount: 5000, Daily: 15000, Categories: []string{"5411", "4111"}, ContactlessOnly: true}
	for _, c := range []struct {
		what    string
		request judge.Request
		outcome judge.Outcome
		over    string
	}{
		{"at the limit", judge.Request{Amount: 5000, Category: "5411", Contactless: true}, judge.Limited, ""},
		{"a cent more", judge.Request{Amount: 5001, Category: "5411", Contactless: true}, judge.StepUp, "amount"},
		{"the rest of the day", judge.Request{Amount: 5000, Spent: 10000, Category: "4111", Contactless: true}, judge.Limited, ""},
		{"more than the rest", judge.Request{Amount: 5000, Spent: 10001, Category: "4111", Contactless: true}, judge.StepUp, "daily"},
		{"another category", judge.Request{Amount: 1, Category: "7995", Contactless: true}, judge.StepUp, "category"},
		{"no category", judge.Request{Amount: 1, Contactless: true}, judge.StepUp, "category"},
		{"with contact", judge.Request{Amount: 1, Category: "5411"}, judge.StepUp, "contactless"},
		{"an account (DI-102)", judge.Request{Kind: judge.Account}, judge.Limited, ""},
		{"a service (DI-102)", judge.Request{Kind: judge.Service}, judge.Limited, ""},
	} {
		r := limited(t, s)
		r.Request = c.request
		var got judge.Result
		p.Score(s, r, &got)
		if got.Outcome != c.outcome || got.Over != c.over || got.Zone != judge.Limited || (got.Limits != nil) != (c.outcome == judge.Limited) {
			t.Errorf("%s: %s, zone %s, over %q, limits %v", c.what, got.Outcome, got.Zone, got.Over, got.Limits)
		}
	}
}

func TestDI98WithoutLimits(t *testing.T) {
	t.Parallel()
	r := recent(40, 20)
	r.Request = judge.Request{Amount: 1_000_000}
	if got := score(person(40), r); got.Outcome != judge.Allow || got.Limits != nil {
		t.Errorf("%s, limits %v", got.Outcome, got.Limits)
	}
}

func TestDI76ColdStart(t *testing.T) {
	t.Parallel()
	p := judge.Usual()
	for _, days := range []int{0, 1, p.ThinDays - 1} {
		s := person(days)
		small := recent(40, 20)
		small.Request.Amount = p.Limits.Amount
		if got := score(s, small); got.Outcome != judge.Limited || got.Zone != judge.Thin || got.Limits == nil {
			t.Errorf("%d days, a small payment: %s in zone %s", days, got.Outcome, got.Zone)
		}
		large := recent(40, 20)
		large.Request.Amount = p.Limits.Amount + 1
		if got := score(s, large); got.Outcome != judge.StepUp || got.Over != "amount" {
			t.Errorf("%d days, a large payment: %s over %q", days, got.Outcome, got.Over)
		}
		strange := recent(40, 20)
		see(strange, abroad(), pattern.Nothing, pattern.Set{})
		if got := score(s, strange); got.Outcome == judge.Deny || got.Outcome == judge.Allow {
			t.Errorf("%d days, a strange state: %s", days, got.Outcome)
		}
	}
	p.Thin = judge.StepUp
	var got judge.Result
	p.Score(person(0), recent(40, 20), &got)
	if got.Outcome != judge.StepUp {
		t.Errorf("a policy that steps up: %s", got.Outcome)
	}
	if got := score(person(p.ThinDays), recent(40, 20)); got.Zone == judge.Thin {
		t.Errorf("thin after %d days", p.ThinDays)
	}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	p := judge.Usual()
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(*judge.Policy){
		"a window of no time":       func(p *judge.Policy) { p.Window = 0 },
		"a window of a day":         func(p *judge.Policy) { p.Window = 24 * time.Hour },
		"a half-life over it":       func(p *judge.Policy) { p.HalfLife = p.Window + 1 },
		"a half-life of nothing":    func(p *judge.Policy) { p.HalfLife = 0 },
		"thresholds upside down":    func(p *judge.Policy) { p.Allow, p.Limit = p.Limit, p.Allow },
		"deny above limit":          func(p *judge.Policy) { p.Deny = p.Limit + 1 },
		"an amount below nothing":   func(p *judge.Policy) { p.Limits.Amount = -1 },
		"a day below a payment":     func(p *judge.Policy) { p.Limits.Daily = p.Limits.Amount - 1 },
		"never thin":                func(p *judge.Policy) { p.ThinDays = 0 },
		"thin for long":             func(p *judge.Policy) { p.ThinDays = 29 },
		"thin means allow":          func(p *judge.Policy) { p.Thin = judge.Allow },
		"thin means deny":           func(p *judge.Policy) { p.Thin = judge.Deny },
		"a cap that turns evidence": func(p *judge.Policy) { p.Caps[judge.Home] = -1 },
		"a cap without bound":       func(p *judge.Policy) { p.Caps[judge.Body] = 11 },
	} {
		p := judge.Usual()
		change(&p)
		if p.Check() == nil {
			t.Errorf("%s is taken", what)
		}
	}
}
