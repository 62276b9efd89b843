package judge_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

func TestDI83AsUsualIsAllowed(t *testing.T) {
	t.Parallel()
	s := person(28)
	for hour := range 24 {
		r := recent(28, hour)
		got := score(s, r)
		if hour == 18 { // a shop where they have never been, and the tablet at home
			if got.Outcome == judge.Deny || got.Outcome == judge.Allow {
				t.Errorf("at a new shop: %s with %.2f: %s", got.Outcome, got.Sum, words(got))
			}
			continue
		}
		if got.Outcome != judge.Allow {
			t.Errorf("at %d: %s with %.2f: %s", hour, got.Outcome, got.Sum, words(got))
		}
	}
}

func TestDI72TheSameStateOnAnotherDay(t *testing.T) {
	t.Parallel()
	s := person(28)
	work := func(day int) float64 {
		r := &judge.Recent{At: moment(day, 13), Polled: true, Devices: inventory()}
		see(r, office(), pattern.Signed, pattern.SetOf(watch, desk, bag))
		return score(s, r).Sum
	}
	rest := func(day int) float64 {
		r := &judge.Recent{At: moment(day, 13), Polled: true, Devices: inventory()}
		see(r, house(), pattern.Signed, pattern.SetOf(home, watch, bag))
		return score(s, r).Sum
	}
	if work(28) <= work(34) || rest(34) <= rest(28) {
		t.Errorf("at work: Monday %.2f, Sunday %.2f; at home: Monday %.2f, Sunday %.2f", work(28), work(34), rest(28), rest(34))
	}
}

func TestDI87AStolenPhone(t *testing.T) {
	t.Parallel()
	s := person(28)
	r := recent(28, 20)
	see(r, abroad(), pattern.Signed, pattern.Set{})
	got := score(s, r)
	if got.Outcome != judge.Deny && got.Outcome != judge.StepUp || got.Sum > -4 {
		t.Errorf("%s with %.2f: %s", got.Outcome, got.Sum, words(got))
	}
	if got.Limits != nil {
		t.Error("limits for what is not allowed")
	}
}

func TestDI88MoreDataRaiseConfidence(t *testing.T) {
	t.Parallel()
	s := person(28)
	r := recent(28, 20)
	see(r, abroad(), pattern.Signed, pattern.Set{})
	before := score(s, r)
	see(r, abroad(), pattern.Challenged, pattern.SetOf(watch, bag))
	if after := score(s, r); after.Sum < before.Sum+4 || after.Outcome == judge.Deny || after.Outcome == judge.StepUp {
		t.Errorf("alone %.2f, with the watch %s %.2f", before.Sum, after.Outcome, after.Sum)
	}
}

func TestDI90AndA8AFreshDeviceGivesNothing(t *testing.T) {
	t.Parallel()
	s := person(28)
	r := recent(28, 20)
	see(r, abroad(), pattern.Signed, pattern.Set{})
	before := score(s, r)
	for _, d := range []judge.Device{
		{Number: extra, Group: judge.Body, Proof: pattern.Challenged, Fresh: true},
		{Number: extra, Group: judge.Body, Proof: pattern.Challenged}, // the registry forgot: the pattern does not know it either
	} {
		with := *r
		with.Devices = append(inventory(), d)
		if got := score(s, &with); got.Sum != before.Sum {
			t.Errorf("%+v moves the sum from %.3f to %.3f", d, before.Sum, got.Sum)
		}
	}
}

func TestDI91AFeltBodyRaisesConfidence(t *testing.T) {
	t.Parallel()
	s := person(28)
	r := recent(28, 19)
	see(r, shop(), pattern.Identifier, pattern.SetOf(watch))
	idle := score(s, r)
	r.Devices[1].Active = true
	if got := score(s, r); got.Sum <= idle.Sum {
		t.Errorf("%.3f with a felt body, %.3f without", got.Sum, idle.Sum)
	}
}

func TestDI92ATertiaryDeviceRaisesConfidence(t *testing.T) {
	t.Parallel()
	s := person(28)
	r := recent(28, 19)
	see(r, shop(), pattern.Identifier, pattern.SetOf(watch))
	without := score(s, r)
	r.Devices[1].Interface = true
	if with := score(s, r); with.Sum <= without.Sum {
		t.Errorf("started on the watch %.3f, on the phone %.3f", with.Sum, without.Sum)
	}
	// One that is in quarantine, or that nobody registered, gives nothing (DI-94).
	before := score(s, recent(28, 20))
	for _, d := range []judge.Device{
		{Number: extra, Group: judge.Body, Proof: pattern.Signed, Interface: true, Fresh: true},
		{Number: extra, Group: judge.Body, Proof: pattern.Signed, Interface: true},
	} {
		r := recent(28, 20)
		r.Devices = append(r.Devices, d)
		if got := score(s, r); got.Sum != before.Sum {
			t.Errorf("%+v moves the sum from %.3f to %.3f", d, before.Sum, got.Sum)
		}
	}
}

