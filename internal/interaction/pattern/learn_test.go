package pattern_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

func TestDI60DevicesBelongToHours(t *testing.T) {
	t.Parallel()
	s := person(t, 28)
	for _, c := range []struct {
		what      string
		hour      pattern.Hour
		n         pattern.Number
		low, high float64
	}{
		{"home at night", at(28, 3), home, 0.85, 1},
		{"home during work", at(28, 13), home, 0, 0.15},
		{"desk during work", at(28, 13), desk, 0.85, 1},
		{"desk in the evening", at(28, 20), desk, 0, 0.15},
		{"watch at work", at(28, 13), watch, 0.85, 1},
		{"desk on Sunday (DI-72)", at(34, 13), desk, 0, 0.15},
		{"home on Sunday (DI-72)", at(34, 13), home, 0.85, 1},
	} {
		if p, confidence := s.Expect(c.hour, c.n); p < c.low || p > c.high || confidence < 0.9 {
			t.Errorf("%s: %.2f with confidence %.2f, want %g to %g", c.what, p, confidence, c.low, c.high)
		}
	}
}

func TestDI71AWeekdayOfItsOwn(t *testing.T) {
	t.Parallel()
	s := pattern.New(pattern.Usual())
	s.Admit(desk, at(0, 0))
	for d := range 70 { // at the desk on Tuesdays alone
		where, seen := house, []pattern.Number{}
		if d%7 == 1 {
			where, seen = office, []pattern.Number{desk}
		}
		s.Learn(slot(at(d, 12), where, seen...))
	}
	tuesday, _ := s.Expect(at(71, 12), desk)
	wednesday, _ := s.Expect(at(72, 12), desk)
	if tuesday < 0.4 || tuesday < 3*wednesday {
		t.Errorf("Tuesday %.2f, Wednesday %.2f", tuesday, wednesday)
	}
}

func TestDI76NothingIsKnownOfANewPerson(t *testing.T) {
	t.Parallel()
	s := person(t, 0)
	if p, confidence := s.Expect(at(0, 12), home); confidence != 0 || p <= 0 || p >= 1 || s.Days() != 0 {
		t.Errorf("%.2f with confidence %.2f after %d days", p, confidence, s.Days())
	}
	if _, _, ok := s.Span(); ok {
		t.Error("a new pattern has a span")
	}
	if p, confidence := s.Usage(at(0, 12)); confidence != 0 || p <= 0 {
		t.Errorf("usage %.2f with confidence %.2f", p, confidence)
	}
	if l := s.Locate(at(0, 12), house); l.Settled() || l.Confidence != 0 || l.Distance != -1 {
		t.Errorf("%+v", l)
	}
}

func TestDI90ADeviceThatNobodyRegisteredLeavesNoTrace(t *testing.T) {
	t.Parallel()
	with, without := person(t, 0), person(t, 0)
	for d := range 10 {
		with.Learn(slot(at(d, 12), house, home, extra))
		without.Learn(slot(at(d, 12), house, home))
	}
	if bytes(with) != bytes(without) {
		t.Error("a device without a registration changed the pattern")
	}
	if _, confidence := with.Expect(at(10, 12), extra); confidence != 0 {
		t.Errorf("confidence %.2f in a device that is not registered", confidence)
	}
}

