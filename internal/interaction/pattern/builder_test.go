package pattern_test

import (
	"testing"
	"time"

	"github.com/golang/geo/s2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// build makes slots of events, and copies them.
func build(events ...pattern.Event) (all []pattern.Slot) {
	var b pattern.Builder
	for i := range events {
		b.Add(&events[i])
	}
	b.Take(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), func(s *pattern.Slot) {
		c := *s
		c.Visits = append([]pattern.Visit(nil), s.Visits...)
		c.Legs = append([]pattern.Leg(nil), s.Legs...)
		c.Values = append([]pattern.Value(nil), s.Values...)
		all = append(all, c)
	})
	return all
}

// minute is a moment of monday, in civil time.
func minute(hour, minute int) time.Time {
	return monday.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute - cet*time.Minute)
}

func poll(at time.Time, seen ...pattern.Number) pattern.Event {
	return pattern.Event{At: at, Offset: cet, Kind: pattern.Poll, Seen: pattern.SetOf(seen...), Proof: pattern.Signed}
}

func TestDI43RepeatsAndDensePollingChangeNothing(t *testing.T) {
	t.Parallel()
	sparse := build(poll(minute(8, 10), home), poll(minute(8, 50), watch))
	var many []pattern.Event
	for m := range 60 {
		many = append(many, poll(minute(8, m), home), poll(minute(8, m), watch))
	}
	dense := build(many...)
	one, other := person(t, 0), person(t, 0)
	one.Learn(&sparse[0])
	other.Learn(&dense[0])
	if bytes(one) != bytes(other) {
		t.Error("a phone that looks every minute teaches more than one that looks twice an hour")
	}
}

func TestDI39ConnectionsLast(t *testing.T) {
	t.Parallel()
	event := func(at time.Time, k pattern.Kind, n pattern.Number) pattern.Event {
		return pattern.Event{At: at, Offset: cet, Kind: k, Device: n, Proof: pattern.Identifier}
	}
	slots := build(
		event(minute(7, 50), pattern.Connect, home), poll(minute(8, 10)), event(minute(8, 20), pattern.Connect, watch), // overlapping (DI-38)
		poll(minute(9, 10)), event(minute(9, 30), pattern.Disconnect, home), poll(minute(10, 10)),
		event(minute(10, 30), pattern.Disconnect, watch), poll(minute(11, 10)),
	)
	want := []pattern.Set{pattern.SetOf(home), pattern.SetOf(home, watch), pattern.SetOf(home, watch), pattern.SetOf(watch), {}}
	for i, s := range slots {
		if s.Seen != want[i] {
			t.Errorf("hour %d: %v, want %v", s.Hour.OfDay(), s.Seen, want[i])
		}
	}
	if len(slots) != len(want) || slots[0].Polls != 0 || slots[1].Polls != 1 {
		t.Errorf("%d slots, %d polls in the first", len(slots), slots[0].Polls)
	}
}

func TestDI67PlacesOfSecondariesCount(t *testing.T) {
	t.Parallel()
	own := pattern.Event{At: minute(8, 0), Offset: cet, Kind: pattern.Place, Cell: house}
	car := pattern.Event{At: minute(8, 5), Offset: cet, Kind: pattern.Place, Device: extra, Cell: shop}
	slots := build(own, car, poll(minute(8, 10), home))
	want := []pattern.Visit{{Cell: house, Polls: 1, Seen: pattern.SetOf(home)}, {Cell: shop}}
	if d := cmp.Diff(want, slots[0].Visits); d != "" {
		t.Error(d)
	}
	if len(slots[0].Legs) != 0 {
		t.Error("the place of another device made a way")
	}
}

func TestWaysAreBetweenPlacesThatAreNearInTime(t *testing.T) {
	t.Parallel()
	place := func(h, m int, c s2.CellID) pattern.Event {
		return pattern.Event{At: minute(h, m), Offset: cet, Kind: pattern.Place, Cell: c}
	}
	slots := build(place(8, 0, house), place(8, 30, office), place(9, 1, shop), place(9, 10, shop), place(9, 20, house))
	if d := cmp.Diff([]pattern.Leg{{From: house, To: office}}, slots[0].Legs); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]pattern.Leg{{From: shop, To: house}}, slots[1].Legs); d != "" {
		t.Error(d)
	}
}

func TestAPlaceHoldsForAWhile(t *testing.T) {
	t.Parallel()
	where := pattern.Event{At: minute(8, 0), Offset: cet, Kind: pattern.Place, Cell: house}
	slots := build(where, poll(minute(8, 30)), poll(minute(9, 59)), poll(minute(10, 1)))
	if len(slots[0].Visits) != 1 || len(slots[1].Visits) != 1 || len(slots[2].Visits) != 0 {
		t.Errorf("visits %v, %v, %v", slots[0].Visits, slots[1].Visits, slots[2].Visits)
	}
}

// TestDD9ClockChanges goes through the two days on which central Europe changes its
// clocks: the offset comes with each event.
func TestDD9ClockChanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what        string
		from        time.Time // midnight, civil
		change      time.Time
		before, aft int
		hours       []int
	}{
		{
			"spring", time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), 60, 120,
			[]int{0, 1, 3, 4},
		},
		{
			"autumn", time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), 120, 60,
			[]int{0, 1, 2, 3, 4},
		},
	} {
		var events []pattern.Event
		for at := c.from; ; at = at.Add(15 * time.Minute) {
			offset := c.before
			if !at.Before(c.change) {
				offset = c.aft
			}
			if pattern.HourOf(at, offset).OfDay() == 5 {
				break
			}
			events = append(events, pattern.Event{At: at, Offset: offset, Kind: pattern.Poll, Seen: pattern.SetOf(home)})
		}
		s := pattern.New(pattern.Usual())
		s.Admit(home, 0)
		var hours []int
		for _, x := range build(events...) {
			hours = append(hours, x.Hour.OfDay())
			if got := s.Learn(&x); got != pattern.Learned {
				t.Errorf("%s: hour %d: %d", c.what, x.Hour.OfDay(), got)
			}
			if x.Hour.Weekday() != time.Sunday {
				t.Errorf("%s: %s", c.what, x.Hour.Weekday())
			}
		}
		if d := cmp.Diff(c.hours, hours); d != "" {
			t.Errorf("%s: %s", c.what, d)
		}
	}
}

