package pattern_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// in lists the devices of a row that are part of the pattern.
func in(r pattern.Row) (all []pattern.Number) {
	for _, e := range r.Devices {
		if e.In {
			all = append(all, e.Device)
		}
	}
	return all
}

func TestDI61FivePeriods(t *testing.T) {
	t.Parallel()
	s := person(t, 30)
	got := map[string][]pattern.Number{}
	for _, r := range s.Table(pattern.Five(), pattern.Usually(pattern.Workdays)) {
		got[r.Period.String()] = in(r)
	}
	want := map[string][]pattern.Number{
		"00:00–06:00": {home},
		"06:00–12:00": {home, watch, desk},
		"12:00–15:00": {watch, desk},
		"15:00–18:00": {home, watch, desk},
		"18:00–24:00": {home, watch},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDI62And63AnyGranularity(t *testing.T) {
	t.Parallel()
	s := person(t, 30)
	hourly := s.Table(pattern.Hourly(), pattern.Usually(pattern.Workdays))
	if len(hourly) != 24 || cmp.Diff(in(hourly[8]), []pattern.Number{home, watch}) != "" || cmp.Diff(in(hourly[9]), []pattern.Number{watch, desk}) != "" {
		t.Errorf("%d rows, at eight %v, at nine %v", len(hourly), in(hourly[8]), in(hourly[9]))
	}
	coarse := s.Table(pattern.Three(), pattern.Usually(pattern.EveryDay))
	if len(coarse) != 3 || cmp.Diff(in(coarse[2]), []pattern.Number{home, watch}) != "" {
		t.Errorf("%d rows, evening %v", len(coarse), in(coarse[2]))
	}
	night := s.Table([]pattern.Period{{From: 23, To: 5}}, pattern.Usually(pattern.EveryDay))
	if cmp.Diff(in(night[0]), []pattern.Number{home, watch}) != "" || night[0].Looked != 10 {
		t.Errorf("over midnight %v on %d days", in(night[0]), night[0].Looked)
	}
	if got := pattern.Every(7); len(got) != 4 || got[3] != (pattern.Period{From: 21, To: 24}) {
		t.Errorf("periods of seven hours: %v", got)
	}
}

func TestDI70ExactlyTheDaysThatAreAskedFor(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		need := rapid.IntRange(1, 9).Draw(t, "need")
		weekly := rapid.Bool().Draw(t, "one weekday")
		f := pattern.Filter{Days: pattern.EveryDay, Need: need, Of: 60}
		step := 1
		if weekly {
			f.Days, f.Of, step = 1<<time.Monday, 9, 7
		}
		s := pattern.New(pattern.Usual())
		s.Admit(home, at(0, 0))
		for n := range need {
			if n == need-1 && len(in(s.Table(pattern.Five(), f)[2])) != 0 {
				t.Fatalf("in the pattern after %d days", n)
			}
			s.Learn(slot(at(n*step, 12), house, home))
		}
		rows := s.Table(pattern.Five(), f)
		if len(in(rows[2])) != 1 || rows[2].Devices[0].Days != need {
			t.Fatalf("after %d days %+v", need, rows[2])
		}
		if len(s.Perimeter(pattern.Five()[2], f).Spots) != 1 || len(s.Perimeter(pattern.Five()[0], f).Spots) != 0 {
			t.Fatal("the place enters with the days, and in its period alone")
		}
	})
}

func TestDI69AGuestAndATripDoNotEnter(t *testing.T) {
	t.Parallel()
	s := person(t, 20)
	s.Admit(extra, at(20, 0)) // of a guest, registered in error
	for h := range 24 {
		s.Learn(slot(at(20, h), abroad, watch, extra))
	}
	live(t, s, 21, 25)
	f := pattern.Usually(pattern.EveryDay)
	for _, r := range s.Table(pattern.Hourly(), f) {
		for _, e := range r.Devices {
			if e.Device == extra && (e.In || e.Days != 1) {
				t.Errorf("%s: %+v", r.Period, e)
			}
		}
		if p := s.Perimeter(r.Period, f); p.Contains(abroad) {
			t.Errorf("%s: one day abroad is in the perimeter", r.Period)
		}
	}
}

