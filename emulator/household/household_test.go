package household_test

import (
	"slices"
	"testing"
	"time"

	"github.com/golang/geo/s2"
	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/emulator/household"
)

// town begins four weeks before the clocks go forward (2026-03-29).
func town(seed uint64) *household.Town {
	return &household.Town{Seed: seed, Start: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Days: 84}
}

func events(p *household.Person, from, to int) (all []household.Event) {
	for e := range p.Events(from, to) {
		all = append(all, e)
	}
	return all
}

func TestASeedGivesTheSameHouseholds(t *testing.T) {
	t.Parallel()
	for n := range 5 {
		a, b := events(town(1).Person(n), 0, 10), events(town(1).Person(n), 0, 10)
		if d := cmp.Diff(a, b); d != "" {
			t.Fatalf("one seed gives two lives: %s", d)
		}
		if c := events(town(2).Person(n), 0, 10); cmp.Equal(a, c) {
			t.Error("another seed gives the same life")
		}
	}
}

// Any part of a life can be had alone, and attacks change nothing of it.
func TestDaysStandAlone(t *testing.T) {
	t.Parallel()
	p, q := town(1).Person(4), town(1).Person(4)
	whole := events(p, 0, 14)
	for _, kind := range household.Attacks() {
		q.Attack(kind, 6, 0)
	}
	var parts []household.Event
	for _, r := range [][2]int{{0, 1}, {1, 5}, {5, 6}, {6, 14}} {
		parts = append(parts, events(q, r[0], r[1])...)
	}
	if d := cmp.Diff(whole, parts); d != "" {
		t.Error(d)
	}
}

func TestDaysHaveNoGaps(t *testing.T) {
	t.Parallel()
	w := town(3)
	for n := range 60 {
		p := w.Person(n)
		for d := range 40 {
			day, at := p.Day(d), 0
			for _, s := range day.Stays {
				if s.From != at || s.To < s.From {
					t.Fatalf("person %d (%s), day %d: a stay from %d to %d after %d: %+v", n, p.Archetype, d, s.From, s.To, at, day.Stays)
				}
				at = s.To
			}
			if at != 1440 {
				t.Fatalf("person %d, day %d ends at %d", n, d, at)
			}
		}
	}
}

// Who is seen is registered, and what stands at home is seen at home only.
func TestSightings(t *testing.T) {
	t.Parallel()
	w := town(4)
	polls, seen := map[household.PlaceKind]int{}, map[household.PlaceKind]int{}
	for n := range 40 {
		p := w.Person(n)
		for e := range p.Events(0, 28) {
			if e.Kind != household.Poll {
				continue
			}
			polls[e.Truth.Place]++
			day, _ := w.Day(e.At)
			for _, s := range e.Seen {
				d := p.Devices[s.Device-1]
				if !d.On(day) && !d.On(day-1) && !d.On(day+1) {
					t.Fatalf("%+v is seen on day %d", d, day)
				}
				if d.Kind == household.AccessPoint {
					seen[e.Truth.Place]++
				}
				if d.Group == household.AtHome && e.Truth.Place != household.Home {
					t.Fatalf("%s is seen at a %s", d.Kind, e.Truth.Place)
				}
				if s.Proof != household.Identifier && d.Proof == household.Identifier || s.Proof == household.Challenged && !e.Truth.Fresh {
					t.Fatalf("%+v proves %s", d, s.Proof)
				}
			}
		}
	}
	if share := float64(seen[household.Home]) / float64(polls[household.Home]); share < 0.88 || share > 0.99 {
		t.Errorf("the access point is seen in %.2f of the polls at home", share)
	}
	if polls[household.Shop] == 0 || polls[household.Work] < polls[household.Shop] || polls[household.Home] < polls[household.Work] {
		t.Errorf("polls by place: %v", polls)
	}
}

