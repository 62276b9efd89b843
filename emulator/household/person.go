package household

import "time"

// Archetype is a way of living.
type Archetype string

// The archetypes.
const (
	Office     Archetype = "office"
	Shift      Archetype = "shift"
	HomeWorker Archetype = "home worker"
	Irregular  Archetype = "irregular"
	Traveler   Archetype = "traveler"
	Student    Archetype = "student"
	Retired    Archetype = "retired"
)

// Archetypes lists them with their share of the people.
func Archetypes() []struct {
	Name  Archetype
	Share float64
} {
	return []struct {
		Name  Archetype
		Share float64
	}{{Office, 0.46}, {Shift, 0.12}, {HomeWorker, 0.14}, {Irregular, 0.10}, {Traveler, 0.06}, {Student, 0.06}, {Retired, 0.06}}
}

// Person is somebody with a phone that meets devices.
type Person struct {
	Number    int
	Home      int // number of the home; two people may have the same
	Archetype Archetype
	Devices   []Device // by number, from 1 on; those to come and those removed, too
	Moved     int      // day of a move, of a new job, of a swapped device; 0 for none
	Job       int
	Swapped   int
	Trips     []Trip

	town  *Town
	home  *home
	habit habits
	works [2]Place // before and after the change of jobs
	shops []Place
	spots []Place // leisure and other people's homes
}

// habits are a person's means, which days jitter about.
type habits struct {
	rise, leave, back, bed int     // minutes of the day
	drives                 bool    // when there is a car
	atHome                 [7]bool // weekdays of work at home
	sports                 int     // weekday
	carries                float64 // the laptop goes to work
	wears, watches, listen float64 // wearable worn, television on, headset on the way, per day
	skip                   float64 // polls that the phone's system does not let through
	sleeps                 bool    // the phone polls every other hour at night
	skew                   time.Duration
	spends                 float64 // requests at places, against the mean
	cycle                  int     // of shifts
}

// Person makes the n-th person, n from 0 on.
func (t *Town) Person(n int) *Person {
	r := stream(t.Seed, forPerson, uint64(n)) //nolint:gosec // not negative
	p := &Person{Number: n, town: t, home: t.homeOf(n)}
	p.Home, p.Moved = p.home.number, p.home.moved
	p.Archetype = archetype(r)
	p.habit = newHabits(r, p.Archetype)
	p.places(r)
	p.own(r)
	p.Job = t.change(r, t.rates().Job)
	p.swap(r)
	p.travels(r)
	for i := range p.Devices {
		p.Devices[i].Number = i + 1
	}
	return p
}

func archetype(r *random) Archetype {
	x := r.float()
	for _, a := range Archetypes() {
		if x -= a.Share; x < 0 {
			return a.Name
		}
	}
	return Office
}

func newHabits(r *random, a Archetype) (h habits) {
	h.leave = int(r.between(6.75, 9.25) * 60)
	h.rise = h.leave - int(r.between(40, 100))
	h.back = h.leave + int(r.between(8.2, 9.6)*60)
	h.bed = int(r.between(22, 23.8) * 60)
	h.drives = r.chance(0.7)
	for d := 1; d <= 5; d++ {
		h.atHome[d] = r.chance(0.15)
	}
	h.sports, h.carries = r.below(7), r.float()
	h.wears, h.watches, h.listen = r.between(0.75, 0.98), r.between(0.5, 0.95), r.between(0.2, 0.9)
	h.skip, h.sleeps = 0.05+0.35*r.float()*r.float(), r.chance(0.4)
	h.skew = time.Duration(r.normal(20) * float64(time.Second))
	if r.chance(0.02) {
		h.skew = time.Duration(r.between(-240, 240) * float64(time.Second))
	}
	h.spends, h.cycle = r.between(0.5, 1.5), r.below(3)
	if a == Student || a == Irregular {
		h.rise, h.leave, h.bed = h.rise+60, h.leave+60, h.bed+15
	}
	return h
}

// places are those where the person is a regular.
func (p *Person) places(r *random) {
	at := p.home.place
	p.works = [2]Place{at.somewhere(r, Work, 1, 18), at.somewhere(r, Work, 1, 18)}
	for i := range 5 + r.below(5) {
		near := at
		if i%3 == 2 {
			near = p.works[0]
		}
		p.shops = append(p.shops, near.somewhere(r, Shop, 0.1, 4))
	}
	for range 3 + r.below(3) {
		p.spots = append(p.spots, at.somewhere(r, Leisure, 0.3, 9))
	}
	for range 2 {
		p.spots = append(p.spots, at.somewhere(r, Visit, 0.5, 30))
	}
}

// own gives the person the home's devices and some of their own.
func (p *Person) own(r *random) {
	p.Devices = append(p.Devices, p.home.devices...)
	for _, k := range kinds() {
		d, owned := newDevice(r, k.kind, k.group, k.signs, k.portable), r.chance(k.owned)
		if owned && !k.home {
			p.Devices = append(p.Devices, d)
		}
	}
	desk, has := newDevice(r, Desk, AtWork, 0.6, false), r.chance(0.35)
	if has && (p.Archetype == Office || p.Archetype == Traveler || p.Archetype == Shift) {
		p.Devices = append(p.Devices, desk)
	}
}

// swap replaces a device that is not part of a shared home: the old one is removed on
// that day, and the new one registered on it or the day after.
func (p *Person) swap(r *random) {
	day, late, which := p.town.change(r, p.town.rates().Swap), r.below(2), r.float()
	fresh := newDevice(r, "", "", 0.6, false)
	own := len(p.Devices) - len(p.home.devices)
	if day == 0 || own == 0 {
		return
	}
	old := &p.Devices[len(p.home.devices)+int(which*float64(own))]
	fresh.Kind, fresh.Group, fresh.Portable, fresh.Rotates = old.Kind, old.Group, old.Portable, old.Rotates
	p.Swapped, old.To, fresh.From = day, day, day+late
	p.Devices = append(p.Devices, fresh)
}

// Works reports where the person works on a day.
func (p *Person) work(day int) Place {
	if p.Job > 0 && day >= p.Job {
		return p.works[1]
	}
	return p.works[0]
}

// has returns the person's device of a kind on a day.
func (p *Person) has(kind Kind, day int) (Device, bool) {
	for _, d := range p.Devices {
		if d.Kind == kind && d.On(day) {
			return d, true
		}
	}
	return Device{}, false
}
