package household

import "time"

// Town makes people. Its zero rates mean those of [Usual].
type Town struct {
	Seed  uint64
	Start time.Time // midnight UTC of the first civil day, see [Town.Instant]
	Days  int       // for which lives are planned, at least 28
	Rates Rates
}

// Rates say how often lives change, per person and horizon of Days.
type Rates struct {
	Swap, Move, Job float64 // probability that a device is swapped, a home moved, a job changed
	Vacation        float64 // probability of a vacation away
	// Between the days Earliest and Latest; 0 and 0 for anywhere but the first and last
	// ten days.
	Earliest, Latest int
}

// Usual are the rates for twelve weeks.
func Usual() Rates { return Rates{Swap: 0.3, Move: 0.06, Job: 0.05, Vacation: 0.3} }

// Purposes of streams.
const (
	forPerson = iota + 1
	forHome
	forShare
	forDay
	forPoll
	forRequest
	forAttack
	forNight
	forBatch
)

func (t *Town) rates() Rates {
	r := t.Rates
	if r == (Rates{}) {
		r = Usual()
	}
	if r.Latest == 0 {
		r.Earliest, r.Latest = 10, t.Days-10
	}
	return r
}

// change draws the day of a change that happens with a probability; 0 for none.
func (t *Town) change(r *random, p float64) int {
	happens, at := r.chance(p), r.float()
	if !happens {
		return 0
	}
	rates := t.rates()
	return rates.Earliest + int(at*float64(rates.Latest-rates.Earliest))
}

// home is a home with what stands in it.
type home struct {
	number  int
	place   Place
	moved   int // day on which all move; 0 for never
	next    Place
	devices []Device
}

// center is the middle of the made-up town.
func (t *Town) center() Place { return Place{Lat: 50.9 + float64(t.Seed%7)*0.1, Lon: 9.4} }

// shares reports whether the people n and n+1, for an even n, share a home.
func (t *Town) shares(n int) bool {
	return stream(t.Seed, forShare, uint64(n/2)).chance(0.4) //nolint:gosec // not negative
}

func (t *Town) homeOf(person int) *home {
	number := person
	if t.shares(person) {
		number = person / 2 * 2
	}
	r := stream(t.Seed, forHome, uint64(number)) //nolint:gosec // not negative
	h := &home{number: number, place: t.center().somewhere(r, Home, 0.3, 9)}
	h.next = t.center().somewhere(r, Home, 0.3, 12)
	h.moved = t.change(r, t.rates().Move)
	for _, k := range kinds() {
		if k.home && r.chance(k.owned) {
			h.devices = append(h.devices, newDevice(r, k.kind, k.group, k.signs, k.portable))
		}
	}
	h.movers(r)
	return h
}

// movers takes the access point along in half of the moves; a new one stands in the
// other new homes, registered within two days.
func (h *home) movers(r *random) {
	fresh, late := newDevice(r, AccessPoint, AtHome, 0.5, false), r.below(3)
	if !r.chance(0.5) || h.moved == 0 || len(h.devices) == 0 || h.devices[0].Kind != AccessPoint {
		return
	}
	h.devices[0].To, fresh.From = h.moved, h.moved+late
	h.devices = append(h.devices, fresh)
}

// at is where the home is on a day.
func (h *home) at(day int) Place {
	if h.moved > 0 && day >= h.moved {
		return h.next
	}
	return h.place
}
