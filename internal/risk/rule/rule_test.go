package rule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/risk/rule"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

const head = "base: -3\nthresholds: {step_up: 300, block: 900, block_channel: 980}\nrules:\n"

func one(when string) []byte {
	return fmt.Appendf(nil, "%s- {code: a.b, text: x, when: '%s', weight: high, family: payment}\n", head, when)
}

func parse(t testing.TB, doc []byte) *rule.Set {
	t.Helper()
	s, err := rule.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPresetsAreReadAndWrittenAgain(t *testing.T) {
	t.Parallel()
	for _, name := range rule.Presets() {
		s, err := rule.Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := s.Format()
		if err != nil {
			t.Fatal(err)
		}
		again := parse(t, doc)
		for i := range s.Rules {
			if a, b := s.Rules[i], again.Rules[i]; a.Code != b.Code || a.When != b.When || a.Weight != b.Weight || a.AtLeast != b.AtLeast {
				t.Errorf("%s: %+v became %+v", name, a, b)
			}
		}
		if s.Thresholds != again.Thresholds || s.Base != again.Base {
			t.Errorf("%s: thresholds changed", name)
		}
	}
	if _, err := rule.Preset("x"); !fault.Is(err, "risk.preset") {
		t.Errorf("an unknown preset: %v", err)
	}
}

// Each rule of the preset fires for facts made for it, and for nothing in plain facts.
func TestRulesOfThePreset(t *testing.T) {
	t.Parallel()
	s, _ := rule.Preset("balanced")
	plain := score.Facts{Kind: score.KindPayment, Known: true, Hour: 12, Logins: 20}
	if v := s.Evaluate(&plain); len(v.Terms)+len(v.Failures)+len(v.Demands) != 0 {
		t.Errorf("plain facts: %+v", v)
	}
	for code, change := range map[string]func(*score.Facts){
		"network.new_country":          func(f *score.Facts) { f.NewCountry, f.Row[2] = true, "SE" },
		"network.new_system":           func(f *score.Facts) { f.NewNetwork, f.Row[1] = true, "64500" },
		"travel.impossible":            func(f *score.Facts) { f.TravelSpeed = 801 },
		"automation.found":             func(f *score.Facts) { f.Signals = []string{"automation.webdriver"} },
		"tamper.found":                 func(f *score.Facts) { f.Signals = []string{"x", "tamper.form"} },
		"probe.missing":                func(f *score.Facts) { f.Signals = []string{"probe.missing"} },
		"probe.malformed":              func(f *score.Facts) { f.Signals = []string{"probe.malformed"} },
		"input.scripted":               func(f *score.Facts) { f.Signals = []string{"input.steady"} },
		"agent.bot":                    func(f *score.Facts) { f.Row[6] = "bot" },
		"user.dormant":                 func(f *score.Facts) { f.IdleDays = 181 },
		"user.failing":                 func(f *score.Facts) { f.Failures = 3 },
		"time.night":                   func(f *score.Facts) { f.Hour = 4 },
		"payment.unusual":              func(f *score.Facts) { f.Usual = 10 },
		"payment.first_after_change":   func(f *score.Facts) { f.NewPayee, f.Changed = true, 71 },
		"payment.new_device_new_payee": func(f *score.Facts) { f.NewPayee, f.NewDevice = true, true },
		"payment.burst":                func(f *score.Facts) { f.DayCount = 10.5 },
		"payee.rush":                   func(f *score.Facts) { f.Fresh, f.Payers = 5, 6 },
		"payee.fraud":                  func(f *score.Facts) { f.Frauds, f.Payers = 1, 50 },
		"payment.own_account":          func(f *score.Facts) { f.Own = true },
		"session.risky":                func(f *score.Facts) { f.SessionSum = 500 },
	} {
		f := plain
		change(&f)
		if v := s.Evaluate(&f); len(v.Terms) != 1 || v.Terms[0].Code != code {
			t.Errorf("%s: %+v", code, v)
		}
	}
	if len(s.Rules) != 20 {
		t.Errorf("%d rules, and 20 are tried here", len(s.Rules))
	}
}

func TestMistakesHaveTheirPlace(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		string(one("payment.amount >")):             "rule 1 (a.b): when, line 1, column 17",
		string(one("payment.amonut > 1.0")):         "undeclared reference",
		string(one("payment.amount > 1")):           "no matching overload",
		string(one("payment.amount")):               "it must give true or false",
		string(one(strings.Repeat("!", 1001))):      "longer than 1000",
		head + "- {code: a.b}\n":                    "text: say what",
		head + "- {code: A, text: x}\n":             "code: write small",
		head + "- {kode: a}\n":                      "line 4: field kode not found",
		head + "- {code: a.b, weight: heavy}\n":     "is no weight",
		head + "- {code: a.b, weight: .nan}\n":      "is no weight",
		head + "- {code: a.b, on: [x]}\n":           "no kind of events",
		head + "- {code: a.b, at_least: allow}\n":   "neither step-up nor block",
		head + "- {schedule: {hours: 6-25}}\n":      "no hours",
		head + "- {schedule: {days: [so]}}\n":       "no day",
		head + "- {schedule: {from: 2026-13-01}}\n": "no time",
		"thresholds: {step_up: 9, block: 3}":        "step_up below block",
		"base: 1":                                   "before anything is known",
		"- x":                                       "cannot be read",
		strings.Repeat("#", rule.MaxDocument+1):     "larger than",
		string(one("probe.signals.exists(a, probe.signals.exists(b, probe.signals.exists(c, a + b == c)))")): "could cost",
	} {
		_, err := rule.Parse([]byte(doc))
		if !fault.Is(err, "risk.rules") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %v\nwant %q", doc, err, want)
		}
	}
	if _, err := rule.Parse(append(one("true"), "- {code: a.b, text: x, when: 'true', weight: 1, family: payment}\n"...)); err == nil {
		t.Error("a code was used twice")
	}
}