func TestDI74WhatIsNoLongerUsedLeaves(t *testing.T) {
	t.Parallel()
	s := person(t, 40)
	for d := 40; d < 60; d++ {
		for h := range 24 {
			s.Learn(slot(at(d, h), house, home))
		}
	}
	for _, r := range s.Table(pattern.Hourly(), pattern.Usually(pattern.EveryDay)) {
		for _, e := range r.Devices {
			if e.Device != home && e.In {
				t.Errorf("%s: device %d is still in", r.Period, e.Device)
			}
		}
	}
	// And after the maps' 64 days nothing of it is left.
	for d := 60; d < 140; d++ {
		s.Learn(slot(at(d, 12), house, home))
	}
	for _, r := range s.Table(pattern.Hourly(), pattern.Usually(pattern.EveryDay)) {
		for _, e := range r.Devices {
			if e.Device != home {
				t.Errorf("%s: %+v", r.Period, e)
			}
		}
	}
}

func TestDI68AShareOfTheHours(t *testing.T) {
	t.Parallel()
	s := pattern.New(pattern.Usual())
	s.Admit(home, at(0, 0))
	for d := range 10 { // one hour of six
		for h := 6; h < 12; h++ {
			seen := []pattern.Number{}
			if h == 7 {
				seen = append(seen, home)
			}
			s.Learn(slot(at(d, h), house, seen...))
		}
	}
	for tau, want := range map[float64]int{0.1: 1, 0.16: 1, 0.17: 0, 0.5: 0} {
		f := pattern.Filter{Days: pattern.EveryDay, Need: 3, Of: 10, Tau: tau}
		if got := len(in(s.Table(pattern.Five(), f)[1])); got != want {
			t.Errorf("a share of a sixth, %g asked for: %d", tau, got)
		}
	}
}

func TestDI64ContextsOfPeriods(t *testing.T) {
	t.Parallel()
	s := pattern.New(pattern.Usual())
	s.Admit(home, at(0, 0))
	word := pattern.Bin("news")
	for d := range 20 {
		morning, evening := slot(at(d, 7), house, home), slot(at(d, 20), house, home)
		morning.Values = []pattern.Value{{Device: home, Name: pattern.Temperature, Number: 18 + float64(d%3)}}
		evening.Values = []pattern.Value{{Device: home, Name: pattern.Temperature, Number: 22}, {Device: home, Name: pattern.Channel, Category: word}}
		s.Learn(morning)
		s.Learn(evening)
	}
	rows, near := s.Table(pattern.Five(), pattern.Usually(pattern.EveryDay)), cmpopts.EquateApprox(0, 0.02)
	if d := cmp.Diff([]pattern.Habit{{Device: home, Name: pattern.Temperature, Mean: 18.95, Deviation: 0.81}}, rows[1].Values, near); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]pattern.Habit{{Device: home, Name: pattern.Temperature, Mean: 22}, {Device: home, Name: pattern.Channel, Classes: 1}}, rows[4].Values, near); d != "" {
		t.Error(d)
	}
	warm, ok := s.Unusual(at(20, 7), pattern.Value{Device: home, Name: pattern.Temperature, Number: 30})
	if usual, _ := s.Unusual(at(20, 7), pattern.Value{Device: home, Name: pattern.Temperature, Number: 19}); !ok || warm < 10 || usual > 1 {
		t.Errorf("30 degrees are %.1f deviations away, 19 are %.1f", warm, usual)
	}
	known, _ := s.Unusual(at(20, 20), pattern.Value{Device: home, Name: pattern.Channel, Category: word})
	other, ok := s.Unusual(at(20, 20), pattern.Value{Device: home, Name: pattern.Channel, Category: word ^ 1})
	if !ok || known > 0.6 || other < 4 {
		t.Errorf("the usual class is %.2f away, another one %.2f", known, other)
	}
	if _, ok := s.Unusual(at(20, 7), pattern.Value{Device: desk, Name: pattern.Volume, Number: 1}); ok {
		t.Error("something is known of a device without values")
	}
}

func TestDI52To56NamesOfContexts(t *testing.T) {
	t.Parallel()
	for _, word := range []string{
		"volume", "temperature", "humidity", "illumination", "network_speed", "speed", "acceleration", "battery",
		"playlist", "channel", "exercise", "mode", "apps", "calls", "messages", "browsing",
	} {
		n, ok := pattern.ParseName(word)
		if !ok || n.String() != word {
			t.Errorf("%s is read as %s", word, n)
		}
		if logs := word == "apps" || word == "calls" || word == "messages" || word == "browsing"; n.Log() != logs {
			t.Errorf("%s is a log: %v", word, n.Log())
		}
	}
	for _, word := range []string{"", "heart_rate", "unknown", "VOLUME"} {
		if n, ok := pattern.ParseName(word); ok {
			t.Errorf("%q is taken as %s", word, n)
		}
	}
	if pattern.Bin("news") == pattern.Bin("sports") || pattern.Bin("news") >= pattern.Bins {
		t.Error("bins do not tell words apart")
	}
}
