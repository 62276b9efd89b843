package household

// diary writes the stays of a day, one after the other.
type diary struct {
	d      *Day
	r      *random
	cursor Stay // the stay that is not finished
	until  int  // it lasts at least until then
	night  bool // the day ends where it is
}

// begin says that the day begins elsewhere than at home, until a minute.
func (b *diary) begin(at Place, until int) {
	b.cursor, b.until = Stay{Place: at}, until
	b.home()
}

// visit goes to a place to arrive at a minute, and stays at least until another one.
func (b *diary) visit(to Place, arrive, leave int) {
	if b.cursor.Place == to {
		b.until = max(b.until, leave)
		return
	}
	way, long := b.route(b.cursor.Place, to)
	depart := max(arrive-long, b.until, b.cursor.From+1)
	if depart+long >= 1439 {
		return // too late for today
	}
	b.walk(to, way, depart, long)
	b.until = max(leave, depart+long+10)
}

func (b *diary) walk(to Place, way Way, depart, long int) {
	from := b.cursor
	from.To = depart
	b.d.Stays = append(b.d.Stays, from, Stay{From: depart, To: depart + long, Place: to, Way: way, from: from.Place})
	b.cursor = Stay{From: depart + long, Place: to}
}

// home goes home at once, if the person is not there.
func (b *diary) home() {
	if at := b.d.person.home.at(b.d.Number); b.cursor.Place != at {
		b.visit(at, 0, 0)
	}
}

// close ends the day, at home unless the night goes on.
func (b *diary) close() {
	if b.d.Trip == nil && !b.night {
		b.home()
	}
	b.cursor.To = 1440
	b.d.Stays = append(b.d.Stays, b.cursor)
}

// route is how one gets to a place, and the minutes that it takes.
func (b *diary) route(from, to Place) (Way, int) {
	km := from.Kilometers(to) * 1.3
	_, car := b.d.person.has(Vehicle, b.d.Number)
	switch {
	case km > 700:
		return Flying, min(180+int(km/13), 600)
	case km > 60:
		if car && b.d.person.habit.drives {
			return Driving, int(km / 90 * 60)
		}
		return Riding, int(km/100*60) + 20
	case km < 1.2:
		return Riding, 2 + int(km*12)
	case car && b.d.person.habit.drives && b.d.Trip == nil:
		return Driving, 4 + int(km*1.7)
	}
	return Riding, 7 + int(km*2.6)
}

// shop is a shop that the person chooses: with a long tail among those that they know,
// one in twelve never seen before.
func (b *diary) shop() Place {
	p := b.d.person
	if b.r.chance(1.0 / 12) {
		at := p.home.at(b.d.Number).somewhere(b.r, Shop, 0.5, 20)
		at.New = true
		return at
	}
	if n := b.d.Number; p.Moved > 0 && n >= p.Moved && b.r.chance(0.7) { // new shops near the new home
		r := stream(p.town.Seed, forHome, uint64(p.Number), 1, uint64(b.r.skewed(6))) //nolint:gosec // not negative
		return p.home.next.somewhere(r, Shop, 0.1, 3)
	}
	return p.shops[b.r.skewed(len(p.shops))]
}

func (b *diary) spot() Place {
	if b.r.chance(1.0 / 15) {
		at := b.d.person.home.at(b.d.Number).somewhere(b.r, Leisure, 1, 25)
		at.New = true
		return at
	}
	return b.d.person.spots[b.r.skewed(len(b.d.person.spots))]
}
