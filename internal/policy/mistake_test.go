package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/policy"
)

// version0 is the embedded document.
func version0(t *testing.T) string {
	t.Helper()
	doc, err := policy.Version0().Format()
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// lineWith is the first line that contains a text, from 1.
func lineWith(t *testing.T, doc, text string) int {
	t.Helper()
	for i, line := range strings.Split(doc, "\n") {
		if strings.Contains(line, text) {
			return i + 1
		}
	}
	t.Fatalf("no line has %q", text)
	return 0
}

func TestExamineAcceptsWhatIsRight(t *testing.T) {
	t.Parallel()
	set, mistakes := policy.Examine([]byte(version0(t)))
	if set == nil || len(mistakes) != 0 {
		t.Fatalf("%+v", mistakes)
	}
	if diff := cmp.Diff(policy.Version0().Policies, set.Policies); diff != "" {
		t.Error(diff)
	}
}

// TestExamineNamesLines makes mistakes of all kinds, and looks whether each is
// found where it was made.
func TestExamineNamesLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, old, new, at, want string }{
		{"a value out of range", "window: 10", "window: 1000", "window: 1000", "policy secure-code: events.window is 1000; it must be 1 to 100"},
		{"a length of time", "code_valid: 168h0m0s", "code_valid: 1s", "code_valid: 1s", "registration: code_valid is 1s"},
		{"an unknown policy of a model", "code: b100", "code: b100x\n    policies: [nothing]\n    life: 1h\n  - code: b100", "code: b100x", "model b100x: names the unknown policy"},
		{"an unknown act", "acts: []", "acts: [anything]", "four_eyes:", "four_eyes: the act \"anything\" does not exist"},
		{"an unknown key", "max_drift: 20", "max_driftt: 20", "max_driftt", `there is no key "max_driftt" here`},
		{"a text in place of a number", "window: 10", "window: ten", "window: ten", "`ten` cannot stand here; a whole number is expected"},
		{"a number in place of a time", "ttl: 3m0s", "ttl: [1]", "ttl: [1]", "a length of time such as 15m is expected"},
		{"no YAML", "registration:", "registration: [", "registration: [", ""},
		{"a journey", "channel: branch", "channel: branch\n    ttl: 1s\n    steps: [[secure-code]]\n  - purpose: login\n    channel: desk", "ttl: 1s", "journey login on branch: ttl is 1s"},
	} {
		doc := strings.Replace(version0(t), c.old, c.new, 1)
		set, mistakes := policy.Examine([]byte(doc))
		if set != nil || len(mistakes) == 0 {
			t.Errorf("%s: accepted", c.name)
			continue
		}
		found := false
		for _, m := range mistakes {
			at := lineWith(t, doc, c.at)
			near := m.Line == at || c.name == "no YAML" && m.Line > at-5 || c.name == "an unknown act" && m.Line == at+1
			found = found || near && strings.Contains(m.Text, c.want)
		}
		if !found {
			t.Errorf("%s (line %d): %+v", c.name, lineWith(t, doc, c.at), mistakes)
		}
	}
	// An unknown key hides no other mistake.
	doc := strings.Replace(strings.Replace(version0(t), "max_drift: 20", "max_driftt: 20", 1), "pin_length: 4", "pin_length: 99", 1)
	if _, mistakes := policy.Examine([]byte(doc)); len(mistakes) < 2 || !strings.Contains(mistakes[len(mistakes)-1].Text, "pin_length is 99") {
		t.Errorf("both: %+v", mistakes)
	}
	for _, doc := range []string{"", "  ", "[]", "42", "{}", "policies:\n  - 1\n"} {
		if set, mistakes := policy.Examine([]byte(doc)); set != nil || len(mistakes) == 0 {
			t.Errorf("%q: accepted", doc)
		}
	}
}

// FuzzExamine shows that no document makes the examination fail, and that it
// agrees with what can be stored.
func FuzzExamine(f *testing.F) {
	doc, err := policy.Version0().Format()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(doc))
	f.Add("policies:\n  - code: a\njourneys: [{purpose: x, channel: y}]\n")
	f.Add("signing: [{code: a}]\nmodels: [1, {code: x}]")
	f.Fuzz(func(t *testing.T, doc string) {
		set, mistakes := policy.Examine([]byte(doc))
		if (set == nil) != (len(mistakes) > 0) {
			t.Fatalf("a set: %v, mistakes: %v", set != nil, mistakes)
		}
		lines := strings.Count(doc, "\n") + strings.Count(doc, "\r") + 2
		for _, m := range mistakes {
			if m.Line < 0 || m.Line > lines || m.Text == "" {
				t.Fatalf("%+v of %d lines", m, lines)
			}
		}
	})
}
