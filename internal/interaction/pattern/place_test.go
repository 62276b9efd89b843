package pattern_test

import (
	"math"
	"testing"

	"github.com/golang/geo/s2"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

func TestDI66ThePerimeterBelongsToThePeriod(t *testing.T) {
	t.Parallel()
	s := person(t, 30)
	f := pattern.Usually(pattern.Workdays)
	night, noon := s.Perimeter(pattern.Period{To: 6}, f), s.Perimeter(pattern.Period{From: 12, To: 15}, f)
	if !night.Contains(house) || night.Contains(office) || noon.Contains(house) || !noon.Contains(office) {
		t.Errorf("at night %v, at noon %v", night.Spots, noon.Spots)
	}
	if noon.Contains(abroad) {
		t.Error("another country is inside")
	}
	sunday := s.Perimeter(pattern.Period{From: 12, To: 15}, pattern.Usually(pattern.Weekend))
	if !sunday.Contains(house) || sunday.Contains(office) {
		t.Errorf("on weekends %v", sunday.Spots)
	}
}

func TestDI65TheRouteIsInside(t *testing.T) {
	t.Parallel()
	s := pattern.New(pattern.Usual())
	for d := range 5 {
		x := slot(at(d, 8), house)
		x.Legs = []pattern.Leg{{From: house, To: office}}
		s.Learn(x)
		back := slot(at(d, 17), office)
		back.Legs = []pattern.Leg{{From: office, To: house}}
		s.Learn(back)
	}
	f := pattern.Filter{Days: pattern.EveryDay, Need: 3, Of: 10}
	p := s.Perimeter(pattern.Period{From: 6, To: 12}, f)
	line := s2.Polyline{house.Point(), office.Point()}
	half, _ := line.Interpolate(0.5)
	on := s2.CellIDFromLatLng(s2.LatLngFromPoint(half)).Parent(14)
	if len(p.Ways) != 1 || p.Ways[0].Days != 5 || !p.Contains(on) || p.Contains(cell(52.56, 13.37)) {
		t.Errorf("ways %v, half way inside: %v", p.Ways, p.Contains(on))
	}
	cover := p.Covering(14)
	if !cover.ContainsCellID(on) || cover.ContainsCellID(abroad.Parent(14)) || len(cover) > 400 {
		t.Errorf("%d cells cover it", len(cover))
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	s := person(t, 30)
	home := s.Locate(at(30, 22), house)
	if !home.Settled() || home.Now < 0.9 || home.Share > 0.8 || home.Distance != 0 || home.Confidence < 0.9 {
		t.Errorf("at home in the evening: %+v", home)
	}
	if work := s.Locate(at(30, 22), office); work.Now > 0.02 || work.Share < 0.2 || !work.Settled() {
		t.Errorf("at work in the evening: %+v", work)
	}
	near, far := s.Locate(at(30, 22), shop), s.Locate(at(30, 22), abroad)
	if near.Share != 0 || math.Abs(near.Distance-pattern.Kilometers(shop, house)) > 1e-9 || near.Distance > 3 || far.Distance < 1100 || far.Distance > 1250 {
		t.Errorf("near %+v, far %+v", near, far)
	}
	if near.Novelty > 0.1 {
		t.Errorf("novelty of a person with two places: %.2f", near.Novelty)
	}
}

func TestNoveltyIsLearned(t *testing.T) {
	t.Parallel()
	s := person(t, 0)
	for d := range 40 {
		s.Learn(slot(at(d, 12), house, home))
		s.Learn(slot(at(d, 18), cell(50+float64(d)/10, 9), watch))
	}
	noon, evening := s.Locate(at(40, 12), abroad), s.Locate(at(40, 18), abroad)
	if noon.Novelty > 0.3 || evening.Novelty < 0.75 {
		t.Errorf("new places, always in the evening and never at noon: %.2f and %.2f", evening.Novelty, noon.Novelty)
	}
	// At a new place the watch is there, the access point is not.
	w, confidence := s.ExpectAt(at(40, 18), watch, abroad)
	h, _ := s.ExpectAt(at(40, 18), home, abroad)
	if w < 0.85 || h > 0.15 || confidence < 0.85 {
		t.Errorf("at a new place: watch %.2f, access point %.2f, confidence %.2f", w, h, confidence)
	}
}

func TestAtHomeTheAccessPointIsThereAtAnyHour(t *testing.T) {
	t.Parallel()
	s := person(t, 30)
	byHour, _ := s.Expect(at(30, 13), home)
	byPlace, _ := s.ExpectAt(at(30, 13), home, house)
	if byHour > 0.15 || byPlace < 0.95 {
		t.Errorf("by the hour %.2f, at home %.2f", byHour, byPlace)
	}
	if p, _ := s.ExpectAt(at(30, 20), home, office); p > 0.1 {
		t.Errorf("at work in the evening: %.2f", p)
	}
}

func TestPlacesAreBounded(t *testing.T) {
	t.Parallel()
	s := person(t, 10)
	for n := range 500 {
		s.Learn(slot(at(10+n/24, n%24), cell(float64(n%160-80), float64(n)/3)))
	}
	if l := s.Locate(at(31, 3), house); l.Days < 10 {
		t.Errorf("the home made room for one-offs: %+v", l)
	}
	if n := len(s.Append(nil)); n > 16_000 {
		t.Errorf("%d bytes", n)
	}
}

func TestUsageIsLearned(t *testing.T) {
	t.Parallel()
	s := pattern.New(pattern.Usual())
	for d := range 30 {
		for h := 8; h < 22; h++ {
			s.Learn(slot(at(d, h), house))
		}
	}
	day, confidence := s.Usage(at(30, 12))
	if night, _ := s.Usage(at(30, 3)); day < 0.85 || night > 0.1 || confidence < 0.9 {
		t.Errorf("at noon %.2f, at night %.2f, confidence %.2f", day, night, confidence)
	}
}

func TestDI84UsageOfOneWeekday(t *testing.T) {
	t.Parallel()
	s := pattern.New(pattern.Usual())
	for d := range 60 {
		if d%7 == 0 {
			s.Learn(slot(at(d, 12), house))
		}
	}
	monday, _ := s.Usage(at(63, 12))
	if tuesday, _ := s.Usage(at(64, 12)); monday < 2*tuesday {
		t.Errorf("Monday %.2f, Tuesday %.2f", monday, tuesday)
	}
}

func TestEstimatesAreProbabilities(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := pattern.New(pattern.Usual())
		s.Admit(home, pattern.Hour(rapid.IntRange(-100, 100).Draw(t, "from")))
		s.Admit(desk, at(rapid.IntRange(0, 300).Draw(t, "later"), 0))
		for range rapid.IntRange(0, 50).Draw(t, "slots") {
			x := slot(at(rapid.IntRange(0, 2000).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour")), house)
			for _, n := range []pattern.Number{home, desk, extra} {
				if rapid.Bool().Draw(t, "seen") {
					x.Seen.Add(n)
				}
			}
			if s.Learn(x) == pattern.Learned && rapid.IntRange(0, 4).Draw(t, "undo") == 0 {
				s.Unlearn(x)
			}
		}
		h := at(rapid.IntRange(-10, 3000).Draw(t, "asked"), rapid.IntRange(0, 23).Draw(t, "asked hour"))
		for _, n := range []pattern.Number{0, home, desk, extra} {
			p, c := s.Expect(h, n)
			q, d := s.ExpectAt(h, n, house)
			for _, x := range []float64{p, q} {
				if !(x > 0 && x < 1) {
					t.Fatalf("device %d: probabilities %g and %g", n, p, q)
				}
			}
			if !(c >= 0 && c <= 1 && d >= 0 && d <= 1) {
				t.Fatalf("device %d: confidences %g and %g", n, c, d)
			}
		}
		if p, c := s.Usage(h); !(p > 0 && p < 1 && c >= 0 && c <= 1) {
			t.Fatalf("usage %g with confidence %g", p, c)
		}
	})
}
