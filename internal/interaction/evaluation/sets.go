package evaluation

import (
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// The baseline's parameters: a device or a cell is part of the pattern of a weekday and
// period when it was there on two of the last eight such days.
const (
	setDays = 2
	setOf   = 8
)

// sets is the baseline, the pattern as the text has it: per weekday and each of five
// periods, the set of devices and the perimeter of places that recur.
type sets struct {
	devices map[slot]map[int]uint8 // bit per week, the newest first
	cells   map[slot]map[s2.CellID]uint8
	week    map[slot]int
}

// slot is a weekday and a period of the day.
type slot struct{ weekday, period int }

func newSets() *sets {
	return &sets{map[slot]map[int]uint8{}, map[slot]map[s2.CellID]uint8{}, map[slot]int{}}
}

// slotOf is the period of an instant, and the number of its week.
func slotOf(at time.Time, offset int) (s slot, week int) {
	h := pattern.HourOf(at, offset)
	s.weekday = int(h.Weekday())
	for _, begin := range []int{6, 10, 14, 18} {
		if h.OfDay() >= begin {
			s.period++
		}
	}
	return s, (h.Day() + 3) / 7
}

// turn ages the maps of a slot into another week.
func (b *sets) turn(s slot, week int) {
	n := week - b.week[s]
	if n <= 0 {
		return
	}
	b.week[s] = week
	for d := range b.devices[s] {
		b.devices[s][d] <<= min(n, setOf)
	}
	for c := range b.cells[s] {
		if b.cells[s][c] <<= min(n, setOf); b.cells[s][c] == 0 {
			delete(b.cells[s], c)
		}
	}
}

// learn takes a report in.
func (b *sets) learn(e *household.Event) {
	if e.Stamp.IsZero() || e.Kind == household.Context {
		return
	}
	s, week := slotOf(e.Stamp, e.Offset)
	if b.devices[s] == nil {
		b.devices[s], b.cells[s], b.week[s] = map[int]uint8{}, map[s2.CellID]uint8{}, week
	}
	b.turn(s, week)
	for _, d := range e.Seen {
		b.devices[s][d.Device] |= 1
	}
	if e.Cell.IsValid() {
		b.cells[s][e.Cell] |= 1
	}
}

func (b *sets) remove(device int) {
	for _, m := range b.devices {
		delete(m, device)
	}
}

// score is the share of the expected devices that were there within the window, and one
// more for a place inside the perimeter. Where the pattern is empty everything agrees.
func (b *sets) score(m *household.Moment, offset int, window time.Duration) float64 {
	s, week := slotOf(m.Request.At, offset)
	b.turn(s, week)
	seen, cell := map[int]bool{}, s2.CellID(0)
	for _, e := range m.Reports {
		if e.Stamp.IsZero() || m.Request.At.Sub(e.Stamp) > window {
			continue
		}
		if e.Cell.IsValid() {
			cell = e.Cell
		}
		for _, d := range e.Seen {
			seen[d.Device] = true
		}
	}
	if !cell.IsValid() {
		cell = m.Request.Access
	}
	return b.share(s, seen) + b.inside(s, cell) + dither(m)
}

func (b *sets) share(s slot, seen map[int]bool) float64 {
	expected, there := 0, 0
	for d, weeks := range b.devices[s] {
		if recurs(weeks) {
			if expected++; seen[d] {
				there++
			}
		}
	}
	if expected == 0 {
		return 1
	}
	return float64(there) / float64(expected)
}

// inside is 1 within the perimeter, which is buffered by a cell: 300 to 900 meters.
func (b *sets) inside(s slot, cell s2.CellID) float64 {
	near, known := map[s2.CellID]bool{cell: true}, false
	if cell.IsValid() {
		for _, n := range cell.AllNeighbors(cell.Level()) {
			near[n] = true
		}
	}
	for c, weeks := range b.cells[s] {
		if recurs(weeks) {
			if known = true; near[c] {
				return 1
			}
		}
	}
	if !known || !cell.IsValid() {
		return 1
	}
	return 0
}

// recurs reports whether a map of weeks has enough days. Today's is not one of them.
func recurs(weeks uint8) bool {
	n := 0
	for ; weeks > 0; weeks &= weeks - 1 {
		n++
	}
	return n >= setDays
}

// dither makes scores that are equal different by chance, so that a threshold can lie
// between them: without it a method of few values could not be held to a rate.
func dither(m *household.Moment) float64 {
	r := random{uint64(m.Request.At.UnixNano()) ^ uint64(m.Person)<<40} //nolint:gosec // any bits
	return r.float() / 1000
}
