package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// mobileIDs draws what a set says about signatures by SIM cards.
func mobileIDs(t *rapid.T, s *policy.Set) {
	length := func(low, high int) int { return rapid.IntRange(low, high).Draw(t, "mobile id") }
	span := func(low, high time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(int64(low), int64(high)).Draw(t, "mobile id"))
	}
	control := func() policy.Control {
		return rapid.SampledFrom([]policy.Control{policy.ControlNone, policy.ControlShown, policy.ControlChosen, policy.ControlTyped}).Draw(t, "control")
	}
	rule := func() limit.Rule { return limit.Rule{Max: length(1, 100), CoolDown: span(time.Second, time.Hour)} }
	ttl := span(30*time.Second, 10*time.Minute)
	s.MobileID = policy.MobileID{
		Service: "Bank" + rapid.StringMatching(`[A-Za-z ]{0,30}`).Draw(t, "service"), TTL: ttl, MaxTTL: span(ttl, 30*time.Minute), Registration: span(time.Minute, time.Hour),
		Control: control(), Register: control(), Hold: span(0, 720*time.Hour), Numbers: length(1, 20), Algorithms: []string{policy.AlgorithmRSA}, Languages: []string{"de"},
		Limits:   policy.MobileIDLimits{Window: span(time.Minute, 24*time.Hour), Number: length(1, 1000), Provider: length(1, 1e9), All: length(1, 1e9)},
		Refusals: rule(), Guesses: rule(), Renew: span(24*time.Hour, 4320*time.Hour), Keep: span(8760*time.Hour, 438000*time.Hour),
	}
}

const mobileIDPolicy = "  - {code: sim, method: mobile-id, failures: {max: 5, cool_down: 15m}}\n"

// withMobileID is the good document with a policy, and with a section where there is one.
func withMobileID(section string) string {
	doc := strings.Replace(good, "policies:\n", "policies:\n"+mobileIDPolicy, 1)
	if section != "" {
		doc += "\nmobile_id: " + section + "\n"
	}
	return doc
}

func TestMobileIDDefaults(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(withMobileID("")))
	if err != nil {
		t.Fatal(err)
	}
	want := policy.MobileID{
		Service: "Bank", TTL: 3 * time.Minute, MaxTTL: 10 * time.Minute, Registration: 10 * time.Minute, Control: policy.ControlShown, Register: policy.ControlTyped,
		Hold: 24 * time.Hour, Numbers: 3, Algorithms: []string{"ecdsa-p256", "rsa-2048"}, Languages: []string{"en", "de"},
		Limits:   policy.MobileIDLimits{Window: time.Hour, Number: 20, Provider: 10_000, All: 1_000_000},
		Refusals: limit.Rule{Max: 3, CoolDown: 15 * time.Minute}, Guesses: limit.Rule{Max: 5, CoolDown: time.Hour}, Renew: 720 * time.Hour, Keep: 87600 * time.Hour,
	}
	if d := cmp.Diff(want, s.MobileID); d != "" {
		t.Error(d)
	}
	all := s.MobileIDs()
	if len(all) != 1 || !all[0].Remote() || all[0].Prompted() {
		t.Fatalf("%+v", all)
	}
	if d := cmp.Diff(policy.Approval{Bank: "Bank", TTL: 3 * time.Minute, Control: policy.ControlShown, Resend: 30 * time.Second}, all[0].Approval); d != "" {
		t.Error(d)
	}
	if s, err = policy.Parse([]byte(withMobileID("{service: Alder Bank, hold: 0s}"))); err != nil || s.MobileID.Hold != 0 || s.MobileIDs()[0].Approval.Bank != "Alder Bank" {
		t.Errorf("no hold: %v", err)
	}
	if !s.MobileID.Speaks("de") || s.MobileID.Speaks("fr") {
		t.Error("languages")
	}
}

func TestMobileIDMistakes(t *testing.T) {
	t.Parallel()
	for section, want := range map[string]string{
		"{service: " + strings.Repeat("a", 41) + "}": "service is",
		"{ttl: 29s}":               "mobile_id: ttl is 29s",
		"{max_ttl: 31m}":           "max_ttl is 31m",
		"{ttl: 2m, max_ttl: 1m}":   "max_ttl is 1m",
		"{registration: 59s}":      "registration is 59s",
		"{control: both}":          `control is "both"`,
		"{register: both}":         `register is "both"`,
		"{hold: 721h}":             "hold is 721h",
		"{numbers: 21}":            "numbers is 21",
		"{algorithms: [des]}":      `algorithms names "des"`,
		"{languages: [EN]}":        `languages names "EN"`,
		"{limits: {window: 59s}}":  "limits.window is 59s",
		"{limits: {number: 1001}}": "limits.number is 1001",
		"{limits: {provider: -1}}": "limits.provider is -1",
		"{limits: {all: -1}}":      "limits.all is -1",
		"{refusals: {max: 3}}":     "refusals needs a max",
		"{guesses: {max: 3, cool_down: 1h, max_blocks: 2}}": "guesses needs a max",
		"{renew: 1h}": "renew is 1h",
		"{keep: 1h}":  "keep is 1h",
	} {
		if _, err := policy.Parse([]byte(withMobileID(section))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", section, err, want)
		}
	}
	for more, want := range map[string]string{
		"approval: {bank: " + strings.Repeat("b", 41) + "}": "approval.bank is",
		"approval: {ttl: 11m}":                              "approval.ttl is 11m",
		"approval: {resend: 9s}":                            "approval.resend is 9s",
		"approval: {control: both}":                         `approval.control is "both"`,
		"approval: {close: 1m}":                             "approval.close is 1m",
		"approval: {pending: 2}":                            "belong to the method approval",
		"time: {skew: 1}":                                   "belong to tokens",
	} {
		doc := strings.Replace(withMobileID(""), "cool_down: 15m}}\n", "cool_down: 15m}, "+more+"}\n", 1)
		if _, err := policy.Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", more, err, want)
		}
	}
}
