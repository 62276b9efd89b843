package policy

import (
	"fmt"
	"slices"
)

// Way is one sequence of steps by which a journey is completed. Each step names the
// policies of which one will do.
type Way struct {
	Steps [][]string `yaml:"steps"`
}

// maxWays bounds the choice that a customer is given.
const maxWays = 8

// Next is what a journey asks for after some proofs.
type Next struct {
	Allowed []string // policies of which one will do, in the order of the ways; none when Done
	Of      int      // steps of the longest way that is still open
	Done    bool     // nothing more is asked for
	Fits    bool     // the proofs are the beginning of a way; else the others say nothing
}

// All returns the ways of the journey. The customer chooses among them by what they show
// first: a proof closes the ways that do not take it as this step.
func (j Journey) All() []Way {
	if len(j.Steps) == 0 {
		return j.Ways
	}
	return append([]Way{{j.Steps}}, j.Ways...)
}

// Next returns what is asked for after proofs for the given policies, in this order.
func (j Journey) Next(shown []string) (n Next) {
	for _, w := range j.All() {
		if !w.begins(shown) {
			continue
		}
		n.Fits, n.Of = true, max(n.Of, len(w.Steps))
		if len(w.Steps) == len(shown) {
			n.Done = true
			continue
		}
		for _, code := range w.Steps[len(shown)] {
			if !slices.Contains(n.Allowed, code) {
				n.Allowed = append(n.Allowed, code)
			}
		}
	}
	if n.Done {
		n.Allowed, n.Of = nil, len(shown)
	}
	return n
}

// begins reports whether the proofs are the first ones of w.
func (w Way) begins(shown []string) bool {
	if len(shown) > len(w.Steps) {
		return false
	}
	for i, code := range shown {
		if !slices.Contains(w.Steps[i], code) {
			return false
		}
	}
	return true
}

// Codes returns the policies that the journey names, each once.
func (j Journey) Codes() (all []string) {
	for _, w := range j.All() {
		for _, code := range slices.Concat(w.Steps...) {
			if !slices.Contains(all, code) {
				all = append(all, code)
			}
		}
	}
	return all
}

// swallows reports whether somebody may be done with w while x asks for more of the same
// beginning: then nobody could say what is asked for next.
func (w Way) swallows(x Way) bool {
	if len(w.Steps) >= len(x.Steps) {
		return false
	}
	for i, step := range w.Steps {
		if !slices.ContainsFunc(step, func(code string) bool { return slices.Contains(x.Steps[i], code) }) {
			return false
		}
	}
	return true
}

// at names the n-th way, from 0, where there are several.
func (j Journey) at(n int) string {
	at := fmt.Sprintf("journey %s on %s", j.Purpose, j.Channel)
	if len(j.All()) > 1 {
		at += fmt.Sprintf(", way %d", n+1)
	}
	return at
}

// validateWays names the mistakes in the ways of a journey.
func (j Journey) validateWays(m *mistakes, at string, policies map[string]bool) {
	all := j.All()
	m.check(len(all) <= maxWays, "%s: there are %d ways; there may be %d", at, len(all), maxWays)
	if len(all) == 0 {
		Way{}.validate(m, at, policies)
	}
	for n, w := range all {
		at := j.at(n)
		w.validate(m, at, policies)
		for k, x := range all {
			m.check(k == n || !w.swallows(x), "%s: whoever has completed it may be at the beginning of way %d, which asks for more: let them differ in a step", at, k+1)
		}
	}
}

func (w Way) validate(m *mistakes, at string, policies map[string]bool) {
	m.check(within(len(w.Steps), 1, 5), "%s: there are %d steps; there must be 1 to 5", at, len(w.Steps))
	for i, step := range w.Steps {
		m.check(len(step) > 0, "%s: step %d names no policy", at, i+1)
		for _, code := range step {
			m.check(policies[code], "%s: step %d names the unknown policy %q", at, i+1, code)
		}
	}
}
