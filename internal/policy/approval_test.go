package policy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/policy"
)

// approving is a document with approvals, online and by picture, of logins and payments.
const approving = good + `applications:
  - {code: bank, name: Bank, download: "https://bank.example/app", keys: {sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"}, policies: [app, pay, pic]}
`

// approvals are its policies; they stand before all others.
const approvals = `policies:
  - {code: app, method: approval, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank}}
  - {code: pay, method: approval, use: sign, failures: {max: 5, cool_down: 15m}, time: {skew: 2, first_use: 3, max_drift: 9}, approval: {bank: Example Bank, ttl: 1m, control: shown, resend: 20s, pending: 2, prompts: 7, window: 1h, close: 24h}}
  - {code: pic, method: picture, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank, ttl: 5m, resend: 40s}}
`

func approvalDocument(old, changed string) string {
	doc := strings.Replace(approving, "policies:\n", approvals, 1)
	return strings.Replace(doc, old, changed, 1)
}

// TestApprovals: what is left out, what is written and read again, and the differences.
func TestApprovals(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(approvalDocument("", "")))
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]policy.Approval{
		"app": {Bank: "Example Bank", TTL: 3 * time.Minute, Control: policy.ControlTyped, Resend: 30 * time.Second, Pending: 3, Prompts: 5, Window: 15 * time.Minute},
		"pay": {Bank: "Example Bank", TTL: time.Minute, Control: policy.ControlShown, Resend: 20 * time.Second, Pending: 2, Prompts: 7, Window: time.Hour, Close: 24 * time.Hour},
		"pic": {Bank: "Example Bank", TTL: 5 * time.Minute, Resend: 40 * time.Second},
	} {
		p, _ := s.Policy(code)
		if d := cmp.Diff(want, p.Approval); d != "" || !p.Prompted() || p.Remote() != (code != "pic") || p.Time.Skew == 0 || p.Time.MaxDrift == 0 {
			t.Errorf("%s: %s %+v", code, d, p.Time)
		}
	}
	doc, err := s.Format()
	if err != nil {
		t.Fatal(err)
	}
	again, err := policy.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := policy.Diff(s, again); err != nil || len(same) != 0 {
		t.Errorf("read again: %v %+v", err, same)
	}
	app, _ := s.Application("bank")
	if !s.Matching(app) || s.Matching(policy.Application{Policies: []string{"pay", "pic", "a"}}) {
		t.Error("who asks for the digits")
	}
	other, err := policy.Parse([]byte(approvalDocument("prompts: 7", "prompts: 8")))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := policy.Diff(s, other)
	if want := []policy.Change{{Path: "policies[pay].approval.prompts", Old: "7", New: "8"}}; err != nil || cmp.Diff(want, changes) != "" {
		t.Errorf("%+v, %v", changes, err)
	}
}

func TestMistakesOfApprovals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, broken, says string }{
		{"{bank: Example Bank}", "{bank: \"\"}", "policy app: approval.bank is \"\"; it must say in 1 to 40 printable characters"},
		{"{bank: Example Bank}", "{bank: " + strings.Repeat("b", 41) + "}", "policy app: approval.bank"},
		{"ttl: 1m", "ttl: 29s", "policy pay: approval.ttl is 29s; it must be 30s to 10m"},
		{"ttl: 1m", "ttl: 11m", "policy pay: approval.ttl is 11m0s"},
		{"resend: 20s", "resend: 9s", "policy pay: approval.resend is 9s; it must be 10s to 10m"},
		{"control: shown", "control: hidden", `policy pay: approval.control is "hidden"; use typed or shown`},
		{"pending: 2", "pending: 11", "policy pay: approval.pending is 11; it must be 1 to 10"},
		{"prompts: 7", "prompts: 101", "policy pay: approval.prompts is 101; it must be 1 to 100"},
		{"window: 1h", "window: 25h", "policy pay: approval.window is 25h0m0s; it must be 1m to 24h"},
		{"close: 24h", "close: 1m", "policy pay: approval.close is 1m0s; it must be 0s, or 5m to 720h"},
		{"close: 24h", "close: 721h", "policy pay: approval.close is 721h0m0s"},
		{"resend: 40s", "resend: 40s, control: typed", "policy pic: control, pending, prompts, window and close belong to the method approval"},
		{"{skew: 2", "{skew: 11", "policy pay: time.skew is 11"},
		{"first_use: 3", "first_use: 1", "policy pay: time.first_use is 1"},
		{"max_drift: 9", "max_drift: 1001", "policy pay: time.max_drift is 1001"},
		{"max_drift: 9", "max_drift: 9, resync: 3", "policy pay: time.resync, events, challenge and resync belong to hardware tokens"},
		{"use: sign", "use: magic", `policy pay: use is "magic"`},
		{"QH64-T1M", "QH40-T1M", "application bank: keys.sign is"},
		{"QH64-T1M", "C-QH64", "tokens that approve need a suite of 6 to 10 digits with QH64 and a clock, and nothing else"},
		{"QH64-T1M", "QH64-S064-T1M", "application bank: keys.sign is"},
		{`keys: {sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"}, `, "", `application bank: keys.sign is ""`},
		{"policies: [app, pay, pic]", "policies: [app, a]", "application bank: the policy a is not for mobile tokens: its method must be mobile, approval or picture"},
	} {
		doc := approvalDocument(c.old, c.broken)
		if doc == approvalDocument("", "") {
			t.Fatalf("the case %q breaks nothing", c.broken)
		}
		if _, err := policy.Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %q", c.broken, err, c.says)
		}
	}
}

// TestEveryRuleOfApprovalsHasItsCase counts the checks, so that a new rule brings a case above.
func TestEveryRuleOfApprovalsHasItsCase(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("approval.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`m\.check\(`).FindAll(source, -1)); n != 14 {
		t.Errorf("there are %d rules; the cases were written for 14: add those of the new ones", n)
	}
}
