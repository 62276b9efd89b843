package household

// commutes reports whether the person goes to an office on a day.
func (p *Person) commutes(n int) bool {
	switch {
	case p.Archetype != Office && p.Archetype != Traveler, p.weekend(n):
		return false
	}
	return !p.habit.atHome[p.town.date(n).Weekday()]
}

// office is a day at the office.
func (b *diary) office(n int) {
	p, r := b.d.person, b.r
	at := p.work(n)
	leave, back := p.habit.leave+int(r.normal(18)), p.habit.back+int(r.normal(30))
	b.visit(at, leave+25, 11*60+45)
	if r.chance(0.35) {
		noon := 12*60 + int(r.normal(15))
		b.visit(at.around(Leisure, r.between(0.1, 0.7), float64(p.Number%10)/10), noon, noon+35)
	}
	b.visit(at, 0, back)
	b.evening(n, back)
}

// evening is shopping, sports or friends after work, each now and then.
func (b *diary) evening(n, from int) {
	p, r := b.d.person, b.r
	if r.chance(0.35) {
		b.visit(b.shop(), from+20, from+20+15+r.below(30))
	}
	b.home()
	switch wd := int(p.town.date(n).Weekday()); {
	case wd == p.habit.sports:
		b.visit(p.spots[0], 18*60+45+int(r.normal(20)), 20*60+20+int(r.normal(15)))
	case r.chance(0.12):
		b.visit(b.spot(), 19*60+int(r.normal(30)), 21*60+r.below(60))
	}
	b.home()
}

// free is a day without work outside: for home workers, weekends, the retired.
func (b *diary) free(n int, r *random) {
	p := b.d.person
	rise := b.d.rise
	if p.weekend(n) {
		rise += 50
		b.d.rise = rise
	}
	if r.chance(0.55) {
		at := max(rise+60, 9*60+30) + int(r.normal(50))
		b.visit(b.shop(), at, at+20+r.below(50))
		if r.chance(0.3) {
			b.visit(b.shop(), at+60, at+90+r.below(30))
		}
		b.home()
	}
	if out := map[bool]float64{true: 0.6, false: 0.35}[p.weekend(n)]; r.chance(out) {
		at := 14*60 + 30 + int(r.normal(70))
		b.visit(b.spot(), at, at+70+r.below(150))
		b.home()
	}
	if int(p.town.date(n).Weekday()) == p.habit.sports && r.chance(0.8) {
		b.visit(p.spots[0], 18*60+int(r.normal(30)), 19*60+45)
		b.home()
	}
}

// campus is a day of a student: a timetable by weekday, and the library now and then.
func (b *diary) campus(n int) {
	p, r := b.d.person, b.r
	table := stream(p.town.Seed, forPerson, uint64(p.Number), uint64(p.town.date(n).Weekday())) //nolint:gosec // not negative
	from := (8 + table.below(5)) * 60
	to := from + (2+table.below(5))*60
	if table.chance(0.15) || r.chance(0.15) { // no courses, or none that the student goes to
		b.free(n, r)
		return
	}
	b.visit(p.work(n), from+int(r.normal(10)), to+int(r.normal(15)))
	if r.chance(0.3) {
		b.visit(p.works[0].around(Work, 0.4, 0.3), to+10, to+120)
	}
	b.evening(n, b.until)
}

// wander is a day without a rule: up to three stays anywhere, at any time.
func (b *diary) wander(n int) {
	r := b.r
	b.d.rise += int(r.normal(60))
	at := b.d.rise + 30 + r.below(180)
	for range r.below(4) {
		to := []Place{b.d.person.work(n), b.shop(), b.spot()}[r.below(3)]
		b.visit(to, at, at+20+r.below(240))
		at = b.until + 10 + r.below(120)
		if r.chance(0.5) {
			b.home()
		}
	}
	b.home()
}

// turn is the shift of a day: 0 early, 1 late, 2 night; -1 for a day off. Shifts change
// weekly, and the two days off wander through the week.
func (p *Person) turn(n int) int {
	if n < 0 || p.away(n, n) != nil {
		return -1
	}
	if week := (n + p.habit.cycle*2) / 7; (n+week*5)%7 >= 2 {
		return (week + p.habit.cycle) % 3
	}
	return -1
}

// shift is a day of somebody who works in rotating shifts.
func (b *diary) shift(n int) {
	p, r := b.d.person, b.r
	at := p.work(n)
	if p.turn(n-1) == 2 { // home from the night
		b.begin(at, 6*60+r.below(15))
		b.d.rise = 13*60 + r.below(90)
	}
	switch p.turn(n) {
	case 0:
		b.d.rise = min(b.d.rise, 4*60+50)
		b.visit(at, 5*60+45+r.below(10), 14*60+5+r.below(15))
		b.evening(n, 14*60+20)
	case 1:
		b.d.rise, b.d.bed = max(b.d.rise, 8*60), 1430
		if r.chance(0.4) {
			b.visit(b.shop(), 10*60+r.below(60), 11*60+20)
			b.home()
		}
		b.visit(at, 13*60+45+r.below(10), 22*60+5+r.below(15))
		b.home()
	case 2:
		b.d.bed = 1440
		b.visit(b.shop(), 17*60+r.below(60), 18*60+20)
		b.home()
		b.visit(at, 21*60+45+r.below(10), 1440)
		b.night = true
	default:
		b.free(n, r)
	}
}

// travel is a day of a trip.
func (b *diary) travel(t *Trip, n int) {
	r := b.r
	if n == t.From {
		b.until = b.d.rise + 30
		b.visit(t.Hotel, 0, 0)
		return
	}
	b.cursor.Place = t.Hotel
	if n == t.To {
		b.until = 9*60 + r.below(240)
		b.visit(b.d.person.home.at(n), 0, 0)
		return
	}
	if t.Business {
		b.visit(t.venues[0], 9*60+r.below(30), 16*60+r.below(120))
	} else {
		b.visit(t.Hotel.somewhere(r, Venue, 0.5, 25), 10*60+r.below(120), 14*60+r.below(180))
	}
	b.visit(t.Hotel, 0, 0)
	if r.chance(0.6) {
		b.visit(t.venues[1+r.below(2)], 19*60+r.below(60), 21*60+r.below(60))
		b.visit(t.Hotel, 0, 0)
	}
}
