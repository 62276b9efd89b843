package evaluation

import (
	"math"
	"slices"

	"github.com/countersign-auth/countersign/emulator/household"
)

// Calibration makes a probability of a sum: 1/(1+exp(-(A+B*sum))), fitted where
// customers and attackers weigh the same.
type Calibration struct{ A, B float64 }

// outsiders are the attacks that a probability can be about: those whose context is not
// the customer's own.
func outsiders(s Scored) bool {
	return slices.Contains([]household.Attack{household.Stolen, household.StolenBag, household.Cloned, household.EnrolledBefore}, s.Attack)
}

// Fit finds the calibration by Newton's method.
func Fit(all []Scored, in Span) (c Calibration) {
	good, bad := weights(all, in)
	for range 25 {
		var ga, gb, haa, hab, hbb float64
		for _, s := range all {
			y, w := label(s, in, good, bad)
			p := c.Of(s.Sum)
			d, v := w*(y-p), w*p*(1-p)
			ga, gb = ga+d, gb+d*s.Sum
			haa, hab, hbb = haa+v, hab+v*s.Sum, hbb+v*s.Sum*s.Sum
		}
		det := haa*hbb - hab*hab
		if det < 1e-12 {
			return c
		}
		c.A, c.B = c.A+(hbb*ga-hab*gb)/det, c.B+(haa*gb-hab*ga)/det
	}
	return c
}

// Of is the probability that the customer is who they are, at even odds before.
func (c Calibration) Of(sum float64) float64 { return 1 / (1 + math.Exp(-c.A-c.B*sum)) }

// weights make both sides weigh a half.
func weights(all []Scored, in Span) (good, bad float64) {
	for _, s := range all {
		switch {
		case !in.Has(s.Day):
		case s.Attack == household.Honest:
			good++
		case outsiders(s):
			bad++
		}
	}
	return 0.5 / max(good, 1), 0.5 / max(bad, 1)
}

// label is 1 for customers and 0 for attackers, with a weight.
func label(s Scored, in Span, good, bad float64) (y, w float64) {
	switch {
	case !in.Has(s.Day):
	case s.Attack == household.Honest:
		return 1, good
	case outsiders(s):
		return 0, bad
	}
	return 0, 0
}

// Quality is the Brier score, and the expected calibration error over ten bins.
func (c Calibration) Quality(all []Scored, in Span) (brier, ece float64) {
	good, bad := weights(all, in)
	var bins [10][3]float64 // weight, sum of probabilities, sum of labels
	for _, s := range all {
		y, w := label(s, in, good, bad)
		p := c.Of(s.Sum)
		brier += w * (y - p) * (y - p)
		b := &bins[min(int(p*10), 9)]
		b[0], b[1], b[2] = b[0]+w, b[1]+w*p, b[2]+w*y
	}
	for _, b := range bins {
		ece += math.Abs(b[1] - b[2])
	}
	return brier, ece
}
