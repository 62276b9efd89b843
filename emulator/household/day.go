package household

import "time"

// Stay is some time at a place, or on the way to the next one.
type Stay struct {
	From, To int // minutes of the civil day; To is not in it
	Place    Place
	Way      Way
	from     Place // where a way begins; Place is its end
}

// Way says how somebody moves.
type Way string

// The ways; "" is a stay.
const (
	Still   Way = ""
	Driving Way = "car"
	Riding  Way = "transit" // or on foot
	Flying  Way = "air"     // the phone is in flight mode
)

// Day is one civil day of a person.
type Day struct {
	Number                  int
	Stays                   []Stay // in order, from minute 0 to 1440, without gaps
	Trip                    *Trip
	Bluetooth               bool // off: only what is on Wi-Fi is seen
	Places                  bool // off: no places are reported
	Worn, Watched, Listened bool
	Carried, CarriedTablet  bool   // the laptop, the tablet are in the bag
	Offline                 [2]int // minutes without network, from and to
	Stamped                 bool   // what is sent late has times
	Guest                   bool   // somebody whose devices nobody registered
	rise, bed               int
	person                  *Person
}

// Day makes the n-th civil day of the person.
func (p *Person) Day(n int) *Day {
	r := stream(p.town.Seed, forDay, uint64(p.Number), uint64(n+1)) //nolint:gosec // not negative
	d := &Day{Number: n, Trip: p.Trip(n), person: p, Bluetooth: !r.chance(0.02), Places: !r.chance(0.015), Stamped: !r.chance(0.2)}
	h := p.habit
	d.Worn, d.Watched, d.Listened = r.chance(h.wears), r.chance(h.watches), r.chance(h.listen)
	d.Carried, d.CarriedTablet, d.Guest = r.chance(h.carries), r.chance(0.1), r.chance(0.1)
	d.rise, d.bed = h.rise+int(r.normal(18)), min(h.bed+int(r.normal(25)), 1430)
	if r.chance(0.03) {
		from := r.below(1300)
		d.Offline = [2]int{from, from + 30 + r.below(240)}
	}
	b := &diary{d: d, r: r, cursor: Stay{Place: p.home.at(n)}}
	p.write(b, n)
	b.close()
	return d
}

// write plans the day.
func (p *Person) write(b *diary, n int) {
	r := b.r
	switch t := b.d.Trip; {
	case t != nil:
		b.travel(t, n)
		return
	case p.nights(n-1) > 0:
		b.begin(p.bar(n-1), p.nights(n-1))
		b.d.rise = max(b.d.rise, p.nights(n-1)+400)
	}
	switch {
	case p.Archetype == Shift:
		b.shift(n)
	case p.commutes(n):
		b.office(n)
	case p.Archetype == Student && !p.weekend(n):
		b.campus(n)
	case p.Archetype == Irregular:
		b.wander(n)
	default:
		b.free(n, r)
	}
	if late := p.nights(n); late > 0 {
		b.visit(p.bar(n), max(b.until+30, 19*60+r.below(90)), 1440)
		b.night = true
	}
}

func (p *Person) weekend(n int) bool {
	date := p.town.date(n)
	return date.Weekday() == time.Saturday || date.Weekday() == time.Sunday || Holiday(date)
}

// nights is how long after midnight the person is out from the evening of day n; 0 for
// those that end at home.
func (p *Person) nights(n int) int {
	if n < 0 || p.away(n, n+1) != nil || p.Archetype == Shift {
		return 0
	}
	chance := 0.02
	if wd := p.town.date(n).Weekday(); wd == time.Friday || wd == time.Saturday {
		chance = map[Archetype]float64{Student: 0.45, Irregular: 0.3, Retired: 0.03}[p.Archetype] + 0.12
	}
	r := stream(p.town.Seed, forNight, uint64(p.Number), uint64(n)) //nolint:gosec // not negative
	if !r.chance(chance) {
		return 0
	}
	return 30 + r.below(150)
}

// bar is where the night of day n ends.
func (p *Person) bar(n int) Place { return p.spots[n%len(p.spots)] }

// At returns where the person is at a minute, and on which stay.
func (d *Day) At(minute int) (Place, *Stay) {
	for i := range d.Stays {
		s := &d.Stays[i]
		if minute >= s.To && i < len(d.Stays)-1 {
			continue
		}
		if s.Way == Still {
			return s.Place, s
		}
		return s.from.toward(s.Place, float64(minute-s.From)/float64(max(s.To-s.From, 1))), s
	}
	return Place{}, nil
}

// Asleep reports whether the person sleeps at a minute.
func (d *Day) Asleep(minute int) bool { return minute < d.rise || minute >= d.bed }