func TestDI94MoreDevicesMoreConfidence(t *testing.T) {
	t.Parallel()
	s := person(28)
	sum := -math.MaxFloat64
	for n := range 4 {
		r := recent(28, 20)
		set := pattern.Set{}
		for _, d := range []pattern.Number{bag, watch, home}[:n] {
			set.Add(d)
		}
		see(r, house(), pattern.Signed, set)
		got := score(s, r).Sum
		if got <= sum {
			t.Errorf("%d devices: %.3f, one fewer %.3f", n, got, sum)
		}
		sum = got
	}
}

func TestDI94APresentDeviceNeverLowersTheSum(t *testing.T) {
	t.Parallel()
	states := []*pattern.State{person(0), person(3), person(10), person(40)}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(states).Draw(t, "state")
		r := drawn(t)
		before := score(s, r)
		i := rapid.IntRange(0, len(r.Devices)-1).Draw(t, "device")
		more := *r
		more.Devices = append([]judge.Device(nil), r.Devices...)
		d := &more.Devices[i]
		switch rapid.IntRange(0, 3).Draw(t, "change") {
		case 0: // it is there, whatever was before
			if d.Proof == pattern.Nothing {
				d.Proof, d.Age = pattern.Proof(rapid.IntRange(1, 4).Draw(t, "new proof")), time.Duration(rapid.IntRange(0, 130).Draw(t, "new age"))*time.Minute
			}
		case 1: // stronger
			if d.Proof > pattern.Nothing && d.Proof < pattern.Contributed {
				d.Proof++
			}
		case 2: // fresher
			d.Age = d.Age * 2 / 3
		case 3: // it feels a body, or is what the request was started on
			if d.Proof > pattern.Nothing {
				d.Active, d.Interface = true, true
			}
		}
		if after := score(s, &more); after.Sum < before.Sum-1e-9 {
			t.Fatalf("%.3f became %.3f:\n%s\n%s", before.Sum, after.Sum, words(before), words(after))
		}
	})
}