// The shares of archetypes, shared homes and devices are those of the package comment.
func TestMakeUp(t *testing.T) {
	t.Parallel()
	const people = 1000
	w := town(5)
	types, homes, owned := map[household.Archetype]int{}, map[int]int{}, map[household.Kind]int{}
	for n := range people {
		p := w.Person(n)
		types[p.Archetype]++
		homes[p.Home]++
		for _, d := range p.Devices {
			if d.From == 0 {
				owned[d.Kind]++
			}
		}
	}
	for _, a := range household.Archetypes() {
		if got := float64(types[a.Name]) / people; got < a.Share-0.05 || got > a.Share+0.05 {
			t.Errorf("%s: %.2f of the people, want about %.2f", a.Name, got, a.Share)
		}
	}
	if got := float64(people-len(homes)) / (people / 2); got < 0.33 || got > 0.47 {
		t.Errorf("%.2f of the pairs share a home", got)
	}
	if owned[household.AccessPoint] < 950 || owned[household.Wearable] < 430 || owned[household.Wearable] > 570 {
		t.Errorf("owned: %v", owned)
	}
}

func TestHomesAreShared(t *testing.T) {
	t.Parallel()
	w := town(5)
	pairs := 0
	for n := 0; n < 40; n += 2 {
		a, b := w.Person(n), w.Person(n+1)
		if a.Home != b.Home {
			continue
		}
		pairs++
		at := time.Date(2026, 3, 10, 20, 0, 0, 0, time.UTC)
		for i, d := range a.Devices {
			if d.Group == household.AtHome && d.From == 0 && (i >= len(b.Devices) || b.Devices[i].Address(at) != d.Address(at)) {
				t.Errorf("people %d and %d share a home, and have different devices %s", n, n+1, d.Kind)
			}
		}
		if a.Day(3).Stays[0].Place != b.Day(3).Stays[0].Place && a.Day(3).Trip == nil && b.Day(3).Trip == nil && a.Archetype == household.Retired && b.Archetype == household.Retired {
			t.Error("one home is in two places")
		}
	}
	if pairs == 0 {
		t.Error("nobody shares a home")
	}
}

// The civil day of the change has 23 hours; cells and offsets are what a phone there says.
func TestDaylightSaving(t *testing.T) {
	t.Parallel()
	w := town(1)
	day := int(time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC).Sub(w.Start) / (24 * time.Hour))
	if got := w.Instant(day+1, 0).Sub(w.Instant(day, 0)); got != 23*time.Hour {
		t.Errorf("the day of the change has %s", got)
	}
	autumn := &household.Town{Seed: 1, Start: time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC), Days: 28}
	if got := autumn.Instant(2, 0).Sub(autumn.Instant(1, 0)); got != 25*time.Hour {
		t.Errorf("the day of the change in autumn has %s", got)
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	p := w.Person(1)
	for e := range p.Events(day-1, day+2) {
		_, offset := e.At.In(berlin).Zone()
		if e.Offset*60 != offset && p.Trip(day) == nil {
			t.Errorf("at %s the phone says %d minutes", e.At, e.Offset)
		}
	}
}

func TestTripsHaveOtherClocks(t *testing.T) {
	t.Parallel()
	w := town(6)
	other, far := 0, 0
	for n := range 200 {
		p := w.Person(n)
		for _, trip := range p.Trips {
			for e := range p.Events(trip.From+1, trip.To) {
				if e.Kind == household.Poll && e.Cell.IsValid() && trip.To-trip.From > 2 {
					if e.Offset != 60 && e.Offset != 120 {
						other++
					}
					if at := e.Cell.LatLng(); at.Distance(s2.LatLngFromDegrees(51, 9.4)).Radians()*6371 > 60 {
						far++
					}
				}
			}
		}
		if n > 30 && other > 0 && far > 0 {
			return
		}
	}
	t.Errorf("%d events with other clocks, %d far away", other, far)
}

