package pattern

import (
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

// earthKM is the mean radius of the earth.
const earthKM = 6371.01

// Location is how usual a place is.
type Location struct {
	Days       int     // on which it was visited, of the last 64
	Share      float64 // of all visits; 0 for a place that is not known
	Now        float64 // of the visits at this kind of day and part of the day
	Novelty    float64 // the share of visits that this person pays to new places
	Distance   float64 // kilometers to the nearest place that was visited on three days; 0 at one, -1 when there is none
	Confidence float64 // 0 to 1
}

// Settled reports whether the person has been there on three days.
func (l *Location) Settled() bool { return l.Days >= settledDays }

// Locate says how usual it is that the primary is in a cell in an hour.
func (s *State) Locate(at Hour, cell s2.CellID) Location {
	v := s.View(at, cell)
	return v.Locate()
}

// Locate says how usual it is that the primary is here now.
func (v *View) Locate() (l Location) {
	s, bin := v.s, placeBin(v.at)
	e := estimate{0.5, 1}
	e.level(s.novel()/s.now, s.mass/s.now)
	e.level(s.novelty[bin]/s.now, s.bins[bin]/s.now)
	l.Novelty, l.Confidence, l.Days = e.p, 1-e.doubt, v.days
	if !l.Settled() {
		l.Distance = s.nearest(v.cell)
	}
	if p := v.place; p != nil {
		share := estimate{0, 1}
		share.level(p.mass/s.now, s.mass/s.now)
		l.Share = share.p
		share.level(p.bins[bin]/s.now, s.bins[bin]/s.now)
		l.Now = share.p
	}
	return l
}

// nearest returns the distance to the nearest settled place, in kilometers.
func (s *State) nearest(cell s2.CellID) float64 {
	at, best := cell.Point(), s1.InfChordAngle()
	for i := range s.places {
		if p := &s.places[i]; ones(p.anyDay()) >= settledDays {
			best = min(best, s2.ChordAngleBetweenPoints(at, p.at))
		}
	}
	if best > s1.StraightChordAngle {
		return -1
	}
	return best.Angle().Radians() * earthKM
}

// Kilometers returns the distance between the centers of two cells.
func Kilometers(a, b s2.CellID) float64 {
	return a.Point().Distance(b.Point()).Radians() * earthKM
}

// Unusual says how far a value of a context is from what is usual in an hour: for a
// number the distance from the mean in standard deviations, for a class minus the
// natural logarithm of its share. It reports false where too little is known.
func (s *State) Unusual(at Hour, v Value) (distance float64, ok bool) {
	if v.Name.Numeric() {
		m := s.moment(v, false)
		if m == nil {
			return 0, false
		}
		return m.parts[at.OfDay()/partHours].distance(v.Number, s.now)
	}
	c := s.class(v, false)
	if c == nil || c.total/s.now < strength || v.Category >= Bins {
		return 0, false
	}
	return c.surprise(v.Category, s.now), true
}
