package judge_test

import (
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// The devices of the person in these tests.
const (
	home  pattern.Number = iota + 1 // access point
	watch                           // worn
	desk                            // at work
	bag                             // a tablet, carried
	car                             // a vehicle
	extra                           // registered a moment ago
)

// monday is a Monday, in a place that keeps the time of Greenwich.
var monday = time.Date(2026, 2, 2, 0, 0, 0, 0, time.UTC)

func moment(day, hour int) time.Time {
	return monday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + 30*time.Minute)
}

func cell(lat, lon float64) s2.CellID {
	return s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon)).Parent(14)
}

// Places.
func house() s2.CellID  { return cell(52.5200, 13.4050) }
func office() s2.CellID { return cell(52.5010, 13.3300) }
func shop() s2.CellID   { return cell(52.5150, 13.3900) }
func abroad() s2.CellID { return cell(41.9028, 12.4964) }

// usual is where the person is in an hour, and with whom.
func usual(h pattern.Hour) (s2.CellID, pattern.Set) {
	d, hour := h.Weekday(), h.OfDay()
	switch workday := d != time.Saturday && d != time.Sunday; {
	case workday && hour == 8:
		return cell(52.51, 13.36), pattern.SetOf(watch, car, bag)
	case workday && hour >= 9 && hour < 17:
		return office(), pattern.SetOf(watch, desk, bag)
	case hour == 18 && int(d)%2 == 1:
		return cell(52.5+float64(h.Day()%40)/200, 13.4), pattern.SetOf(watch)
	case hour < 7:
		return house(), pattern.SetOf(home, bag)
	}
	return house(), pattern.SetOf(home, watch, bag)
}

// person has lived for days.
func person(days int) *pattern.State {
	s := pattern.New(pattern.Usual())
	for _, n := range []pattern.Number{home, watch, desk, bag, car} {
		s.Admit(n, pattern.HourOf(monday, 0))
	}
	for i := range days * 24 {
		h := pattern.HourOf(monday, 0) + pattern.Hour(i)
		where, seen := usual(h)
		s.Learn(&pattern.Slot{Hour: h, Polls: 4, Seen: seen, Visits: []pattern.Visit{{Cell: where, Polls: 4, Seen: seen}}})
	}
	return s
}

// inventory are the devices of the person, none seen.
func inventory() []judge.Device {
	return []judge.Device{
		{Number: home, Group: judge.Home},
		{Number: watch, Group: judge.Body},
		{Number: desk, Group: judge.Job},
		{Number: bag, Group: judge.Bag},
		{Number: car, Group: judge.Car},
	}
}

// recent is an hour as it usually is, all with a signature.
func recent(day, hour int) *judge.Recent {
	r := &judge.Recent{At: moment(day, hour), Polled: true, PollAge: time.Minute, Devices: inventory()}
	where, seen := usual(r.Hour())
	see(r, where, pattern.Signed, seen)
	return r
}

// see makes devices be seen at a place a minute ago.
func see(r *judge.Recent, where s2.CellID, proof pattern.Proof, seen pattern.Set) {
	r.Fixes = []judge.Fix{{Cell: where, Age: time.Minute}}
	r.Access.Cell = where
	for i := range r.Devices {
		d := &r.Devices[i]
		d.Proof, d.Age = pattern.Nothing, 0
		if seen.Has(d.Number) {
			d.Proof, d.Age = proof, time.Minute
		}
	}
}

// score judges by the usual policy.
func score(s *pattern.State, r *judge.Recent) judge.Result {
	p := judge.Usual()
	var out judge.Result
	p.Score(s, r, &out)
	return out
}
