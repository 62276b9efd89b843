package pattern

import "github.com/golang/geo/s2"

// View is a pattern as it looks from one hour and one cell. Where somebody is explains
// most of whom they meet: away from home no device of the home is missed, and at home
// the access point is there at any hour. Of a place with little history, what was there
// on first visits to others says more than the hour does. A view is valid until the pattern learns.
type View struct {
	s      *State
	at     Hour
	cell   s2.CellID // 0 for a place that is not known
	place  *place    // nil for one without history
	days   int       // on which it was visited
	looked [4]float32
}

// View looks at the pattern from an hour and a cell; 0 for a cell that is not known.
func (s *State) View(at Hour, cell s2.CellID) View {
	v := View{s: s, at: at, looked: s.exposure.at(at.weekCell())}
	if !cell.IsValid() {
		return v
	}
	v.cell = s.coarse(cell)
	if v.place = s.find(v.cell); v.place != nil {
		v.days = ones(v.place.anyDay())
	}
	return v
}

// Expect estimates the probability that the primary meets the device here and now, when
// it looks. confidence is how much of that comes from counts, 0 to 1; a device that is
// not in the pattern has none.
func (v *View) Expect(n Number) (p, confidence float64) {
	s := v.s
	i := s.index(n)
	if n == 0 || i < 0 {
		return prior, 0
	}
	e := s.hourly(&s.devices[i], v.at.weekCell(), v.looked)
	if v.cell != 0 {
		e.level(s.elsewhere.seen[i]/s.now, s.elsewhere.looked/s.now)
	}
	if v.place != nil {
		e.level(v.place.with.seen[i]/s.now, v.place.with.looked/s.now)
	}
	return e.p, 1 - e.doubt
}
