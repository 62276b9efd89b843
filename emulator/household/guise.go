package household

import "time"

// from is a clone's request at a place: the clone reports for some hours that it is at
// seeming (where that is a place) with devices that it pretends to meet.
func (a *attacker) from(place, seeming Place, near []Device) Moment {
	if seeming == (Place{}) {
		seeming = place
	}
	m := Moment{Since: a.at.Add(-windowOfReports), Request: a.ask(place)}
	for at := m.Since.Add(time.Minute); at.Before(a.at.Add(-fresh)); at = at.Add(tick) {
		m.Reports = append(m.Reports, a.poll(at, seeming, near, false))
	}
	m.Reports = append(m.Reports, a.poll(a.at.Add(-fresh), seeming, near, true))
	return m
}

// pretend is a clone far away that reports the victim's home or usual shop, and names
// devices that prove nothing, as the kind of attack is. The request is made online, or
// at a terminal that does not say where it stands.
func (a *attacker) pretend(day int) (Moment, bool) {
	seeming := a.p.home.at(day)
	if a.r.chance(0.3) {
		seeming = a.p.shops[0]
	}
	var near []Device
	for _, v := range a.p.Devices {
		if a.kind == ClonedDevices && v.On(day) && v.Proof == Identifier && (v.Group == AtHome) == (seeming.Kind == Home) && v.Group != InCar && v.Group != AtWork {
			near = append(near, v)
		}
	}
	m := a.from(a.far(), seeming, near)
	m.Request.Access = 0
	return m, a.kind == ClonedPlace || len(near) > 0
}

// burglar uses the phone in the victim's home while the victim is out: what is worn and
// carried is out, too.
func (a *attacker) burglar(day int) (Moment, bool) {
	d := a.w.day(day)
	minute, ok := a.minute(d, func(s *Stay) bool { return s.Way == Still && s.Place.Kind != Home })
	if !ok || d.Trip != nil {
		return Moment{}, false
	}
	a.at = a.p.instant(d, minute)
	empty := *d
	empty.Watched, empty.Listened = false, false
	home := Stay{Place: a.p.home.at(day)}
	var near []Device
	for _, v := range a.p.Devices {
		carried := v.Kind == Laptop && d.Carried || v.Kind == Tablet && d.CarriedTablet || v.Kind == Wearable && d.Worn || v.Kind == Headset
		if v.On(day) && !carried && a.r.chance(empty.sighted(v, minute, &home)) {
			near = append(near, v)
		}
	}
	since := a.theft()
	m := Moment{Since: since, Request: a.ask(home.Place), Reports: a.p.until(since, a.at)}
	m.Request.Channel, m.Request.Access = Online, 0
	for at := a.at.Add(-20 * time.Minute); at.Before(a.at.Add(-fresh)); at = at.Add(tick) {
		if at.After(since) {
			m.Reports = append(m.Reports, a.poll(at, home.Place, near, false))
		}
	}
	m.Reports = append(m.Reports, a.poll(a.at.Add(-fresh), home.Place, near, true))
	return m, true
}

// minute draws a minute of the day, of 8:00 to 23:00, that is on a stay of a kind.
func (a *attacker) minute(d *Day, fits func(*Stay) bool) (int, bool) {
	for range 50 {
		minute := 8*60 + a.r.below(15*60)
		if _, s := d.At(minute); fits(s) {
			return minute, true
		}
	}
	return 0, false
}

// insider asks from the person's phone, in the person's home, with all that is there.
func (a *attacker) insider(day int) (Moment, bool) {
	d := a.w.day(day)
	minute, ok := a.minute(d, func(s *Stay) bool { return s.Way == Still && s.Place.Kind == Home })
	if !ok {
		return Moment{}, false
	}
	a.at = a.p.instant(d, minute)
	m := a.real(a.ask(a.p.home.at(day)))
	m.Request.Channel, m.Request.Access = Online, 0
	return m, true
}

// relay is a payment far from the phone, which reports the truth. Three terminals in
// ten do not say where they stand.
func (a *attacker) relay(day int) Moment {
	d := a.w.day(day)
	if minute, ok := a.minute(d, func(s *Stay) bool { return s.Way == Still }); ok {
		a.at = a.p.instant(d, minute)
	}
	q := a.p.ask(a.r, a.at, a.p.home.place.around(Shop, a.r.between(5, 500), a.r.float()), false)
	q.At, q.Cents = a.at, a.ask(q.Place).Cents
	return a.real(q)
}

// real is a request with the person's own reports, the last one because of it.
func (a *attacker) real(q Request) Moment {
	last := a.w.poll(a.at.Add(-fresh), -int(a.at.Unix()), true)
	last.Live, last.Sent = true, last.At.Add(2*time.Second) // whoever attacks waits for the network
	return Moment{Request: q, Since: a.at, Reports: append(a.p.until(last.At, a.at), last)}
}

// replay sends an evening at home of an earlier day again.
func (a *attacker) replay(day int) Moment {
	m := Moment{Since: a.at.Add(-time.Hour), Request: a.ask(a.elsewhere())}
	then := a.p.town.Instant(day-1-a.r.below(6), 20*60)
	for _, e := range a.p.until(then, then) {
		e.Sent, e.Live, e.Truth.Attack = a.at.Add(-time.Minute), false, a.kind
		m.Reports = append(m.Reports, e)
	}
	return m
}

// Poison returns the moment of an attack by slow poisoning: for so many days before it,
// an hour a day, the attacker reports the place where the attack will be.
func (p *Person) Poison(day, try, days int) Moment {
	m, _ := p.Attack(Poisoned, day, try)
	a := &attacker{p: p, r: stream(p.town.Seed, forAttack, uint64(p.Number), uint64(day), uint64(try)), kind: Poisoned} //nolint:gosec // not negative
	for n := days; n >= 1; n-- {
		for at := time.Duration(0); at < time.Hour; at += tick {
			m.Before = append(m.Before, a.poll(m.Request.At.AddDate(0, 0, -n).Add(at-30*time.Minute), m.Request.Place, nil, false))
		}
	}
	return m
}
