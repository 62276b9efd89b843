package console

import (
	"fmt"
	"math"
	"strconv"

	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// The measures of a map, in its own units.
const (
	mapWidth, mapHeight = 360, 230
	mapEdge             = 34
)

// placeMap is a grid of latitude and longitude with coasts and the places of events. All
// of it ships with the program: nothing is asked of a server.
type placeMap struct {
	ID, Title, Text string
	View, Land      string // the part of the world in the units of coasts, and what of them is in it
	Across, Down    []mapLine
	Places          []mapPlace
}

// mapLine is a line of the grid: at X or at Y.
type mapLine struct {
	At   float64
	Text string
}

// mapPlace is where events came from.
type mapPlace struct {
	Name     string
	X, Y, R  float64
	TextX    float64
	TextY    float64
	Anchor   string
	N        int
	Decision string // the strictest one
	lat, lon float64
}

// placeMap draws the places of events; nil when none is known.
func (v *visit) placeMap(events []risk.Event, land []coast) *placeMap {
	m := &placeMap{ID: "risk-map", Title: v.t.T("console.risk.map.title")}
	at := map[string]int{}
	for i := range events {
		f := &events[i].Facts
		if !f.Located {
			continue
		}
		key := fmt.Sprintf("%g %g", f.Lat, f.Lon)
		n, there := at[key]
		if !there {
			n = len(m.Places)
			at[key] = n
			m.Places = append(m.Places, mapPlace{Name: placeName(f), Decision: string(score.Allow), lat: f.Lat, lon: f.Lon})
		}
		m.Places[n].N++
		m.Places[n].Decision = string(score.Stricter(score.Decision(m.Places[n].Decision), events[i].Result.Decision))
	}
	if len(m.Places) == 0 {
		return nil
	}
	m.lay(land)
	m.Text = v.t.N("console.risk.map.text", len(m.Places))
	return m
}

func placeName(f *score.Facts) string {
	if f.City != "" {
		return f.City
	}
	if f.Row[2] != "" {
		return f.Row[2]
	}
	return degrees(f.Lat, "N", "S") + " " + degrees(f.Lon, "E", "W")
}

// lay chooses the part of the world that has all places, with some room around.
func (m *placeMap) lay(land []coast) {
	south, north, west, east := 90.0, -90.0, 180.0, -180.0
	for _, p := range m.Places {
		south, north, west, east = min(south, p.lat), max(north, p.lat), min(west, p.lon), max(east, p.lon)
	}
	const wide, high = 24.0, 14.0 // degrees that are shown at least
	dx, dy := max((east-west)*1.3, wide), max((north-south)*1.4, high)
	dx, dy = max(dx, dy*mapWidth/mapHeight), max(dy, dx*mapHeight/mapWidth/1.6) //nolint:mnd // places near the poles look too wide
	dx, dy = min(dx, 360), min(dy, 180)                                         //nolint:mnd // the whole world
	x0 := clamp((west+east)/2-dx/2, -180, 180-dx)                               //nolint:mnd // degrees
	y1 := clamp((south+north)/2+dy/2, -90+dy, 90)                               //nolint:mnd // degrees
	x := func(lon float64) float64 { return round(mapEdge + (lon-x0)/dx*(mapWidth-2*mapEdge)) }
	y := func(lat float64) float64 { return round(mapEdge/2 + (y1-lat)/dy*(mapHeight-1.5*mapEdge)) }
	for i := range m.Places {
		p := &m.Places[i]
		p.X, p.Y, p.R = x(p.lon), y(p.lat), round(min(4+2*math.Log2(float64(p.N)), 12)) //nolint:mnd // a dot for one, a disc for many
		p.TextX, p.Anchor = p.X+p.R+4, "start"
		if p.X > mapWidth*2/3 {
			p.TextX, p.Anchor = p.X-p.R-4, "end"
		}
		p.TextY = m.free(i)
	}
	const tenths = 10
	m.View = fmt.Sprintf("%g %g %g %g", round(tenths*x0), round(-tenths*y1), round(tenths*dx), round(tenths*dy))
	m.Land = landIn(land, tenths*x0, -tenths*y1, tenths*dx, tenths*dy)
	step := gridStep(dx)
	for lon := math.Ceil(x0/step) * step; lon <= x0+dx; lon += step {
		m.Across = append(m.Across, mapLine{x(lon), degrees(lon, "E", "W")})
	}
	for lat := math.Ceil((y1-dy)/step) * step; lat <= y1; lat += step {
		m.Down = append(m.Down, mapLine{y(lat), degrees(lat, "N", "S")})
	}
}

// free is where the name of a place does not stand on that of another before it.
func (m *placeMap) free(i int) float64 {
	const line, long = 13.0, 110.0 // of a name
	p := &m.Places[i]
	y := p.Y
	for range i {
		for _, q := range m.Places[:i] {
			if math.Abs(q.TextX-p.TextX) < long && math.Abs(q.TextY-y) < line {
				y = q.TextY + line
			}
		}
	}
	return round(y)
}

// Inside is the width of the grid.
func (*placeMap) Inside() int { return mapWidth - 2*mapEdge }

// Deep is the height of the grid.
func (m *placeMap) Deep() int { return m.Bottom() - m.Top() }

func clamp(x, low, high float64) float64 { return max(low, min(high, x)) }

// gridStep is the distance of lines, in degrees: four to eight across.
func gridStep(span float64) float64 {
	for _, s := range []float64{5, 10, 15, 30, 45} {
		if span/s <= 8 { //nolint:mnd // lines
			return s
		}
	}
	return 60 //nolint:mnd // degrees
}

func degrees(x float64, positive, negative string) string {
	s := strconv.FormatFloat(math.Abs(x), 'f', -1, 64) + "°"
	switch {
	case x > 0:
		return s + positive
	case x < 0:
		return s + negative
	}
	return s
}

// Width is that of the drawing.
func (*placeMap) Width() int { return mapWidth }

// Height is that of the drawing.
func (*placeMap) Height() int { return mapHeight }

// Left is the left edge of the grid.
func (*placeMap) Left() int { return mapEdge }

// Right is the right edge.
func (*placeMap) Right() int { return mapWidth - mapEdge }

// Top is the upper edge.
func (*placeMap) Top() int { return mapEdge / 2 }

// Bottom is the lower edge.
func (*placeMap) Bottom() int { return mapHeight - mapEdge }
