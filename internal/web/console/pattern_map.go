package console

import (
	"math"
	"strconv"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// The measures of a map of cells, in its own units.
const cellWidth, cellHeight, cellEdge = 360, 260, 24

// kilometersPerDegree is that of latitude.
const kilometersPerDegree = 111.2

// cellMap is the perimeter of a pattern and the places of a day, from above: north is up, and
// nothing is asked of a server.
type cellMap struct {
	ID, Title, Text string
	Spots, Visits   []cellSpot
	Ways            []cellWay
	Ruler           string // what the ruler says
	RulerEnd        float64
}

type cellSpot struct{ X, Y, R float64 }

type cellWay struct{ X1, Y1, X2, Y2, W float64 }

// cellMap draws where the person usually is on any day, and where they were on this one; nil when
// no place is known.
func (v *visit) cellMap(s *pattern.State, hours []interaction.Moment) *cellMap {
	p := s.Perimeter(pattern.Period{From: 0, To: pattern.DayHours}, pattern.Usually(pattern.EveryDay))
	var visits []s2.CellID
	for i := range hours {
		for _, x := range hours[i].Visits {
			if x.Cell.IsValid() {
				visits = append(visits, x.Cell)
			}
		}
	}
	var all []s2.LatLng
	for _, x := range p.Spots {
		all = append(all, x.Cell.LatLng())
	}
	for _, x := range visits {
		all = append(all, x.LatLng())
	}
	if len(all) == 0 {
		return nil
	}
	f := frameOf(all, p.Radius)
	m := &cellMap{ID: "cell-map", Title: v.t.T("console.pattern.map"), Text: v.t.N("console.pattern.map_text", len(p.Spots))}
	for _, x := range p.Spots {
		m.Spots = append(m.Spots, f.spot(x.Cell, p.Radius))
	}
	for _, w := range p.Ways {
		a, b := f.spot(w.From, 0), f.spot(w.To, 0)
		m.Ways = append(m.Ways, cellWay{a.X, a.Y, b.X, b.Y, round(2 * p.Radius * f.scale)})
	}
	for _, x := range visits {
		m.Visits = append(m.Visits, f.spot(x, 0))
	}
	km := math.Pow(10, math.Floor(math.Log10(cellWidth/3/f.scale)))
	m.Ruler, m.RulerEnd = strconv.FormatFloat(km, 'g', -1, 64)+" km", round(16+km*f.scale)
	return m
}

// frame puts places into the picture.
type frame struct {
	west, north float64 // kilometers
	narrow      float64 // kilometers per degree of longitude
	scale       float64
	dx, dy      float64
}

func frameOf(all []s2.LatLng, margin float64) frame {
	middle := all[0].Lat.Degrees()
	f := frame{narrow: kilometersPerDegree * math.Cos(middle*math.Pi/180), west: math.Inf(1), north: math.Inf(-1)}
	east, south := math.Inf(-1), math.Inf(1)
	for _, l := range all {
		x, y := l.Lng.Degrees()*f.narrow, l.Lat.Degrees()*kilometersPerDegree
		f.west, east = min(f.west, x-margin), max(east, x+margin)
		f.north, south = max(f.north, y+margin), min(south, y-margin)
	}
	w, h := max(east-f.west, 0.1), max(f.north-south, 0.1)
	f.scale = min((cellWidth-2*cellEdge)/w, (cellHeight-2*cellEdge)/h)
	f.dx, f.dy = (cellWidth-w*f.scale)/2, (cellHeight-h*f.scale)/2
	return f
}

func (f frame) spot(c s2.CellID, radius float64) cellSpot {
	l := c.LatLng()
	return cellSpot{
		X: round(f.dx + (l.Lng.Degrees()*f.narrow-f.west)*f.scale), Y: round(f.dy + (f.north-l.Lat.Degrees()*kilometersPerDegree)*f.scale),
		R: round(max(4, radius*f.scale)),
	}
}