func TestDivisionByZeroDoesNotFire(t *testing.T) {
	t.Parallel()
	s := parse(t, append(one("10 / payment.batch > 1"), "- {code: c.d, text: x, when: payment.amount > 1.0, weight: 1, family: payment}\n"...))
	v := s.Evaluate(&score.Facts{Amount: 5})
	if len(v.Terms) != 1 || v.Terms[0].Code != "c.d" || len(v.Failures) != 1 || v.Failures[0].Code != "a.b" || !strings.Contains(v.Failures[0].Why, "zero") {
		t.Errorf("%+v", v)
	}
	if v := s.Evaluate(&score.Facts{Batch: 2}); len(v.Terms) != 1 || len(v.Failures) != 0 {
		t.Errorf("%+v", v)
	}
}

func TestShadowKindAndDemand(t *testing.T) {
	t.Parallel()
	s := parse(t, []byte(head+`
- {code: a.shadow, text: x, when: "true", weight: 2, family: list, shadow: true, at_least: block}
- {code: a.action, text: x, when: "true", weight: 2, family: list, on: [action]}
- {code: a.demand, text: x, when: "true", weight: none, family: user, at_least: block}
`))
	want := score.Verdict{
		Terms: []score.Term{{Code: "a.demand", Family: "user", Side: score.User}}, Demands: []score.Demand{{Code: "a.demand", Decision: score.Block}}, Shadow: []string{"a.shadow"},
	}
	if diff := cmp.Diff(want, s.Evaluate(&score.Facts{Kind: score.KindSession})); diff != "" {
		t.Error(diff)
	}
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	s := parse(t, []byte(head+"- {code: a.b, text: x, when: 'true', weight: 1, family: user, schedule: {days: [fri, sat], hours: 22-6, from: 2026-12-01, until: 2026-12-31}}\n"))
	day := func(m, d, hour, weekday int) bool {
		at := time.Date(2026, time.Month(m), d, hour, 0, 0, 0, time.UTC)
		return len(s.Evaluate(&score.Facts{At: at, Hour: hour, Weekday: weekday}).Terms) == 1
	}
	got := []bool{day(12, 4, 22, 5), day(12, 31, 5, 6), day(12, 4, 6, 5), day(12, 4, 23, 4), day(11, 30, 23, 5), day(1, 1, 23, 5)}
	if !slices.Equal(got, []bool{true, true, false, false, false, false}) {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(string(one("payment.amount > 1.0")))
	f.Add(head + "- {code: a.b, text: x, when: '1/0 == event.hour', weight: high, family: user}")
	f.Fuzz(func(_ *testing.T, doc string) {
		if s, err := rule.Parse([]byte(doc)); err == nil {
			s.Evaluate(&score.Facts{Signals: []string{"a"}})
		}
	})
}

func BenchmarkPreset(b *testing.B) {
	s, err := rule.Preset("balanced")
	if err != nil {
		b.Fatal(err)
	}
	f := score.Facts{Kind: score.KindPayment, Known: true, Hour: 12, Signals: []string{"probe.missing"}, NewPayee: true}
	for b.Loop() {
		s.Evaluate(&f)
	}
}
