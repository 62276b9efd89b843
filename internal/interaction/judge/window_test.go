package judge_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// recall says what a window knows at a moment.
func recall(w *judge.Window, at time.Time) *judge.Recent {
	p := judge.Usual()
	r := &judge.Recent{At: at, Devices: inventory()}
	w.Recall(&p, r)
	return r
}

func note(w *judge.Window, events ...pattern.Event) {
	for i := range events {
		w.Note(&events[i])
	}
}

func TestDI79WhatIsRecent(t *testing.T) {
	t.Parallel()
	at := moment(40, 20)
	ago := func(m int) time.Time { return at.Add(-time.Duration(m) * time.Minute) }
	var w judge.Window
	note(
		&w,
		pattern.Event{At: ago(100), Kind: pattern.Place, Cell: office()},
		pattern.Event{At: ago(30), Kind: pattern.Place, Cell: house()},
		pattern.Event{At: ago(30), Kind: pattern.Poll, Seen: pattern.SetOf(home, watch), Proof: pattern.Identifier},
		pattern.Event{At: ago(10), Kind: pattern.Poll, Seen: pattern.SetOf(home), Proof: pattern.Identifier},
		pattern.Event{At: ago(20), Kind: pattern.Sight, Device: watch, Proof: pattern.Signed},
		pattern.Event{At: ago(119), Kind: pattern.Sight, Device: bag, Proof: pattern.Challenged},
		pattern.Event{At: ago(60), Kind: pattern.Sight, Device: bag, Proof: pattern.Identifier},
		pattern.Event{At: ago(121), Kind: pattern.Sight, Device: desk, Proof: pattern.Challenged},
		pattern.Event{At: ago(5), Kind: pattern.Context, Context: pattern.Value{Device: home, Name: pattern.Volume, Number: 7}},
		pattern.Event{At: ago(15), Kind: pattern.Context, Context: pattern.Value{Device: home, Name: pattern.Volume, Number: 3}},
		pattern.Event{At: ago(6), Kind: pattern.Activity, Device: watch, Proof: pattern.Signed, Active: true},
	)
	r := recall(&w, at)
	want := &judge.Recent{
		At: at, Polled: true, PollAge: 10 * time.Minute,
		Fixes:  []judge.Fix{{Cell: house(), Age: 30 * time.Minute}, {Cell: office(), Age: 100 * time.Minute}},
		Values: []pattern.Value{{Device: home, Name: pattern.Volume, Number: 7}},
		Devices: []judge.Device{
			{Number: home, Group: judge.Home, Proof: pattern.Identifier, Age: 10 * time.Minute},
			{Number: watch, Group: judge.Body, Proof: pattern.Signed, Age: 6 * time.Minute, Active: true},
			{Number: desk, Group: judge.Job},
			{Number: bag, Group: judge.Bag, Proof: pattern.Identifier, Age: 60 * time.Minute},
			{Number: car, Group: judge.Car},
		},
	}
	if d := cmp.Diff(want, r); d != "" {
		t.Error(d)
	}
}

func TestWhatIsInTheFutureIsNotNow(t *testing.T) {
	t.Parallel()
	at := moment(40, 20)
	var w judge.Window
	note(
		&w,
		pattern.Event{At: at.Add(4 * time.Minute), Kind: pattern.Sight, Device: watch, Proof: pattern.Signed},
		pattern.Event{At: at.Add(6 * time.Minute), Kind: pattern.Poll, Seen: pattern.SetOf(home)},
		pattern.Event{At: at.Add(time.Hour), Kind: pattern.Place, Cell: house()},
	)
	r := recall(&w, at)
	if r.Polled || len(r.Fixes) != 0 || r.Devices[0].Proof != pattern.Nothing || r.Devices[1].Proof != pattern.Signed || r.Devices[1].Age != 0 {
		t.Errorf("%+v", r)
	}
}

