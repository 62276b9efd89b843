package pattern

import "math"

// Outcome is what became of a slot.
type Outcome uint8

// The outcomes of learning.
const (
	Learned  Outcome = iota
	Repeated         // the hour was learned before: nothing changed
	Stale            // the hour is more than OpenDays older than the newest one: nothing changed
)

// maxGrowth is how many half-lives may pass before counts are brought down: as 2^16 is
// far from the bounds of what a float32 tells apart.
const maxGrowth = 16

// Learn counts a slot. Each hour counts once, in whatever order hours come. It costs
// by what was seen, and neither by history nor by who was absent.
func (s *State) Learn(slot *Slot) Outcome {
	day := slot.Hour.Day()
	if s.begun && day <= s.last-OpenDays {
		return Stale
	}
	s.advance(day)
	bit := uint32(1) << slot.Hour.OfDay()
	done := &s.done[s.last-day]
	if *done&bit != 0 {
		return Repeated
	}
	*done |= bit
	s.first = min(s.first, day)
	s.count(slot, s.weight(day), true)
	return Learned
}

// Unlearn takes a slot back that was learned, such as one of a day that the customer
// disputes. It reports false, and changes nothing, when the hour was not learned or
// is too old to say. The slot must be the one that was learned; what rounding left is
// at most a ten-thousandth of an hour. A place that made room for the slot stays gone.
func (s *State) Unlearn(slot *Slot) bool {
	day := slot.Hour.Day()
	if !s.begun || day > s.last || day <= s.last-OpenDays {
		return false
	}
	bit := uint32(1) << slot.Hour.OfDay()
	done := &s.done[s.last-day]
	if *done&bit == 0 {
		return false
	}
	*done &^= bit
	s.count(slot, -s.weight(day), false)
	return true
}

// advance moves the maps on when a day is newer than all before.
func (s *State) advance(day int) {
	if !s.begun {
		s.begun, s.first, s.epoch, s.last = true, day, day, day
		return
	}
	n := day - s.last
	if n <= 0 {
		return
	}
	s.exposed.age(n)
	for i := range s.devices {
		if s.numbers[i] != 0 {
			s.devices[i].seen.age(n)
		}
	}
	for i := range s.places {
		shift(s.places[i].days[:], n)
	}
	for i := range s.routes {
		shift(s.routes[i].days[:], n)
	}
	copy(s.done[min(n, OpenDays):], s.done[:])
	clear(s.done[:min(n, OpenDays)])
	s.last = day
	s.now = float32(math.Exp2(float64(s.last-s.epoch) / float64(s.half)))
	if s.last-s.epoch > maxGrowth*s.half {
		s.settle()
	}
}

// count adds w for all that is in the slot, or takes it away, and sets the exact maps
// or clears them.
func (s *State) count(slot *Slot, w float32, set bool) {
	cell, h := slot.Hour.weekCell(), slot.Hour.OfDay()
	bit := uint64(1) << (s.last - slot.Hour.Day())
	if slot.Polls > 0 {
		s.exposure.add(cell, w)
		mark(&s.exposed[h], bit, set)
	}
	for i, n := range s.numbers {
		d := &s.devices[i]
		switch {
		case n == 0:
		case slot.Hour < d.from:
			if slot.Polls > 0 {
				d.unexposed().add(cell, w)
			}
		case slot.Seen.Has(n) && slot.Polls > 0:
			d.counts.add(cell, w)
			mark(&d.seen[h], bit, set)
		}
	}
	s.visit(slot, w, bit, set)
	s.travel(slot, w, bit, set)
	s.contexts(slot, w, set)
}

// unexposed returns the exposure before the device counted.
func (d *device) unexposed() *counts {
	if d.before == nil {
		d.before = new(counts)
	}
	return d.before
}

func mark(days *uint64, bit uint64, set bool) {
	if set {
		*days |= bit
	} else {
		*days &^= bit
	}
}
