package pattern

import (
	"math"
	"slices"

	"github.com/golang/geo/s2"
)

// Bounds of a pattern.
const (
	MaxDevices    = 32 // at once
	MaxPlaces     = 64 // the one with the least weight makes room
	MaxRoutes     = 32
	MaxNumbers    = 16 // pairs of device and numeric name
	MaxCategories = 8  // pairs of device and other name

	// MapDays is how many days the exact maps reach back: bit 0 is the newest day.
	MapDays = 64
	// OpenDays is how long after the newest learned day a slot may still be learned.
	OpenDays = 16
)

// State is the pattern of a customer with one primary. It is not for concurrent use.
//
// Counts are kept with the weight that their day had, 2^((day-epoch)/half-life), and
// divided by the weight of the newest day when they are read. So nothing has to be
// touched as time passes, and late slots count what they would have counted in time.
type State struct {
	half  int // days
	level int
	begun bool
	first int // the first day that was learned
	epoch int // the day whose weight is 1
	last  int // the newest day that was learned
	now   float32
	done  [OpenDays]uint32 // hours that were learned, bit per hour, by age of the day

	exposure counts
	exposed  hours
	numbers  [MaxDevices]Number // of the devices, 0 for a free entry: close together, as they are looked through often
	devices  [MaxDevices]device
	places   []place
	// elsewhere is what was there on first visits to places: what to expect at a new one.
	elsewhere encounter
	bins      [placeBins]float32 // mass of all visits, by kind of day and three hours
	mass      float32
	novelty   [placeBins]float32 // mass of first visits, of a whole first day
	routes    []route
	means     []moments
	classes   []classes
}

// hours are exact maps: by hour of the day, a bit per day, the newest day first.
type hours [DayHours]uint64

// device is what is known of one registered device.
type device struct {
	from   Hour    // it counts from here on
	counts counts  // of its presence
	seen   hours   // exactly when
	before *counts // exposure before it counted; nil for none
}

// place is a cell with what was there.
type place struct {
	cell s2.CellID
	at   s2.Point           // its center
	bins [placeBins]float32 // mass, by kind of day and three hours
	mass float32
	days [dayParts]uint64 // exact days, by three hours
	with encounter
}

// encounter counts who was there in hours at a place.
type encounter struct {
	looked float32             // hours in which the primary looked
	seen   [MaxDevices]float32 // by index of the device
}

// route is a way between two cells.
type route struct {
	leg  Leg
	mass float32
	days [dayParts]uint64
}

// Places are counted in parts of a day of three hours, and for two kinds of days.
const (
	partHours = 3
	dayParts  = DayHours / partHours
	placeBins = 2 * dayParts
)

// New returns an empty pattern. The options must have passed Check.
func New(o Options) *State {
	return &State{half: o.HalfLife, level: o.Level, now: 1}
}

// Adopt changes how the pattern learns from now on. What was learned keeps the weight
// that it has.
func (s *State) Adopt(o Options) {
	s.settle()
	coarser := o.Level < s.level
	s.half, s.level = o.HalfLife, o.Level
	if coarser {
		s.coarsen()
	}
}

// Options returns how the pattern learns.
func (s *State) Options() Options { return Options{HalfLife: s.half, Level: s.level} }

// Span returns the first and the newest day that were learned; false before any was.
func (s *State) Span() (first, last Hour, ok bool) {
	return Hour(s.first * DayHours), Hour(s.last * DayHours), s.begun //nolint:gosec // days of hours
}

// Days counts the days of the last 64 in which the primary looked.
func (s *State) Days() int { return ones(s.exposed.any(Period{0, DayHours})) }

// Admit makes a device count from an hour on: usually from the end of its quarantine.
// Admitting it again changes nothing. It reports false when there is no room.
func (s *State) Admit(n Number, from Hour) bool {
	if n == 0 {
		return false
	}
	if s.index(n) >= 0 {
		return true
	}
	i := s.index(0)
	if i < 0 {
		return false
	}
	s.numbers[i], s.devices[i] = n, device{from: from}
	if s.begun {
		before := s.exposure
		s.devices[i].before = &before
	}
	return true
}

// Remove forgets a device.
func (s *State) Remove(n Number) {
	i := s.index(n)
	if i < 0 || n == 0 {
		return
	}
	s.numbers[i], s.devices[i] = 0, device{}
	s.elsewhere.seen[i] = 0
	for p := range s.places {
		s.places[p].with.seen[i] = 0
	}
	s.means = dropOf(s.means, func(m *moments) bool { return m.device == n })
	s.classes = dropOf(s.classes, func(c *classes) bool { return c.device == n })
}

// Knows reports whether the device counts from an hour up to h on.
func (s *State) Knows(n Number, h Hour) bool {
	i := s.index(n)
	return n != 0 && i >= 0 && s.devices[i].from <= h
}

// Devices returns the numbers of the devices that were admitted.
func (s *State) Devices() (all Set) {
	for _, n := range s.numbers {
		if n != 0 {
			all.Add(n)
		}
	}
	return all
}

// index returns where a device is; -1 for nowhere. Number 0 finds a free entry.
func (s *State) index(n Number) int {
	return slices.Index(s.numbers[:], n)
}

// weight returns what a slot of the day counts, in the unit of the epoch.
func (s *State) weight(day int) float32 {
	if day == s.last {
		return s.now
	}
	return float32(math.Exp2(float64(day-s.epoch) / float64(s.half)))
}

// settle makes the newest day the epoch, so that counts are what they weigh now.
func (s *State) settle() {
	if s.epoch == s.last {
		return
	}
	f := 1 / s.now
	s.exposure.scale(f)
	s.elsewhere.scale(f)
	for i := range s.devices {
		d := &s.devices[i]
		if s.numbers[i] == 0 {
			continue
		}
		d.counts.scale(f)
		if d.before != nil {
			d.before.scale(f)
		}
	}
	s.settlePlaces(f)
	for i := range s.means {
		s.means[i].scale(f)
	}
	for i := range s.classes {
		s.classes[i].scale(f)
	}
	s.epoch, s.now = s.last, 1
}

func (s *State) settlePlaces(f float32) {
	s.mass *= f
	for i := range s.bins {
		s.bins[i] *= f
		s.novelty[i] *= f
	}
	for i := range s.places {
		p := &s.places[i]
		p.mass *= f
		for j := range p.bins {
			p.bins[j] *= f
		}
		p.with.scale(f)
	}
	for i := range s.routes {
		s.routes[i].mass *= f
	}
}

func (e *encounter) scale(f float32) {
	e.looked *= f
	for i := range e.seen {
		e.seen[i] *= f
	}
}

// dropOf removes the elements that f says, in place.
func dropOf[T any](all []T, f func(*T) bool) []T {
	kept := all[:0]
	for i := range all {
		if !f(&all[i]) {
			kept = append(kept, all[i])
		}
	}
	clear(all[len(kept):])
	return kept
}
