package pattern

import (
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

// Perimeter is where somebody may be in a period (DI-65, DI-66): around the places and
// ways that were theirs on enough days.
type Perimeter struct {
	Spots  []Spot
	Ways   []Way
	Radius float64 // kilometers around places and ways
}

// Spot is a place of a perimeter.
type Spot struct {
	Cell s2.CellID
	Days int
}

// Way is a way of a perimeter, taken as straight.
type Way struct {
	Leg
	Days int
}

// around is the radius of a perimeter, in kilometers.
const around = 0.5

// Perimeter returns where the person may be in a period: places and ways on at least
// Need of the last Of days that the filter names. Parts of a day of three hours that
// reach into the period count in whole.
func (s *State) Perimeter(p Period, f Filter) Perimeter {
	out := Perimeter{Radius: around}
	days := f.Days.mask(s.last, min(f.Of, MapDays))
	for i := range s.places {
		if n := ones(in(&s.places[i].days, p) & days); n > 0 && n >= f.Need {
			out.Spots = append(out.Spots, Spot{s.places[i].cell, n})
		}
	}
	for i := range s.routes {
		if n := ones(in(&s.routes[i].days, p) & days); n > 0 && n >= f.Need {
			out.Ways = append(out.Ways, Way{s.routes[i].leg, n})
		}
	}
	return out
}

// in returns the days of the parts that reach into a period.
func in(maps *[dayParts]uint64, p Period) (days uint64) {
	for part, m := range maps {
		if p.overlaps(part) {
			days |= m
		}
	}
	return days
}

// Contains reports whether the center of a cell is inside.
func (p *Perimeter) Contains(c s2.CellID) bool {
	at := c.Point()
	for _, s := range p.Spots {
		if s.Cell.Intersects(c) || at.Distance(s.Cell.Point()) <= p.reach(s.Cell) {
			return true
		}
	}
	for _, w := range p.Ways {
		if s2.DistanceFromSegment(at, w.From.Point(), w.To.Point()) <= p.reach(w.From) {
			return true
		}
	}
	return false
}

// reach is the radius with half of the size of a cell, in which the place may be anywhere.
func (p *Perimeter) reach(c s2.CellID) s1.Angle {
	return s1.Angle(p.Radius/earthKM) + s2.CellFromCellID(c).CapBound().Radius()
}

// maxCovering bounds a covering: a page has to draw it.
const maxCovering = 400

// Covering returns cells that cover the perimeter, no finer than level, for maps.
func (p *Perimeter) Covering(level int) s2.CellUnion {
	var all s2.CellUnion
	c := s2.RegionCoverer{MaxLevel: level, MaxCells: 12}
	for _, s := range p.Spots {
		all = append(all, c.Covering(s2.CapFromCenterAngle(s.Cell.Point(), s1.Angle(p.Radius/earthKM)))...)
	}
	for _, w := range p.Ways {
		line := s2.Polyline{w.From.Point(), w.To.Point()}
		for _, at := range steps(line, p.Radius) {
			all = append(all, c.Covering(s2.CapFromCenterAngle(at, s1.Angle(p.Radius/earthKM)))...)
		}
	}
	all.Normalize()
	return all[:min(len(all), maxCovering)]
}

// steps returns points along a way, a radius apart, at most a hundred.
func steps(line s2.Polyline, radius float64) (at []s2.Point) {
	n := min(100, 1+int(line.Length().Radians()*earthKM/radius))
	for i := range n + 1 {
		p, _ := line.Interpolate(float64(i) / float64(n))
		at = append(at, p)
	}
	return at
}
