package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/countersign-auth/countersign/internal/policy"
)

// knows is good with a policy for passwords, which says nothing about tokens.
var knows = strings.Replace(strings.Replace(good, "journeys:", `  - code: pw
    name: Password
    method: password
    failures: {max: 5, cool_down: 15m, max_blocks: 10}
journeys:`, 1), "[[a]]", "[[pw], [a]]", 1)

func TestPasswordPolicies(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(knows))
	if err != nil {
		t.Fatal(err)
	}
	pw, _ := s.Policy("pw")
	a, _ := s.Policy("a")
	if all := s.Passwords(); len(all) != 1 || all[0].Code != "pw" || !pw.Registrable() || !a.Registrable() {
		t.Errorf("%+v", all)
	}
	doc, err := s.Format()
	if err != nil {
		t.Fatal(err)
	}
	again, err := policy.Parse(doc)
	if d := cmp.Diff(s, again, cmpopts.EquateEmpty()); err != nil || d != "" {
		t.Errorf("%v: %s", err, d)
	}
	for _, c := range []struct{ old, broken, says string }{
		{"method: password", "method: password\n    use: sign", "policy pw: a password cannot sign"},
		{"method: password", "method: password\n    events: {window: 1}", "policy pw: events, time, challenge and resync belong to tokens"},
		{"method: password", "method: password\n    challenge: {max: 1}", "belong to tokens"},
		{"method: password", "method: password\n    valid: -1s", "policy pw: valid is -1s"},
		{"policies: [a]", "policies: [a, pw]", "model m: the policy pw is not for tokens"},
	} {
		if !strings.Contains(knows, c.old) {
			t.Fatalf("the case %q breaks nothing", c.broken)
		}
		if _, err := policy.Parse([]byte(strings.Replace(knows, c.old, c.broken, 1))); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.broken, err)
		}
	}
}
