package judge

import (
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// Bounds of a window.
const (
	maxFixes  = 8
	maxValues = 8
	wornFor   = 30 * time.Minute // a report of a felt body holds so long
)

// Window keeps what is recent of one primary: of each device when it was seen last by
// each strength of proof. It is bounded whatever comes, and order does not matter. The
// zero value is empty. It is not for concurrent use.
type Window struct {
	polled time.Time
	told   time.Time // the newest event
	offset int       // minutes east of UTC, of the newest event
	seen   []sight
	fixes  []fix // newest first
	values []value
}

// sight is when a device was seen last.
type sight struct {
	number pattern.Number
	by     [pattern.Contributed + 1]time.Time // by proof
	worn   time.Time                          // when it felt a body
	off    time.Time                          // when it did not
}

type fix struct {
	cell s2.CellID
	at   time.Time
}

type value struct {
	pattern.Value
	at time.Time
}

// Note takes an event in.
func (w *Window) Note(e *pattern.Event) {
	if !e.At.Before(w.told) {
		w.told, w.offset = e.At, e.Offset
	}
	switch e.Kind {
	case pattern.Poll:
		later(&w.polled, e.At)
		for n := range e.Seen.All() {
			w.sighting(n, e)
		}
	case pattern.Sight, pattern.Connect, pattern.Disconnect:
		w.sighting(e.Device, e)
	case pattern.Place:
		if e.Cell.IsValid() && e.Device == 0 { // where another device is says nothing of where the phone is
			w.fix(fix{e.Cell, e.At})
		}
	case pattern.Context:
		w.value(value{e.Context, e.At})
	case pattern.Activity:
		w.activity(e)
	}
}

// Offset returns the civil time of the primary, in minutes east of UTC, as of its newest
// event; false before there was one.
func (w *Window) Offset() (minutes int, ok bool) { return w.offset, !w.told.IsZero() }

// Told returns the time of the newest event; the zero time for none.
func (w *Window) Told() time.Time { return w.told }

// Polled returns when the primary looked around last; the zero time for never.
func (w *Window) Polled() time.Time { return w.polled }

func (w *Window) sighting(n pattern.Number, e *pattern.Event) {
	if s := w.of(n); s != nil && e.Proof <= pattern.Contributed {
		later(&s.by[max(e.Proof, pattern.Identifier)], e.At)
	}
}

// activity takes the bit of a worn device in. It is worth something with a proof only.
func (w *Window) activity(e *pattern.Event) {
	s := w.of(e.Device)
	switch {
	case s == nil:
	case !e.Active:
		later(&s.off, e.At)
	case e.Proof.Authenticated():
		later(&s.worn, e.At)
		w.sighting(e.Device, e)
	}
}

// of finds a device, or makes room for it.
func (w *Window) of(n pattern.Number) *sight {
	if n == 0 {
		return nil
	}
	for i := range w.seen {
		if w.seen[i].number == n {
			return &w.seen[i]
		}
	}
	if len(w.seen) < pattern.MaxDevices {
		w.seen = append(w.seen, sight{number: n})
		return &w.seen[len(w.seen)-1]
	}
	oldest := &w.seen[0]
	for i := range w.seen {
		if w.seen[i].last().Before(oldest.last()) {
			oldest = &w.seen[i]
		}
	}
	*oldest = sight{number: n}
	return oldest
}

// last is when a device was heard of last.
func (s *sight) last() (at time.Time) {
	for _, t := range s.by {
		later(&at, t)
	}
	later(&at, s.off)
	return at
}

func (w *Window) fix(f fix) {
	i := 0
	for i < len(w.fixes) && w.fixes[i].at.After(f.at) {
		i++
	}
	if i < len(w.fixes) && w.fixes[i] == f || i == maxFixes {
		return
	}
	if len(w.fixes) < maxFixes {
		w.fixes = append(w.fixes, fix{})
	}
	copy(w.fixes[i+1:], w.fixes[i:])
	w.fixes[i] = f
}

func (w *Window) value(v value) {
	oldest := 0
	for i := range w.values {
		if o := &w.values[i]; o.Device == v.Device && o.Name == v.Name {
			if v.at.After(o.at) {
				*o = v
			}
			return
		}
		if w.values[i].at.Before(w.values[oldest].at) {
			oldest = i
		}
	}
	switch {
	case len(w.values) < maxValues:
		w.values = append(w.values, v)
	case v.at.After(w.values[oldest].at):
		w.values[oldest] = v
	}
}

func later(t *time.Time, at time.Time) {
	if at.After(*t) {
		*t = at
	}
}