func TestAnHourCountsOnce(t *testing.T) {
	t.Parallel()
	s := person(t, 20)
	before := bytes(s)
	again := slot(at(19, 12), abroad, home, watch, desk)
	again.Polls = 1000
	if got := s.Learn(again); got != pattern.Repeated {
		t.Errorf("an hour that was learned: %d", got)
	}
	if got := s.Learn(slot(at(19-pattern.OpenDays, 12), abroad)); got != pattern.Stale {
		t.Errorf("an hour long ago: %d", got)
	}
	if bytes(s) != before {
		t.Error("something changed all the same")
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.SliceOfNDistinct(rapid.IntRange(0, pattern.OpenDays*24-1), 1, 60, rapid.ID).Draw(t, "hours")
		one, other := pattern.New(pattern.Usual()), pattern.New(pattern.Usual())
		for _, s := range []*pattern.State{one, other} {
			s.Admit(home, at(0, 0))
			s.Admit(desk, at(4, 0))
		}
		for _, h := range hours {
			one.Learn(usual(at(0, h)))
		}
		for i := range hours {
			other.Learn(usual(at(0, hours[len(hours)-1-i])))
		}
		for _, n := range []pattern.Number{home, desk} {
			h := at(pattern.OpenDays, rapid.IntRange(0, 23).Draw(t, "hour"))
			p, c := one.Expect(h, n)
			q, d := other.Expect(h, n)
			if math.Abs(p-q) > 1e-4 || math.Abs(c-d) > 1e-4 {
				t.Fatalf("device %d: %g, %g in one order and %g, %g in the other", n, p, c, q, d)
			}
		}
	})
}

func TestUnlearningLeavesNoTrace(t *testing.T) {
	t.Parallel()
	with, without := person(t, 30), person(t, 30)
	for h := range 24 {
		with.Learn(slot(at(30, h), abroad, desk))
	}
	for h := range 24 {
		if !with.Unlearn(slot(at(30, h), abroad, desk)) {
			t.Fatalf("hour %d was not taken back", h)
		}
	}
	if with.Unlearn(slot(at(30, 1), abroad, desk)) {
		t.Error("an hour was taken back twice")
	}
	if with.Unlearn(slot(at(10, 1), abroad, desk)) {
		t.Error("an hour that is too old to say was taken back")
	}
	for h := range 24 {
		for _, n := range []pattern.Number{home, watch, desk} {
			p, _ := with.Expect(at(31, h), n)
			if q, _ := without.Expect(at(31, h), n); math.Abs(p-q) > 0.02 {
				t.Errorf("hour %d device %d: %.4f, and %.4f without the day", h, n, p, q)
			}
		}
	}
	if l := with.Locate(at(31, 12), abroad); l.Days != 0 || l.Share > 1e-3 {
		t.Errorf("a place that was taken back: %+v", l)
	}
	if got := with.Learn(slot(at(30, 3), house, home)); got != pattern.Learned {
		t.Errorf("an hour that was taken back is learned anew: %d", got)
	}
}

func TestDecayIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		half := rapid.IntRange(pattern.MinHalfLife, pattern.MaxHalfLife).Draw(t, "half-life")
		s := pattern.New(pattern.Options{HalfLife: half, Level: 14})
		s.Admit(home, at(0, 0))
		// One hour with the device, and half-lives later one without.
		k := rapid.IntRange(1, 20).Draw(t, "half-lives")
		s.Learn(slot(at(0, 12), house, home))
		s.Learn(slot(at(k*half*7, 12), house)) // the same weekday, whatever the half-life
		w := math.Exp2(float64(-7 * k))
		want := 0.3
		for _, share := range []float64{1, 0.5, 0.5, 0.5} { // an hour leans on its neighbors
			want = (share*w + 4*want) / (share*(1+w) + 4)
		}
		if p, _ := s.Expect(at(0, 12), home); math.Abs(p-want) > 1e-3 {
			t.Fatalf("%d half-lives of %d days later: %g, want %g", 7*k, half, p, want)
		}
	})
}

func TestDI73TheNewHabitTakesOver(t *testing.T) {
	t.Parallel()
	s := person(t, 56)
	for d := 56; d < 84; d++ { // works at home from now on, without the desk
		for h := range 24 {
			s.Learn(slot(at(d, h), house, home, watch))
		}
	}
	if p, _ := s.Expect(at(84, 13), home); p < 0.5 {
		t.Errorf("the access point at noon after a half-life of the new habit: %.2f", p)
	}
	if p, _ := s.Expect(at(84, 13), desk); p > 0.5 {
		t.Errorf("the desk after a half-life without: %.2f", p)
	}
	rows := s.Table([]pattern.Period{{From: 9, To: 17}}, pattern.Usually(pattern.Workdays))
	trends := map[pattern.Number]pattern.Trend{}
	for _, e := range rows[0].Devices {
		trends[e.Device] = e.Trend
	}
	if trends[home] != pattern.Rising || trends[desk] != pattern.Fading || trends[watch] != pattern.Steady {
		t.Errorf("trends %v", trends)
	}
}

