package pattern_test

import (
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// The devices of the person in these tests.
const (
	home  pattern.Number = iota + 1 // access point
	watch                           // worn
	desk                            // at work
	extra                           // registered by nobody until a test does
)

// monday is a Monday without a clock change near, and cet the offset there.
var monday = time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)

const cet = 60

// at is an hour of the n-th day from monday, civil.
func at(day, hour int) pattern.Hour {
	return pattern.HourOf(monday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour), 0)
}

func cell(lat, lon float64) s2.CellID {
	return s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon)).Parent(14)
}

// Places of the person.
var (
	house  = cell(52.5200, 13.4050)
	office = cell(52.5010, 13.3300)
	shop   = cell(52.5150, 13.3900)
	abroad = cell(41.9028, 12.4964)
)

// slot is an hour at one place.
func slot(h pattern.Hour, where s2.CellID, seen ...pattern.Number) *pattern.Slot {
	set := pattern.SetOf(seen...)
	return &pattern.Slot{Hour: h, Polls: 4, Seen: set, Visits: []pattern.Visit{{Cell: where, Polls: 4, Seen: set}}}
}

// usual is the hour of an ordinary day: at home, and from nine to five at work on
// workdays.
func usual(h pattern.Hour) *pattern.Slot {
	d, hour := h.Weekday(), h.OfDay()
	switch {
	case d != time.Saturday && d != time.Sunday && hour >= 9 && hour < 17:
		return slot(h, office, watch, desk)
	case hour < 7:
		return slot(h, house, home)
	}
	return slot(h, house, home, watch)
}

// failer is what tests, benchmarks and properties have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// person has the three devices and has lived for days.
func person(t failer, days int) *pattern.State {
	t.Helper()
	s := pattern.New(pattern.Usual())
	for _, n := range []pattern.Number{home, watch, desk} {
		if !s.Admit(n, at(0, 0)) {
			t.Fatalf("device %d was not admitted", n)
		}
	}
	live(t, s, 0, days)
	return s
}

// live learns the days from and to, to left out.
func live(t failer, s *pattern.State, from, to int) {
	t.Helper()
	for d := from; d < to; d++ {
		for h := range pattern.DayHours {
			if got := s.Learn(usual(at(d, h))); got != pattern.Learned {
				t.Fatalf("day %d hour %d: %d", d, h, got)
			}
		}
	}
}

// bytes are the pattern as it is stored.
func bytes(s *pattern.State) string { return string(s.Append(nil)) }
