package pattern

import (
	"math"

	"github.com/golang/geo/s2"
)

// Strength of the coarser level in an estimate, in hours, and what is taken for a
// device of which nothing is known.
const (
	strength = 4
	prior    = 0.3
)

// Expect estimates the probability that the primary meets the device in an hour, when
// it looks. confidence is how much of that comes from counts, 0 to 1; a device that is
// not in the pattern has none.
func (s *State) Expect(at Hour, n Number) (p, confidence float64) {
	return s.ExpectAt(at, n, 0)
}

// ExpectAt is Expect, given that the primary is in a cell; see [View].
func (s *State) ExpectAt(at Hour, n Number, cell s2.CellID) (p, confidence float64) {
	v := s.View(at, cell)
	return v.Expect(n)
}

// estimate is a probability, and how much of it is the prior.
type estimate struct{ p, doubt float64 }

// level refines an estimate by the counts of a finer level.
func (e *estimate) level(n, of float32) {
	of = max(0, of)
	x, y := float64(min(max(0, n), of)), float64(of)
	e.p = (x + strength*e.p) / (y + strength)
	e.doubt *= strength / (y + strength)
}

// hourly estimates from the coarsest level to the finest.
func (s *State) hourly(d *device, cell int, looked [4]float32) estimate {
	if d.before != nil {
		for i, b := range d.before.at(cell) {
			looked[i] -= b
		}
	}
	e := estimate{prior, 1}
	for i, seen := range d.counts.at(cell) {
		e.level(seen/s.now, looked[i]/s.now)
	}
	return e
}

// Usage estimates the probability that the primary looks around in an hour, which is
// how usual it is that it is used then (DI-84).
func (s *State) Usage(at Hour) (p, confidence float64) {
	if !s.begun {
		return prior, 0
	}
	// Of n days the weights are a geometric series; a week's cells share it.
	r := math.Exp2(-1 / float64(s.half))
	days := (1 - math.Pow(r, float64(s.last-s.first+1))) / (1 - r)
	kinds := [2]float64{5, 2}
	of := [4]float64{days * DayHours, days, days * kinds[kindOf(at.Weekday())] / 7, days / 7}
	e := estimate{prior, 1}
	for i, n := range s.exposure.at(at.weekCell()) {
		e.level(n/s.now, float32(of[i]))
	}
	return e.p, 1 - e.doubt
}

// find returns a place; nil for one that is not known.
func (s *State) find(cell s2.CellID) *place {
	for i := range s.places {
		if s.places[i].cell == cell {
			return &s.places[i]
		}
	}
	return nil
}
