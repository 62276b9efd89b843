package pattern

import (
	"cmp"
	"slices"
	"time"

	"github.com/golang/geo/s2"
)

// Spans of a builder.
const (
	maxStay = 2 * time.Hour    // a place holds until the next one, or so long
	maxLeg  = 30 * time.Minute // between two places, for the way to count as one
)

// Builder makes slots of the events of one primary. Events may come in any order; those
// of a channel or a way are best given in theirs. The zero value is ready. It is not
// for concurrent use.
type Builder struct {
	open      []*Slot // sorted by hour
	free      []*Slot
	connected Set
	cell      s2.CellID // where the primary is
	since     time.Time
}

// Add puts an event into the slot of its civil hour.
func (b *Builder) Add(e *Event) {
	s := b.slot(HourOf(e.At, e.Offset))
	if e.At.After(s.Last) {
		s.Last = e.At
	}
	switch e.Kind {
	case Poll:
		b.poll(s, e)
	case Sight, Connect, Disconnect:
		b.sight(s, e)
	case Place:
		b.move(s, e)
	case Context:
		s.value(e.Context)
	case Activity:
		if e.Active && e.Device != 0 {
			s.Seen.Add(e.Device)
		}
	}
}

// Take hands out the slots of which nothing is newer than a moment, oldest first, and
// forgets them. A slot is valid during the call only.
func (b *Builder) Take(until time.Time, f func(*Slot)) {
	kept := b.open[:0]
	for _, s := range b.open {
		if s.Last.After(until) {
			kept = append(kept, s)
			continue
		}
		f(s)
		b.free = append(b.free, s)
	}
	clear(b.open[len(kept):])
	b.open = kept
}

// slot finds the slot of an hour, or begins it.
func (b *Builder) slot(h Hour) *Slot {
	i, found := slices.BinarySearchFunc(b.open, h, func(s *Slot, h Hour) int { return cmp.Compare(s.Hour, h) })
	if found {
		return b.open[i]
	}
	s := &Slot{}
	if n := len(b.free); n > 0 {
		s, b.free = b.free[n-1], b.free[:n-1]
	}
	*s = Slot{Hour: h, Visits: s.Visits[:0], Legs: s.Legs[:0], Values: s.Values[:0]}
	b.open = slices.Insert(b.open, i, s)
	return s
}

// poll counts a look around: whom the primary saw, and to whom it has a channel.
func (b *Builder) poll(s *Slot, e *Event) {
	seen := e.Seen
	seen.Join(b.connected)
	seen.Drop(0)
	s.Polls++
	s.Seen.Join(seen)
	if b.here(e.At) {
		if v := s.visit(b.cell); v != nil {
			v.Polls++
			v.Seen.Join(seen)
		}
	}
}

// sight counts a device outside of a poll. It was there, but nobody looked for others.
func (b *Builder) sight(s *Slot, e *Event) {
	if e.Device == 0 {
		return
	}
	s.Seen.Add(e.Device)
	if b.here(e.At) {
		if v := s.visit(b.cell); v != nil {
			v.Seen.Add(e.Device)
		}
	}
	switch e.Kind {
	case Connect:
		b.connected.Add(e.Device)
	case Disconnect:
		b.connected.Drop(e.Device)
	default:
	}
}

// move counts a place. That of another device is a place of the customer as well, but
// not where the primary is (DI-67).
func (b *Builder) move(s *Slot, e *Event) {
	if !e.Cell.IsValid() {
		return
	}
	s.visit(e.Cell)
	if e.Device != 0 {
		return
	}
	apart := e.At.Sub(b.since)
	if b.cell.IsValid() && b.cell != e.Cell && apart >= 0 && apart <= maxLeg && len(s.Legs) < MaxLegs {
		s.Legs = append(s.Legs, Leg{b.cell, e.Cell})
	}
	b.cell, b.since = e.Cell, e.At
}

// here reports whether the primary's place is known at a moment.
func (b *Builder) here(at time.Time) bool {
	stay := at.Sub(b.since)
	return b.cell.IsValid() && stay >= 0 && stay <= maxStay
}

// visit finds a cell among the slot's, or adds it while there is room.
func (s *Slot) visit(c s2.CellID) *Visit {
	for i := range s.Visits {
		if s.Visits[i].Cell == c {
			return &s.Visits[i]
		}
	}
	if len(s.Visits) == MaxVisits {
		return nil
	}
	s.Visits = append(s.Visits, Visit{Cell: c})
	return &s.Visits[len(s.Visits)-1]
}

// value keeps the last value of a device's context.
func (s *Slot) value(v Value) {
	for i := range s.Values {
		if o := &s.Values[i]; o.Device == v.Device && o.Name == v.Name {
			*o = v
			return
		}
	}
	if len(s.Values) < MaxValues {
		s.Values = append(s.Values, v)
	}
}
