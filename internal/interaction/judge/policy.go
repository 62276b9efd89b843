package judge

import (
	"fmt"
	"time"
)

// Policy says how interactions are judged. All sums are natural log-odds for the
// customer.
type Policy struct {
	Window   time.Duration // how far back interactions are recent, 5 minutes to 12 hours
	HalfLife time.Duration // within the window, until a sighting counts half

	Allow float64 // from this sum on: no reason to ask for more
	Limit float64 // from this sum on, and below Allow: allowed with restrictions
	Deny  float64 // below this sum: refused; from here to Limit: step-up

	Caps     [Groups]float64 // what a group can add; and take, by twice as much
	Limits   Limits
	ThinDays int     // exposure of fewer days is thin
	Thin     Outcome // of thin data within the limits: Limited or StepUp
}

// Usual returns the policy that the product starts with.
func Usual() Policy {
	return Policy{
		Window: 2 * time.Hour, HalfLife: 20 * time.Minute,
		Allow: 2, Limit: -0.9, Deny: -5,
		Caps:     [Groups]float64{Bag: 1.5, Home: 3, Body: 3, Car: 2, Job: 2.5},
		Limits:   Limits{Amount: 5000, Daily: 15000},
		ThinDays: 5, Thin: Limited,
	}
}

// Check refuses a policy that is out of its bounds.
func (p *Policy) Check() error {
	switch {
	case p.Window < 5*time.Minute || p.Window > 12*time.Hour:
		return fmt.Errorf("a window of %s: want 5 minutes to 12 hours", p.Window)
	case p.HalfLife < time.Minute || p.HalfLife > p.Window:
		return fmt.Errorf("a half-life of %s: want one minute to the window of %s", p.HalfLife, p.Window)
	case p.Deny > p.Limit || p.Limit > p.Allow:
		return fmt.Errorf("thresholds deny %g, limit %g and allow %g: want them to rise", p.Deny, p.Limit, p.Allow)
	case p.Limits.Amount < 0 || p.Limits.Daily < p.Limits.Amount:
		return fmt.Errorf("limits of %d for a payment and %d for a day: want the day's to be the larger", p.Limits.Amount, p.Limits.Daily)
	case p.ThinDays < 1 || p.ThinDays > 28:
		return fmt.Errorf("thin below %d days: want 1 to 28", p.ThinDays)
	case p.Thin != Limited && p.Thin != StepUp:
		return fmt.Errorf("thin data mean %q: want %q or %q", p.Thin, Limited, StepUp)
	}
	for g, c := range p.Caps {
		if c < 0 || c > 10 {
			return fmt.Errorf("a cap of %g for group %s: want 0 to 10", c, Group(g))
		}
	}
	return nil
}
