package evaluation

import "github.com/countersign-auth/countersign/internal/interaction/judge"

// Outcome is what becomes of a request by the thresholds of the tuning seed and the
// policy's limits.
type Outcome int

// The outcomes.
const (
	Allowed Outcome = iota
	Limited         // and within the limit of an amount
	Over            // limited, and over it: step-up
	SteppedUp
	Denied
	outcomes
)

// Outcome draws it.
func (r Results) Outcome(s Scored) Outcome {
	switch {
	case s.Sum >= r.Policy.Allow:
		return Allowed
	case s.Sum >= r.Accept && int64(s.Cents) <= r.Policy.Limits.Amount:
		return Limited
	case s.Sum >= r.Accept:
		return Over
	case s.Sum >= r.Deny:
		return SteppedUp
	}
	return Denied
}

// outcomes are their shares.
func (r Results) outcomes(w Wanted) (out [outcomes]float64) {
	n := 0.0
	for _, s := range r.TestEvents {
		if w(s) {
			n++
			out[r.Outcome(s)]++
		}
	}
	for i := range out {
		out[i] /= max(n, 1)
	}
	return out
}

// loss is what is lost by a thousand attacks, in thousands of the currency: with the
// judge, with the baseline, and with neither.
func (r Results) loss(w Wanted) (judged, set, none float64) {
	n := 0.0
	for _, s := range r.TestEvents {
		if !w(s) {
			continue
		}
		n++
		none += float64(s.Cents)
		if o := r.Outcome(s); o == Allowed || o == Limited {
			judged += float64(s.Cents)
		}
		if s.Set >= r.Set {
			set += float64(s.Cents)
		}
	}
	f := 1000 / max(n, 1) / 100 / 1000
	return judged * f, set * f, none * f
}

// explained is the share of those not allowed whose explanation has a term.
func (r Results) explained() Share {
	w := func(s Scored) bool { return From().Has(s.Day) && r.Outcome(s) != Allowed }
	return shareOf(r.TestEvents, w, func(s Scored) bool { return s.Terms > 0 })
}

// Tuned is the policy with the thresholds of the tuning seed.
func (r Results) Tuned() judge.Policy {
	p := r.Policy
	p.Limit, p.Deny = r.Accept, r.Deny
	return p
}
