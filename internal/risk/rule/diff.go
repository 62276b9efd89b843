package rule

import (
	"fmt"
	"strconv"
	"strings"
)

// Change is one difference between two documents.
type Change struct {
	Path     string // "rules[travel.impossible].weight"
	Old, New string // "" for what is not there
}

// Diff lists what differs between two documents by meaning: rules are found again by
// their codes; order, layout and comments do not count. A rule that is in one of them
// only is one change, its condition.
func Diff(a, b *Set) (all []Change) {
	put := func(path, old, now string) {
		if old != now {
			all = append(all, Change{path, old, now})
		}
	}
	put("base", a.Base.String(), b.Base.String())
	put("thresholds.step_up", strconv.Itoa(a.Thresholds.StepUp), strconv.Itoa(b.Thresholds.StepUp))
	put("thresholds.block", strconv.Itoa(a.Thresholds.Block), strconv.Itoa(b.Thresholds.Block))
	put("thresholds.block_channel", strconv.Itoa(a.Thresholds.Channel), strconv.Itoa(b.Thresholds.Channel))
	before := map[string]*Rule{}
	for i := range a.Rules {
		before[a.Rules[i].Code] = &a.Rules[i]
	}
	after := map[string]bool{}
	for i := range b.Rules {
		r := &b.Rules[i]
		after[r.Code] = true
		if old := before[r.Code]; old != nil {
			for j, f := range r.fields() {
				put("rules["+r.Code+"]."+f[0], old.fields()[j][1], f[1])
			}
			continue
		}
		put("rules["+r.Code+"]", "", r.summary())
	}
	for i := range a.Rules {
		if r := &a.Rules[i]; !after[r.Code] {
			put("rules["+r.Code+"]", r.summary(), "")
		}
	}
	return all
}

// String writes natural log-odds.
func (w Weight) String() string { return strconv.FormatFloat(float64(w)/1000, 'f', -1, 64) }

// summary is all that a rule does, for one that has no other to be compared with.
func (r *Rule) summary() string {
	parts := []string{r.When + " → " + r.Weight.String()}
	for _, f := range r.fields()[3:] {
		if f[1] != "" && f[1] != "false" {
			parts = append(parts, f[0]+": "+f[1])
		}
	}
	return strings.Join(parts, "; ")
}

// fields are the rule's settings by name.
func (r *Rule) fields() [][2]string {
	schedule := ""
	if r.Schedule != nil {
		schedule = fmt.Sprintf("%+v", *r.Schedule)
	}
	return [][2]string{
		{"text", r.Text},
		{"when", r.When},
		{"weight", r.Weight.String()},
		{"family", r.Family},
		{"on", strings.Join(r.On, ", ")},
		{"at_least", string(r.AtLeast)},
		{"shadow", strconv.FormatBool(r.Shadow)},
		{"schedule", schedule},
	}
}
