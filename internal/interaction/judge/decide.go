package judge

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// decide draws the outcome from the sum.
func (p *Policy) decide(s *pattern.State, now *Recent, out *Result) {
	switch out.Zone = p.zone(out.Sum); {
	case s.Days() < p.ThinDays:
		out.Outcome = p.Thin
		if out.Sum < p.Limit {
			out.Outcome = StepUp
		}
		out.Zone = Thin
	default:
		out.Outcome = out.Zone
	}
	if out.Outcome != Limited {
		return
	}
	if out.Over = p.Limits.over(now.Request); out.Over != "" {
		out.Outcome = StepUp
		return
	}
	out.Limits = &p.Limits
}

// zone is what a sum says alone.
func (p *Policy) zone(sum float64) Outcome {
	switch {
	case sum >= p.Allow:
		return Allow
	case sum >= p.Limit:
		return Limited
	case sum >= p.Deny:
		return StepUp
	}
	return Deny
}

// over names the restriction that a request does not keep; "" for none (DI-100).
// Restrictions are about payments: what is not a payment has no amount.
func (l *Limits) over(r Request) string {
	switch {
	case r.Kind != Transaction:
		return ""
	case r.Amount > l.Amount:
		return "amount"
	case r.Spent > l.Daily-r.Amount:
		return "daily"
	case len(l.Categories) > 0 && !slices.Contains(l.Categories, r.Category):
		return "category"
	case l.ContactlessOnly && !r.Contactless:
		return "contactless"
	}
	return ""
}
