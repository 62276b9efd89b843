package household

import (
	"math"

	"github.com/golang/geo/s2"
)

// CellLevel is the S2 level of the cells that are reported: edges of about 570 m.
const CellLevel = 14

// PlaceKind says what a place is to a person.
type PlaceKind string

// The kinds of places.
const (
	Home    PlaceKind = "home"
	Work    PlaceKind = "work"
	Shop    PlaceKind = "shop"
	Leisure PlaceKind = "leisure" // sports, cafés, bars
	Visit   PlaceKind = "visit"   // other people's homes
	Hotel   PlaceKind = "hotel"
	Venue   PlaceKind = "venue" // where a trip leads to
	OnWay   PlaceKind = "way"
)

// Place is somewhere.
type Place struct {
	Kind     PlaceKind
	Lat, Lon float64 // degrees
	New      bool    // chosen once, and by chance
}

// Cell is the place's cell of level 14; what a phone reports in place of a fix.
func (p Place) Cell() s2.CellID { return cellAt(p.Lat, p.Lon, CellLevel) }

func cellAt(lat, lon float64, level int) s2.CellID {
	return s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon)).Parent(level)
}

// degree is the length of a degree of latitude, in km.
const degree = 111.2

// around is a place at a distance in km and a direction in turns.
func (p Place) around(kind PlaceKind, km, turn float64) Place {
	x, y := km*math.Cos(2*math.Pi*turn), km*math.Sin(2*math.Pi*turn)
	return Place{Kind: kind, Lat: p.Lat + y/degree, Lon: p.Lon + x/(degree*math.Cos(p.Lat*math.Pi/180))}
}

// somewhere is a place up to km away; half of them within a third of it.
func (p Place) somewhere(r *random, kind PlaceKind, least, km float64) Place {
	return p.around(kind, least+(km-least)*math.Pow(r.float(), 1.6), r.float())
}

// Kilometers is the distance from one place to another on the sphere.
func (p Place) Kilometers(q Place) float64 {
	return s2.LatLngFromDegrees(p.Lat, p.Lon).Distance(s2.LatLngFromDegrees(q.Lat, q.Lon)).Radians() * 6371
}

// toward is the point at a fraction of the way to another place.
func (p Place) toward(q Place, fraction float64) Place {
	return Place{Kind: OnWay, Lat: p.Lat + (q.Lat-p.Lat)*fraction, Lon: p.Lon + (q.Lon-p.Lon)*fraction}
}
