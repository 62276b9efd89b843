package rule_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/risk/rule"
)

const right = `base: -3
thresholds: {step_up: 250, block: 900, block_channel: 985}
rules:
  - code: travel.impossible
    text: Too fast
    when: place.speed > 800.0
    weight: high
    family: place
`

func TestExamineNamesLines(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, now string
		lines    []int
		says     string
	}{
		"right":                  {"high", "high", nil, ""},
		"no YAML":                {"base: -3", "base: [", []int{2}, ""},
		"an unknown field":       {"    family: place", "    family: place\n    shade: red", []int{9}, "shade"},
		"a weight":               {"weight: high", "weight: heavy", []int{7}, "weight"},
		"a family":               {"family: place", "family: friends", []int{8}, "family"},
		"a condition":            {"place.speed > 800.0", "place.sped > 800.0", []int{6}, "undeclared"},
		"a condition in lines":   {"place.speed > 800.0", "|\n      true &&\n      place.sped > 800.0", []int{8}, "undeclared"},
		"a division by a text":   {"place.speed > 800.0", `place.speed / "x" > 1.0`, []int{6}, "when"},
		"thresholds":             {"step_up: 250", "step_up: 950", []int{2}, "thresholds"},
		"a code without a point": {"travel.impossible", "impossible", []int{4}, "code"},
		"two mistakes":           {"family: place", "family: friends\n    at_least: maybe", []int{8, 9}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set, mistakes := rule.Examine([]byte(strings.Replace(right, c.old, c.now, 1)))
			if (set == nil) != (len(c.lines) > 0) {
				t.Fatalf("set %v, mistakes %+v", set, mistakes)
			}
			var lines []int
			var all []string
			for _, m := range mistakes {
				lines, all = append(lines, m.Line), append(all, m.Text)
			}
			if diff := cmp.Diff(c.lines, lines); diff != "" || !strings.Contains(strings.Join(all, "\n"), c.says) {
				t.Errorf("%s\n%+v", diff, mistakes)
			}
		})
	}
	if _, m := rule.Examine([]byte(right + strings.Repeat("#", rule.MaxDocument))); len(m) != 1 || m[0].Line != 0 {
		t.Errorf("too large: %+v", m)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	read := func(doc string) *rule.Set {
		s, err := rule.Parse([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a := read(right)
	if d := rule.Diff(a, read("# a comment\n"+right)); len(d) > 0 {
		t.Errorf("%+v", d)
	}
	b := read(strings.NewReplacer("high", "low", "step_up: 250", "step_up: 300").Replace(right) + "    shadow: true\n  - {code: a.new, text: T, when: 'true', weight: 1, family: user}\n")
	want := []rule.Change{
		{"thresholds.step_up", "250", "300"}, {"rules[travel.impossible].weight", "2", "0.5"}, {"rules[travel.impossible].shadow", "false", "true"}, {"rules[a.new]", "", "true → 1; family: user"},
	}
	if diff := cmp.Diff(want, rule.Diff(a, b)); diff != "" {
		t.Error(diff)
	}
	if d := rule.Diff(b, a); d[len(d)-1] != (rule.Change{"rules[a.new]", "true → 1; family: user", ""}) {
		t.Errorf("%+v", d)
	}
}