// TestDD9Travel moves a routine to another time zone: habits go by the clock on the
// wall there.
func TestDD9Travel(t *testing.T) {
	t.Parallel()
	here := pattern.HourOf(time.Date(2026, 6, 1, 5, 30, 0, 0, time.UTC), 120)
	there := pattern.HourOf(time.Date(2026, 6, 1, 11, 30, 0, 0, time.UTC), -240)
	if here != there || here.OfDay() != 7 {
		t.Errorf("half past seven is hour %d here and %d there", here.OfDay(), there.OfDay())
	}
	// Half an hour off, and across the date line.
	if h := pattern.HourOf(time.Date(2026, 6, 1, 18, 40, 0, 0, time.UTC), 345); h.OfDay() != 0 || h.Date().Day() != 2 {
		t.Errorf("in Kathmandu hour %d of %s", h.OfDay(), h.Date())
	}
	west := pattern.HourOf(time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC), -660)
	if east := pattern.HourOf(time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC), 780); east-west != 24 {
		t.Errorf("%d hours apart", east-west)
	}
}

func TestSlotsAreTakenWhenTheyAreOldEnough(t *testing.T) {
	t.Parallel()
	var b pattern.Builder
	for h := range 4 {
		e := poll(minute(h, 59), home)
		b.Add(&e)
	}
	var got []int
	take := func(s *pattern.Slot) { got = append(got, s.Hour.OfDay()) }
	now := minute(1, 59).Add(24 * time.Hour)
	b.Take(pattern.Delayed().Until(now), take)
	b.Take(pattern.Delayed().Until(now), take)
	if d := cmp.Diff([]int{0, 1}, got); d != "" {
		t.Error(d)
	}
	b.Take(pattern.Delayed().Until(now.Add(time.Hour)), take)
	if d := cmp.Diff([]int{0, 1, 2}, got); d != "" {
		t.Error(d)
	}
}

func TestSlotsAreBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var events []pattern.Event
		for range rapid.IntRange(0, 200).Draw(t, "events") {
			events = append(events, pattern.Event{
				At: minute(0, rapid.IntRange(0, 180).Draw(t, "minute")), Offset: cet,
				Kind: pattern.Kind(rapid.IntRange(0, 9).Draw(t, "kind")), Device: pattern.Number(rapid.Byte().Draw(t, "device")),
				Seen: pattern.SetOf(pattern.Number(rapid.Byte().Draw(t, "seen"))), Cell: cell(float64(rapid.IntRange(-90, 90).Draw(t, "lat")), 0),
				Context: pattern.Value{Device: pattern.Number(rapid.Byte().Draw(t, "of")), Name: pattern.Name(rapid.Byte().Draw(t, "name"))},
				Active:  rapid.Bool().Draw(t, "active"),
			})
		}
		s := person(t, 1)
		for _, x := range build(events...) {
			if len(x.Visits) > pattern.MaxVisits || len(x.Legs) > pattern.MaxLegs || len(x.Values) > pattern.MaxValues || x.Seen.Has(0) {
				t.Fatalf("%+v", x)
			}
			s.Learn(&x)
		}
	})
}

func TestDI33EachKindOfDataAlone(t *testing.T) {
	t.Parallel()
	events := map[string]pattern.Event{
		"identifier":  {Kind: pattern.Sight, Device: home},
		"sensor data": {Kind: pattern.Context, Context: pattern.Value{Device: home, Name: pattern.Temperature, Number: 20}},
		"user data":   {Kind: pattern.Context, Context: pattern.Value{Device: home, Name: pattern.Channel, Category: 3}},
	}
	for what, e := range events {
		e.At, e.Offset = minute(8, 0), cet
		slots := build(e)
		if len(slots) != 1 || slots[0].Seen.Len()+len(slots[0].Values) != 1 {
			t.Errorf("%s alone: %+v", what, slots)
		}
	}
}

func TestEventsAreOrdered(t *testing.T) {
	t.Parallel()
	look, where := poll(minute(8, 0), home), pattern.Event{At: minute(8, 0), Kind: pattern.Place, Cell: house}
	later := poll(minute(8, 1), home)
	if where.Compare(&look) >= 0 || look.Compare(&where) <= 0 || look.Compare(&later) >= 0 || look.Compare(&look) != 0 {
		t.Error("places come before polls of their time, and time comes first")
	}
}

func TestSets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := map[pattern.Number]bool{}
		var s pattern.Set
		for range rapid.IntRange(0, 300).Draw(t, "acts") {
			n := pattern.Number(rapid.Byte().Draw(t, "number"))
			if rapid.Bool().Draw(t, "in") {
				s.Add(n)
				want[n] = true
			} else {
				s.Drop(n)
				delete(want, n)
			}
		}
		got := map[pattern.Number]bool{}
		for n := range s.All() {
			got[n] = s.Has(n)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" || s.Len() != len(want) {
			t.Fatal(d, s.Len())
		}
	})
}
