package rule

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Evaluate asks all rules that are in force for such an event. Lists longer than
// their bound are cut.
func (s *Set) Evaluate(f *score.Facts) (v score.Verdict) {
	if len(f.Signals) > maxList || len(f.Lists) > maxList {
		short := *f
		short.Signals, short.Lists = f.Signals[:min(maxList, len(f.Signals))], f.Lists[:min(maxList, len(f.Lists))]
		f = &short
	}
	vars := &activation{facts: f, get: s.get}
	for i := range s.Rules {
		r := &s.Rules[i]
		if len(r.On) > 0 && !slices.Contains(r.On, f.Kind) || r.Schedule != nil && !r.Schedule.covers(f) {
			continue
		}
		out, _, err := r.program.Eval(vars)
		if err != nil {
			v.Failures = append(v.Failures, score.Failure{Code: r.Code, Why: err.Error()})
			continue
		}
		if out.Value() == true {
			fire(&v, r)
		}
	}
	return v
}

// fire takes down what a rule says.
func fire(v *score.Verdict, r *Rule) {
	if r.Shadow {
		v.Shadow = append(v.Shadow, r.Code)
		return
	}
	v.Terms = append(v.Terms, score.Term{Code: r.Code, Family: r.Family, Side: side(r.Family), Weight: int(r.Weight)})
	if r.AtLeast != "" {
		v.Demands = append(v.Demands, score.Demand{Code: r.Code, Decision: r.AtLeast})
	}
}

// Settings returns base rate and thresholds.
func (s *Set) Settings() score.Settings {
	return score.Settings{Base: int(s.Base), Thresholds: s.Thresholds}
}

// side says what a family is about.
func side(family string) score.Side {
	switch family {
	case score.FamilyPayment, score.FamilyPayee, score.FamilyVelocity:
		return score.Action
	case score.FamilyBehavior, score.FamilyUser:
		return score.User
	}
	return score.Session
}
