package policy

import "slices"

// JourneyRisk says what the risk engine has to do with a journey.
type JourneyRisk struct {
	On     bool     `yaml:"on"`                // the engine is asked at the start and after each proof; the strictest answer counts
	StepUp []string `yaml:"step_up,omitempty"` // policies of which one is needed on a step-up; none: two independent factors do

	ChannelBlock ChannelBlock `yaml:"channel_block,omitempty"` // what a very high risk leads to
}

// Judged returns what the journey asks for after proofs for the given policies, in this
// order, when the risk engine says allow, or, with up, step-up. On a step-up one of the
// policies of Risk.StepUp is needed: one more proof, or one that was given.
func (j Journey) Judged(shown []string, up bool) Next {
	n := j.Next(shown)
	up = up && len(j.Risk.StepUp) > 0
	if up && n.Done && !j.stepped(shown) {
		return Next{Allowed: j.Risk.StepUp, Of: len(shown) + 1, Fits: true}
	}
	if last := len(shown) - 1; !n.Fits && last >= 0 && j.stepped(shown[last:]) && j.Next(shown[:last]).Done {
		return Next{Of: len(shown), Done: true, Fits: true} // the one more
	}
	if up && n.Fits && !n.Done && !j.stepped(shown) {
		n.Of++
	}
	return n
}

// stepped reports whether a proof for one of Risk.StepUp is among those shown.
func (j Journey) stepped(shown []string) bool {
	return slices.ContainsFunc(shown, func(code string) bool { return slices.Contains(j.Risk.StepUp, code) })
}

// validateStepUp names the mistakes in what is said about risk.
func (j Journey) validateStepUp(m *mistakes, at string, policies map[string]bool) {
	m.check(j.Risk.On || len(j.Risk.StepUp) == 0, "%s: risk.step_up says what follows from a judgment that risk.on does not ask for: set risk.on to true, or leave it out", at)
	m.check(!j.Exempt || j.Risk.On && (j.Purpose == PurposePayment || j.Purpose == PurposeLogin), "%s: exempt is for payments and logins whose risk is judged: set risk.on to true, or leave it out", at)
	j.validateChannelBlock(m, at)
	m.check(len(j.Risk.StepUp) <= maxWays, "%s: risk.step_up names %d policies; there may be %d", at, len(j.Risk.StepUp), maxWays)
	for _, code := range j.Risk.StepUp {
		m.check(policies[code], "%s: risk.step_up names the unknown policy %q", at, code)
	}
}