// drawn is any recent state.
func drawn(t *rapid.T) *judge.Recent {
	r := recent(40+rapid.IntRange(0, 6).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"))
	r.Polled = rapid.Bool().Draw(t, "polled")
	r.PollAge = time.Duration(rapid.IntRange(0, 130).Draw(t, "poll age")) * time.Minute
	for i := range r.Devices {
		d := &r.Devices[i]
		d.Proof = pattern.Proof(rapid.IntRange(0, 4).Draw(t, "proof"))
		d.Age = time.Duration(rapid.IntRange(0, 130).Draw(t, "age")) * time.Minute
		d.Active, d.Fresh = rapid.Bool().Draw(t, "active"), rapid.IntRange(0, 5).Draw(t, "fresh") == 0
	}
	where := rapid.SampledFrom([]func() (c judge.Fix){
		func() judge.Fix { return judge.Fix{Cell: house()} }, func() judge.Fix { return judge.Fix{Cell: office()} },
		func() judge.Fix { return judge.Fix{Cell: shop()} }, func() judge.Fix { return judge.Fix{Cell: abroad()} },
	}).Draw(t, "place")()
	where.Age = time.Duration(rapid.IntRange(0, 130).Draw(t, "place age")) * time.Minute
	r.Fixes = []judge.Fix{where}
	if rapid.Bool().Draw(t, "no place") {
		r.Fixes = nil
	}
	r.Travel = rapid.Bool().Draw(t, "travel")
	return r
}

func TestTermsAddUp(t *testing.T) {
	t.Parallel()
	states := []*pattern.State{person(0), person(3), person(40)}
	rapid.Check(t, func(t *rapid.T) {
		got := score(rapid.SampledFrom(states).Draw(t, "state"), drawn(t))
		sum := 0
		for _, x := range got.Terms {
			if x.Weight == 0 || x.Family != judge.Family || x.Code == "" {
				t.Fatalf("term %+v", x)
			}
			sum += x.Weight
		}
		if float64(-sum)/1000 != got.Sum {
			t.Fatalf("terms add up to %d, the sum is %g", sum, got.Sum)
		}
		if !(got.Confidence >= 0 && got.Confidence <= 1) {
			t.Fatalf("confidence %g", got.Confidence)
		}
	})
}

func TestIdentifiersAloneNeverLeaveTheLimits(t *testing.T) {
	t.Parallel()
	s := person(40)
	for hour := range 24 {
		r := recent(40, hour)
		_, seen := usual(r.Hour())
		where, _ := usual(r.Hour())
		see(r, where, pattern.Identifier, seen)
		got := score(s, r)
		if got.Outcome != judge.Limited {
			t.Errorf("at %d: %s with %.2f: %s", hour, got.Outcome, got.Sum, words(got))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		r := drawn(t)
		for i := range r.Devices {
			r.Devices[i].Proof = min(r.Devices[i].Proof, pattern.Identifier)
		}
		if got := score(s, r); got.Outcome == judge.Allow {
			t.Fatalf("%.2f: %s", got.Sum, words(got))
		}
	})
}

func TestASpoofedPlaceIsNotEnough(t *testing.T) {
	t.Parallel()
	s := person(40)
	r := recent(40, 21)
	see(r, house(), pattern.Nothing, pattern.Set{})
	if got := score(s, r); got.Outcome == judge.Allow || got.Outcome == judge.Limited {
		t.Errorf("at home, they say, and nobody is there: %s with %.2f: %s", got.Outcome, got.Sum, words(got))
	}
}

func TestARelayIsSeenByTheDistance(t *testing.T) {
	t.Parallel()
	s := person(40)
	r := recent(40, 21)
	near := score(s, r)
	r.Access.Cell = abroad()
	far := score(s, r)
	if far.Sum > near.Sum-3 || far.Outcome == judge.Allow {
		t.Errorf("%.2f here, %s with %.2f from far away", near.Sum, far.Outcome, far.Sum)
	}
	r.Access.Remote = true
	if got := score(s, r); got.Sum > near.Sum || got.Sum < near.Sum-0.6 {
		t.Errorf("over the network: %.2f, at the counter %.2f", got.Sum, near.Sum)
	}
	// What is an hour old may have moved.
	r.Access = judge.Access{Cell: cell(52.52, 14.0)}
	r.Fixes[0].Age = time.Hour
	if got := score(s, r); strings.Contains(words(got), "bound.distance") || strings.Contains(words(got), "distance.access -") {
		t.Errorf("forty kilometers in an hour: %s", words(got))
	}
}

func TestDI84APrimaryThatDoesNotReport(t *testing.T) {
	t.Parallel()
	s := pattern.New(pattern.Usual())
	for d := range 40 { // used in the daytime, at work
		for hour := 8; hour < 20; hour++ {
			s.Learn(&pattern.Slot{Hour: pattern.HourOf(moment(d, hour), 0), Polls: 1, Visits: []pattern.Visit{{Cell: office(), Polls: 1}}})
		}
	}
	sum := func(hour int, where func() judge.Access) float64 {
		return score(s, &judge.Recent{At: moment(40, hour), Access: where(), Mute: true}).Sum
	}
	work := func() judge.Access { return judge.Access{Cell: office()} }
	rome := func() judge.Access { return judge.Access{Cell: abroad()} }
	if day, night := sum(12, work), sum(3, work); day < night+0.5 {
		t.Errorf("by the hour (DI-84): %.2f at noon, %.2f at night", day, night)
	}
	if in, out := sum(12, work), sum(12, rome); in < out+2 {
		t.Errorf("by the place (DI-85): %.2f inside of the perimeter, %.2f outside", in, out)
	}
}

func TestDI86ContextCounts(t *testing.T) {
	t.Parallel()
	s := person(0)
	for d := range 30 {
		for hour := range 24 {
			h := pattern.HourOf(moment(d, hour), 0)
			where, seen := usual(h)
			s.Learn(&pattern.Slot{
				Hour: h, Polls: 1, Seen: seen, Visits: []pattern.Visit{{Cell: where, Polls: 1, Seen: seen}},
				Values: []pattern.Value{{Name: pattern.NetworkSpeed, Number: 90 + float64(d%20)}},
			})
		}
	}
	r := recent(30, 20)
	none := score(s, r).Sum
	r.Values = []pattern.Value{{Name: pattern.NetworkSpeed, Number: 99}}
	same := score(s, r).Sum
	r.Values[0].Number = 5
	if other := score(s, r).Sum; same <= none || other >= none || same-other > 1 {
		t.Errorf("without %.2f, the same %.2f, another %.2f", none, same, other)
	}
}

func TestTravelNotice(t *testing.T) {
	t.Parallel()
	s := person(40)
	r := recent(40, 14)
	see(r, abroad(), pattern.Signed, pattern.SetOf(watch, bag))
	without := score(s, r)
	r.Travel = true
	with := score(s, r)
	if with.Sum < without.Sum+1 || with.Outcome != judge.Allow && with.Outcome != judge.Limited {
		t.Errorf("without a notice %.2f, with one %s %.2f", without.Sum, with.Outcome, with.Sum)
	}
	see(r, abroad(), pattern.Nothing, pattern.Set{})
	if got := score(s, r); got.Outcome == judge.Allow {
		t.Errorf("a notice alone allows: %.2f", got.Sum)
	}
}

func TestScoringAllocatesNothing(t *testing.T) {
	s, r, p := person(40), recent(40, 20), judge.Usual()
	var out judge.Result
	p.Score(s, r, &out)
	if n := testing.AllocsPerRun(200, func() { p.Score(s, r, &out) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// words are the terms of a result.
func words(r judge.Result) string {
	var b strings.Builder
	for _, x := range r.Terms {
		b.WriteString(x.Code)
		b.WriteByte(' ')
		b.WriteString(time.Duration(-x.Weight * int(time.Millisecond)).String())
		b.WriteString("; ")
	}
	return b.String()
}
