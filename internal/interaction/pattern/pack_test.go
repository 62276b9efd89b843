package pattern_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

func TestWhatWasWrittenIsRead(t *testing.T) {
	t.Parallel()
	s := person(t, 40)
	s.Admit(extra, at(42, 0))
	x := usual(at(40, 0))
	x.Legs = []pattern.Leg{{From: house, To: office}}
	x.Values = []pattern.Value{{Device: home, Name: pattern.Volume, Number: 3}, {Device: home, Name: pattern.Mode, Category: 9}}
	s.Learn(x)
	b := s.Append(nil)
	r, err := pattern.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if bytes(r) != string(b) {
		t.Error("reading and writing again gives other bytes")
	}
	for h := range 168 {
		for _, n := range []pattern.Number{home, watch, desk, extra} {
			p, c := s.Expect(at(41, h), n)
			q, d := r.Expect(at(41, h), n)
			if math.Abs(p-q) > 1e-3 || math.Abs(c-d) > 1e-3 {
				t.Fatalf("hour %d device %d: %g, %g before and %g, %g after", h, n, p, c, q, d)
			}
		}
	}
	if s.Learn(x) != pattern.Repeated || r.Learn(x) != pattern.Repeated {
		t.Error("what was learned is forgotten by writing")
	}
}

func TestWritingOftenDoesNotDrift(t *testing.T) {
	t.Parallel()
	kept, stored := person(t, 0), person(t, 0)
	for d := range 90 {
		for h := range 24 {
			kept.Learn(usual(at(d, h)))
			r, err := pattern.Read(stored.Append(nil))
			if err != nil {
				t.Fatal(err)
			}
			stored = r
			stored.Learn(usual(at(d, h)))
		}
	}
	for h := range 168 {
		for _, n := range []pattern.Number{home, watch, desk} {
			p, _ := kept.Expect(at(90, h), n)
			if q, _ := stored.Expect(at(90, h), n); math.Abs(p-q) > 0.005 {
				t.Errorf("hour %d device %d: %.4f in memory, %.4f when each hour is written", h, n, p, q)
			}
		}
	}
}

// TestBytesPerPerson bounds what a person with ten devices takes, after ten days and
// after ten years.
func TestBytesPerPerson(t *testing.T) {
	t.Parallel()
	for days, most := range map[int]int{10: 5_000, 3650: 9_500} {
		s := pattern.New(pattern.Usual())
		for n := range 10 {
			s.Admit(pattern.Number(n+1), 0)
		}
		for d := range days {
			for h := range 24 {
				x := usual(at(d, h))
				for n := range 7 {
					if (d+h)%(n+2) == 0 {
						x.Seen.Add(pattern.Number(n + 4))
						x.Visits[0].Seen.Add(pattern.Number(n + 4))
					}
				}
				if h == 18 {
					x.Visits = append(x.Visits, pattern.Visit{Cell: cell(52.5+float64(d%12)/50, 13.4), Polls: 1})
				}
				s.Learn(x)
			}
		}
		n := len(s.Append(nil))
		t.Logf("%d days: %d bytes", days, n)
		if n > most {
			t.Errorf("%d bytes after %d days, want at most %d", n, days, most)
		}
	}
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	s := person(t, 30)
	p, _ := s.Expect(at(30, 13), desk)
	s.Adopt(pattern.Options{HalfLife: 7, Level: 10})
	if q, _ := s.Expect(at(30, 13), desk); math.Abs(p-q) > 1e-5 {
		t.Errorf("%.4f before and %.4f after another half-life is adopted", p, q)
	}
	if l := s.Locate(at(30, 22), house); !l.Settled() || l.Now < 0.9 {
		t.Errorf("the home in cells of level 10: %+v", l)
	}
	if _, err := pattern.Read(s.Append(nil)); err != nil {
		t.Error(err)
	}
	for _, o := range []pattern.Options{{6, 14}, {91, 14}, {28, 7}, {28, 15}, {}} {
		if o.Check() == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	if pattern.Usual().Check() != nil {
		t.Error("the usual options are refused")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(person(f, 0).Append(nil))
	full := person(f, 40)
	full.Admit(extra, at(42, 0))
	x := usual(at(40, 0))
	x.Legs = []pattern.Leg{{From: house, To: office}}
	x.Values = []pattern.Value{{Device: home, Name: pattern.Volume, Number: 3}, {Device: home, Name: pattern.Mode, Category: 9}}
	full.Learn(x)
	f.Add(full.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := pattern.Read(b)
		if err != nil {
			return
		}
		once := s.Append(nil)
		r, err := pattern.Read(once)
		if err != nil {
			t.Fatalf("what was read and written is not read: %v", err)
		}
		if bytes(r) != string(once) {
			t.Fatal("writing again gives other bytes")
		}
		_, last, _ := s.Span()
		for _, n := range []pattern.Number{home, extra} {
			if p, _ := s.ExpectAt(last, n, house); !(p > 0 && p < 1) {
				t.Fatalf("a probability of %g", p)
			}
		}
		s.Table(pattern.Five(), pattern.Usually(pattern.EveryDay))
		s.Learn(usual(last + 30))
	})
}

func TestDamagedBytesAreRefused(t *testing.T) {
	t.Parallel()
	good := person(t, 20).Append(nil)
	rapid.Check(t, func(t *rapid.T) {
		if _, err := pattern.Read(good[:rapid.IntRange(0, len(good)-1).Draw(t, "length")]); err == nil {
			t.Fatal("bytes that end too soon are read")
		}
	})
	if _, err := pattern.Read(append(good, 0)); err == nil {
		t.Error("bytes that end too late are read")
	}
}