func TestABodyThatIsNoLongerFelt(t *testing.T) {
	t.Parallel()
	at := moment(40, 20)
	worn := func(active bool, ago time.Duration, p pattern.Proof) pattern.Event {
		return pattern.Event{At: at.Add(-ago), Kind: pattern.Activity, Device: watch, Proof: p, Active: active}
	}
	for _, c := range []struct {
		what   string
		events []pattern.Event
		want   bool
	}{
		{"felt", []pattern.Event{worn(true, time.Minute, pattern.Signed)}, true},
		{"taken off since", []pattern.Event{worn(true, 2*time.Minute, pattern.Signed), worn(false, time.Minute, pattern.Signed)}, false},
		{"put on since", []pattern.Event{worn(false, 2*time.Minute, pattern.Signed), worn(true, time.Minute, pattern.Signed)}, true},
		{"too long ago", []pattern.Event{worn(true, 31*time.Minute, pattern.Signed)}, false},
		{"said by anybody", []pattern.Event{worn(true, time.Minute, pattern.Identifier)}, false},
	} {
		var w judge.Window
		note(&w, c.events...)
		if got := recall(&w, at).Devices[1].Active; got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

func TestOrderOfEventsDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := moment(40, 20)
		var events []pattern.Event
		for i := range rapid.IntRange(0, 12).Draw(t, "events") {
			events = append(events, pattern.Event{
				At: at.Add(-time.Duration(i*13+rapid.IntRange(0, 12).Draw(t, "minutes")) * time.Minute), Kind: pattern.Kind(rapid.IntRange(1, 7).Draw(t, "kind")),
				Device: pattern.Number(rapid.IntRange(0, 5).Draw(t, "device")), Proof: pattern.Proof(rapid.IntRange(0, 4).Draw(t, "proof")),
				Seen: pattern.SetOf(pattern.Number(rapid.IntRange(1, 5).Draw(t, "seen"))), Cell: cell(float64(i), 3), Active: rapid.Bool().Draw(t, "active"),
				Context: pattern.Value{Device: pattern.Number(i % 3), Name: pattern.Volume, Number: float64(i)},
			})
		}
		var one, other judge.Window
		note(&one, events...)
		for i := range events {
			note(&other, events[len(events)-1-i])
		}
		less := func(a, b pattern.Value) bool { return a.Device < b.Device }
		if d := cmp.Diff(recall(&one, at), recall(&other, at), cmpopts.SortSlices(less)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestAWindowIsBounded(t *testing.T) {
	t.Parallel()
	var w judge.Window
	at := moment(40, 20)
	for i := range 5000 {
		note(
			&w,
			pattern.Event{At: at.Add(time.Duration(i-5000) * time.Second), Kind: pattern.Sight, Device: pattern.Number(i % 256), Proof: pattern.Signed},
			pattern.Event{At: at, Kind: pattern.Place, Cell: cell(float64(i%90), 7)},
			pattern.Event{At: at, Kind: pattern.Context, Context: pattern.Value{Device: pattern.Number(i % 256), Name: pattern.Volume}},
		)
	}
	b := w.Append(nil)
	if r := recall(&w, at); len(r.Fixes) > 8 || len(r.Values) > 8 || len(b) > 4000 {
		t.Errorf("%d places, %d values, %d bytes", len(r.Fixes), len(r.Values), len(b))
	}
}

func TestAWindowIsStored(t *testing.T) {
	t.Parallel()
	at := moment(40, 20)
	var w judge.Window
	note(
		&w,
		pattern.Event{At: at, Kind: pattern.Place, Cell: house()},
		pattern.Event{At: at, Kind: pattern.Poll, Seen: pattern.SetOf(home, watch), Proof: pattern.Identifier},
		pattern.Event{At: at, Kind: pattern.Activity, Device: watch, Proof: pattern.Signed, Active: true},
		pattern.Event{At: at, Kind: pattern.Activity, Device: bag, Proof: pattern.Signed},
		pattern.Event{At: at, Kind: pattern.Context, Context: pattern.Value{Device: home, Name: pattern.Volume, Number: 2.5}},
		pattern.Event{At: at, Kind: pattern.Context, Context: pattern.Value{Device: home, Name: pattern.Mode, Category: 7}},
	)
	b := w.Append(nil)
	r, err := judge.ReadWindow(b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(recall(&w, at.Add(time.Minute)), recall(r, at.Add(time.Minute))); d != "" {
		t.Error(d)
	}
	if string(r.Append(nil)) != string(b) {
		t.Error("writing again gives other bytes")
	}
	for n := 1; n < len(b); n++ {
		if _, err := judge.ReadWindow(b[:n]); err == nil {
			t.Errorf("%d of %d bytes are read", n, len(b))
		}
	}
	if _, err := judge.ReadWindow(append(b, 0)); err == nil {
		t.Error("a byte too many is read")
	}
	if r, err := judge.ReadWindow(nil); err != nil || recall(r, at).Polled {
		t.Error("nothing is an empty window")
	}
}

func FuzzReadWindow(f *testing.F) {
	var w judge.Window
	note(&w, pattern.Event{At: monday, Kind: pattern.Poll, Seen: pattern.SetOf(home), Proof: pattern.Signed}, pattern.Event{At: monday, Kind: pattern.Place, Cell: house()})
	f.Add(w.Append(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := judge.ReadWindow(b)
		if err != nil {
			return
		}
		once := w.Append(nil)
		r, err := judge.ReadWindow(once)
		if err != nil || string(r.Append(nil)) != string(once) {
			t.Fatalf("writing and reading again: %v", err)
		}
		recall(w, monday)
	})
}

// Where a secondary says that it is does not tell where the phone is.
func TestThePlaceOfASecondaryIsNotThePhones(t *testing.T) {
	t.Parallel()
	at := moment(40, 20)
	var w judge.Window
	note(&w, pattern.Event{At: at, Kind: pattern.Place, Cell: house(), Device: watch})
	if r := recall(&w, at); len(r.Fixes) != 0 {
		t.Errorf("%+v", r.Fixes)
	}
	note(&w, pattern.Event{At: at, Kind: pattern.Place, Cell: house()})
	if r := recall(&w, at); len(r.Fixes) != 1 {
		t.Errorf("its own: %+v", r.Fixes)
	}
}