// Every trouble occurs, and none dominates.
func TestTroubles(t *testing.T) {
	t.Parallel()
	w := town(7)
	var all, late, undated, blind, strangers, deaf int
	for n := range 40 {
		for e := range w.Person(n).Events(0, 42) {
			all++
			if e.Sent.Before(e.At) {
				t.Fatal("sent before it happened")
			}
			if !e.Live {
				late++
			}
			if e.Stamp.IsZero() {
				undated++
			}
			if e.Kind == household.Poll && e.Cell == 0 {
				blind++
			}
			if e.Truth.Strangers > 0 {
				strangers++
			}
		}
		for d := range 42 {
			if !w.Person(n).Day(d).Bluetooth {
				deaf++
			}
		}
	}
	for name, count := range map[string]int{"late": late, "undated": undated, "without a place": blind} {
		if count == 0 || count > all/10 {
			t.Errorf("%d of %d events are %s", count, all, name)
		}
	}
	if undated >= late || strangers < all/2 || deaf == 0 {
		t.Errorf("%d undated of %d late; strangers at %d of %d; %d days without Bluetooth", undated, late, strangers, all, deaf)
	}
}

func TestRotatingAddresses(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	w := town(1)
	for n := range 20 {
		for _, d := range w.Person(n).Devices {
			now, soon, later := d.Address(at), d.Address(at.Add(time.Minute)), d.Address(at.Add(time.Hour))
			if now != soon || (now != later) != d.Rotates {
				t.Errorf("%s, rotates %t: %x, %x, %x", d.Kind, d.Rotates, now, soon, later)
			}
			if got := household.Resolves(d.Key, now); got != d.Rotates {
				t.Errorf("%s: resolves %t", d.Kind, got)
			}
			other := d.Key
			other[0] ^= 1
			if household.Resolves(other, now) && household.Resolves(other, later) {
				t.Error("another key resolves it")
			}
		}
	}
}

// Sample data of the Bluetooth Core Specification 5.4, Vol 3, Part H, D.7: hash
// 0dfbaa of prand 708194.
func TestResolvesSampleData(t *testing.T) {
	t.Parallel()
	key := [16]byte{0xec, 0x02, 0x34, 0xa3, 0x57, 0xc8, 0xad, 0x05, 0x34, 0x10, 0x10, 0xa6, 0x0a, 0x39, 0x7d, 0x9b}
	if !household.Resolves(key, [6]byte{0x70, 0x81, 0x94, 0x0d, 0xfb, 0xaa}) {
		t.Error("the sample does not resolve")
	}
	if household.Resolves(key, [6]byte{0x70, 0x81, 0x94, 0x0d, 0xfb, 0xab}) || household.Resolves(key, [6]byte{0xf0, 0x81, 0x94, 0x0d, 0xfb, 0xaa}) {
		t.Error("a wrong address resolves")
	}
}

func TestHolidays(t *testing.T) {
	t.Parallel()
	for date, want := range map[string]bool{"2026-04-03": true, "2026-04-06": true, "2026-04-04": false, "2026-05-14": true, "2026-05-25": true, "2026-05-01": true, "2027-03-26": true, "2026-03-02": false, "2026-12-24": false} {
		at, err := time.Parse(time.DateOnly, date)
		if err != nil {
			t.Fatal(err)
		}
		if household.Holiday(at) != want {
			t.Errorf("%s: want %t", date, want)
		}
	}
}

func TestRequestsAreAskedAwakeAndInOrder(t *testing.T) {
	t.Parallel()
	w := town(8)
	var terminals, unknown, days int
	for n := range 40 {
		p := w.Person(n)
		for d := range 28 {
			days++
			q := p.Requests(d)
			if !slices.IsSortedFunc(q, func(a, b household.Request) int { return a.At.Compare(b.At) }) {
				t.Fatal("not in order")
			}
			for _, r := range q {
				if r.Channel == household.Terminal {
					if terminals++; r.Access == 0 {
						unknown++
					}
				}
				m := p.Ask(r)
				if last := m.Reports; len(last) > 0 && last[len(last)-1].At.After(r.At) {
					t.Fatal("a report from the future")
				}
			}
		}
	}
	if terminals < days/3 || unknown < terminals/5 || unknown > terminals*2/5 {
		t.Errorf("%d requests at terminals in %d days, %d of which say no place", terminals, days, unknown)
	}
}
