package policy_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// mobile is the embedded document with a policy of mobile tokens and an application,
// of which the given lines are left to the test.
func mobile(t *testing.T, lines ...string) string {
	t.Helper()
	source, err := os.ReadFile("version0.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const code = "  - {code: mobile-code, name: Mobile token, method: mobile, failures: {max: 5, cool_down: 15m}, time: {skew: 1, first_use: 2, max_drift: 20}, valid: 0s}\n"
	doc := strings.Replace(string(source), "policies:\n", "policies:\n"+code, 1)
	return doc + "\napplications:\n  - code: bank\n    name: Mobile banking\n    download: https://bank.example/app\n    policies: [mobile-code]\n    " + strings.Join(lines, "\n    ") + "\n"
}

// TestApplicationDefaults: what a document leaves out, and that the document that is
// written is read again as the same.
func TestApplicationDefaults(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(mobile(t)))
	if err != nil {
		t.Fatal(err)
	}
	want := policy.Application{
		Code: "bank", Name: "Mobile banking", Download: "https://bank.example/app", Tokens: 5,
		PIN:  policy.ApplicationPIN{Min: 6, Max: 8},
		Keys: policy.Keys{Code: policy.KeyTOTP, Digits: 6, Step: 30 * time.Second},
		Activation: policy.Activation{
			Length: 20, Valid: 168 * time.Hour, MaxLife: 672 * time.Hour, Attempts: limit.Rule{Max: 5, CoolDown: 15 * time.Minute, MaxBlocks: 4},
			Confirm: 24 * time.Hour, Ways: []policy.HandOver{policy.HandShown, policy.HandSent},
		},
		Policies: []string{"mobile-code"},
	}
	got, known := s.Application("bank")
	if !known || cmp.Diff(want, got) != "" {
		t.Errorf("%t, %s", known, cmp.Diff(want, got))
	}
	if _, known := s.Application("other"); known || !got.Serves("mobile-code") || got.Serves("secure-code") || !got.Allows(policy.HandSent) {
		t.Error("look-ups by code, policy and way")
	}
	doc, err := s.Format()
	if err != nil {
		t.Fatal(err)
	}
	again, err := policy.Parse(doc)
	if err != nil || cmp.Diff(s, again) != "" {
		t.Errorf("read again: %v %s", err, cmp.Diff(s, again))
	}
}

// TestApplicationMistakes: every mistake is named, with the line that it is in.
func TestApplicationMistakes(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"tokens: 51":                                              "tokens is 51; it must be 1 to 50",
		"scheme: https":                                           `scheme is "https"`,
		"scheme: 1bank":                                           `scheme is "1bank"`,
		"pin: {min: 3}":                                           "pin.min is 3; it must be 4 to 12",
		"pin: {min: 8, max: 6}":                                   "pin.max is 6; it must be from pin.min to 12",
		"keys: {code: ocra}":                                      `keys.code is "ocra"; use totp or hotp`,
		"keys: {digits: 5}":                                       "keys.digits is 5; it must be 6 to 10",
		"keys: {step: 90500ms}":                                   "keys.step is 1m30.5s; it must be 10s to 2m",
		"keys: {code: hotp, step: 30s}":                           "keys.step is for totp",
		"keys: {window: 5}":                                       "keys.window is for hotp",
		"keys: {sign: OCRA-1:HOTP-SHA256}":                        `keys.sign is "OCRA-1:HOTP-SHA256"`,
		`keys: {sign: "OCRA-1:HOTP-SHA256-8:QH64"}`:               "needs a counter (C) or a clock (T)",
		`keys: {sign: "OCRA-1:HOTP-SHA256-8:C-QH64-PSHA1"}`:       "take P out",
		"activation: {length: 17}":                                "activation.length is 17",
		"activation: {valid: 1m}":                                 "activation.valid is 1m0s; it must be 5m to 2160h",
		"activation: {max_extend: 21}":                            "activation.max_extend is 21",
		"activation: {valid: 48h, max_life: 24h}":                 "activation.max_life is 24h0m0s",
		"activation: {confirm: 10s}":                              "activation.confirm is 10s",
		"activation: {attempts: {max: 101}}":                      "activation.attempts: max is 101",
		"activation: {ways: [shown, pigeon]}":                     `activation.ways names "pigeon"`,
		"activation: {ways: [shown, shown]}":                      `activation.ways names "shown"`,
		"activation: {ways: [shown], split: true}":                "activation.split needs both ways",
		"redistribution: {same_key: true}":                        "",
		"keep_serial: true":                                       "",
		`keys: {code: hotp, sign: "OCRA-1:HOTP-SHA256-8:C-QH64"}`: "",
	} {
		doc := mobile(t, line)
		set, all := policy.Examine([]byte(doc))
		if want == "" {
			if set == nil || len(all) != 0 {
				t.Errorf("%s: %v", line, all)
			}
			continue
		}
		if len(all) != 1 || !strings.HasPrefix(all[0].Text, "application bank: ") || !strings.Contains(all[0].Text, want) {
			t.Errorf("%s: %v", line, all)
			continue
		}
		if at := strings.Split(doc, "\n")[all[0].Line-1]; !strings.Contains(at, line) {
			t.Errorf("%s: the mistake is put in line %d, %q", line, all[0].Line, at)
		}
	}
}

// TestApplicationReferences: an application serves policies of mobile tokens, and only
// these.
func TestApplicationReferences(t *testing.T) {
	t.Parallel()
	for from, c := range map[string]struct{ to, want string }{
		"policies: [mobile-code]":            {"policies: [none]", `names the unknown policy "none"`},
		"    policies: [mobile-code]":        {"    policies: [secure-code]", "the policy secure-code is not for mobile tokens"},
		"download: https://bank.example/app": {"download: http://bank.example/app", "it must be an https address"},
		"- code: bank\n":                     {"- code: ''\n", "is empty or used twice"},
		"method: mobile, ":                   {"method: mobile, use: sign, ", "do not sign"},
		"skew: 1, first_use: 2,":             {"skew: 11, first_use: 11,", "time.skew is 11"},
		"max_drift: 20}, valid: 0s}":         {"max_drift: 20, resync: 3}, valid: 0s}", "time.resync is for hardware tokens"},
	} {
		doc := strings.Replace(mobile(t), from, c.to, 1)
		if _, err := policy.Parse([]byte(doc)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.to, err)
		}
	}
}

// TestApplicationDiff: what changes of an application is named by its code.
func TestApplicationDiff(t *testing.T) {
	t.Parallel()
	a, err := policy.Parse([]byte(mobile(t)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := policy.Parse([]byte(mobile(t, "tokens: 2", "activation: {valid: 24h}")))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := policy.Diff(a, b)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.String())
	}
	want := []string{
		"applications[bank].tokens: 5 → 2",
		"applications[bank].activation.valid: 168h0m0s → 24h0m0s",
		"applications[bank].activation.max_life: 672h0m0s → 96h0m0s",
	}
	if cmp.Diff(want, got) != "" {
		t.Error(cmp.Diff(want, got))
	}
}