func TestANewDeviceIsNotMissedInThePast(t *testing.T) {
	t.Parallel()
	s := person(t, 100)
	s.Admit(extra, at(103, 0)) // after its quarantine
	live(t, s, 100, 103)
	if _, confidence := s.Expect(at(103, 12), extra); confidence > 0.01 {
		t.Errorf("confidence %.3f before the device counts", confidence)
	}
	for d := 103; d < 110; d++ {
		for h := range 24 {
			x := usual(at(d, h))
			x.Seen.Add(extra)
			s.Learn(x)
		}
	}
	if p, confidence := s.Expect(at(110, 12), extra); p < 0.85 || confidence < 0.9 {
		t.Errorf("a week at all hours: %.2f with confidence %.2f", p, confidence)
	}
}

func TestQuarantineTeachesNothing(t *testing.T) {
	t.Parallel()
	s := person(t, 10)
	s.Admit(extra, at(13, 0))
	for d := 10; d < 13; d++ {
		for h := range 24 {
			x := usual(at(d, h))
			x.Seen.Add(extra)
			s.Learn(x)
		}
	}
	if p, confidence := s.Expect(at(13, 12), extra); confidence > 0.01 || math.Abs(p-0.3) > 0.01 {
		t.Errorf("after its quarantine: %.2f with confidence %.3f", p, confidence)
	}
	if s.Knows(extra, at(12, 23)) || !s.Knows(extra, at(13, 0)) {
		t.Error("the quarantine ends at the wrong hour")
	}
}

func TestARemovedDeviceIsForgotten(t *testing.T) {
	t.Parallel()
	s := person(t, 10)
	s.Remove(desk)
	s.Remove(desk)
	s.Remove(0)
	if s.Knows(desk, at(10, 12)) || s.Devices() != pattern.SetOf(home, watch) {
		t.Error("the device is still there")
	}
	if !s.Admit(desk, at(10, 0)) {
		t.Fatal("it cannot come back")
	}
	if _, confidence := s.Expect(at(10, 12), desk); confidence > 0.01 {
		t.Errorf("it comes back with confidence %.3f", confidence)
	}
	if p, _ := s.ExpectAt(at(10, 12), desk, office); p > 0.1 {
		t.Errorf("the place remembers it: %.3f", p)
	}
}

func TestDevicesAreBounded(t *testing.T) {
	t.Parallel()
	s := pattern.New(pattern.Usual())
	for n := range pattern.MaxDevices {
		if !s.Admit(pattern.Number(n+1), 0) {
			t.Fatalf("no room for device %d", n+1)
		}
	}
	if s.Admit(pattern.MaxDevices+1, 0) || s.Admit(0, 0) || !s.Admit(1, 0) {
		t.Error("the bound of devices does not hold")
	}
}

func TestLearningAllocatesNothing(t *testing.T) {
	s := person(t, 30)
	day := 30
	x := usual(at(30, 12))
	if n := testing.AllocsPerRun(200, func() {
		for h := range 24 {
			x.Hour = at(day, h)
			s.Learn(x)
		}
		day++
	}); n != 0 {
		t.Errorf("%v allocations a day", n)
	}
}

func TestDI59FirstDayOfTheWorld(t *testing.T) {
	t.Parallel()
	// Hours before 1970 have days and hours too.
	h := pattern.HourOf(time.Date(1969, 12, 31, 23, 30, 0, 0, time.UTC), 0)
	if h.Day() != -1 || h.OfDay() != 23 || h.Weekday() != time.Wednesday {
		t.Errorf("day %d hour %d %s", h.Day(), h.OfDay(), h.Weekday())
	}
}
