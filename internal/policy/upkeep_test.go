package policy_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// upkeep is good with the parts that may be left out.
const upkeep = good + `identification:
  needed: 1
  valid: 15m
  questions:
    - {code: q, text: {en: asked}}
unlock:
  requests: {max: 5, cool_down: 1h, max_blocks: 4}
four_eyes:
  acts: [bulk]
  valid: 72h
`

func TestEveryMistakeOfUpkeepIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := policy.Parse([]byte(upkeep)); err != nil {
		t.Fatal(err)
	}
	cases := []struct{ old, broken, says string }{
		{"valid: 0s", "valid: 0s\n    resync: {self_service: 1, help_desk: 1}", "policy a: resync.self_service is 1; it must be 2 or 3"},
		{"valid: 0s", "valid: 0s\n    resync: {self_service: 2, help_desk: 0}", "policy a: resync.help_desk is 0; it must be 1 to 3"},
		{"    - {code: q, text: {en: asked}}", "    []", "identification: there are 0 questions; there must be 1 to 20"},
		{"needed: 1", "needed: 2", "identification: needed is 2; it must be 1 to the number of questions"},
		{"  valid: 15m", "  valid: 61m", "identification: valid is 1h1m0s; it must be 1m to 1h"},
		{"  valid: 15m", "  valid: 15m\n  attempts: {max: 0, cool_down: 1h}", "identification: attempts: max is 0; it must be 1 to 100"},
		{"  valid: 15m", "  valid: 15m\n  attempts: {max: 3}", "identification: attempts: cool_down must be positive and max_blocks 0"},
		{"{code: q, text: {en: asked}}", `{code: "", text: {en: asked}}`, `identification: the code "" is empty, not printable or used twice`},
		{"{en: asked}", "{de: gefragt}", "identification: question q has no text in English (en)"},
		{"{en: asked}", `{en: "\t"}`, "identification: question q: language and text must be printable"},
		{"{max: 5, cool_down: 1h, max_blocks: 4}", "{max: 101}", "unlock: requests: max is 101; it must be 1 to 100"},
		{"[bulk]", "[magic]", `four_eyes: the act "magic" does not exist`},
		{"  valid: 72h", "  valid: 1m", "four_eyes: valid is 1m0s; it must be 1h to 720h"},
	}
	for _, c := range cases {
		if !strings.Contains(upkeep, c.old) {
			t.Fatalf("the case %q breaks nothing", c.broken)
		}
		_, err := policy.Parse([]byte(strings.Replace(upkeep, c.old, c.broken, 1)))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %q", c.broken, err, c.says)
		}
	}
	source, err := os.ReadFile("upkeep.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`m\.check\(`).FindAll(source, -1)); n != len(cases) {
		t.Errorf("there are %d rules and %d cases: add those of the new ones", n, len(cases))
	}
}

// TestOlderDocumentsStayReadable: what a document does not mention is filled in,
// so that versions stored by an earlier release do not stop a node.
func TestOlderDocumentsStayReadable(t *testing.T) {
	t.Parallel()
	s, err := policy.Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(policy.Resync{SelfService: 2, HelpDesk: 1, Clock: true}, s.Policies[0].Resync); d != "" {
		t.Errorf("resync: %s", d)
	}
	if s.Identification.Needed != 1 || len(s.Identification.Questions) != 1 || s.Identification.Attempts != (limit.Rule{Max: 3, CoolDown: time.Hour}) {
		t.Errorf("identification: %+v", s.Identification)
	}
	if want := (limit.Rule{Max: 5, CoolDown: time.Hour, MaxBlocks: 4}); s.Unlock.Requests != want {
		t.Errorf("unlock: %+v", s.Unlock)
	}
	if s.FourEyes.Needs(policy.ActBulk) || s.FourEyes.Valid != 72*time.Hour {
		t.Errorf("four eyes: %+v", s.FourEyes)
	}
}
