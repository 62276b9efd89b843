package household

import (
	"math"
	"time"
)

// Attack is a kind of attacks; "" for the person's own requests.
type Attack string

// The attacks; see the package comment.
const (
	Honest          Attack = ""
	Stolen          Attack = "A1"
	StolenBag       Attack = "A2a"
	StolenAtHome    Attack = "A2b"
	Cloned          Attack = "A3a"
	ClonedPlace     Attack = "A3b"
	ClonedDevices   Attack = "A3c"
	Insider         Attack = "A4"
	Relayed         Attack = "A5"
	Poisoned        Attack = "A6"
	Replayed        Attack = "A7"
	EnrolledBefore  Attack = "A8"
	windowOfReports        = 6 * time.Hour
)

// Attacks lists the kinds.
func Attacks() []Attack {
	return []Attack{Stolen, StolenBag, StolenAtHome, Cloned, ClonedPlace, ClonedDevices, Insider, Relayed, Poisoned, Replayed, EnrolledBefore}
}

// Moment is a request, and what was reported before it.
type Moment struct {
	Person  int
	Attack  Attack
	Request Request
	Since   time.Time // when the attacker got the phone or began to be it; zero for nobody
	Reports []Event   // of the six hours before, as far as the server has them
	// Before are an attacker's reports of the weeks before, to be learned with the rest.
	Before []Event
	// Enrolled is a device that the attacker registered, by number; 0 for none.
	Enrolled int
	Truth    Truth
}

// Ask returns the moment of one of the person's own requests.
func (p *Person) Ask(q Request) Moment {
	m := Moment{Person: p.Number, Request: q}
	m.Reports = p.until(q.At, q.At)
	m.Truth = Truth{Place: q.Place.Kind, New: q.Place.New}
	return m
}

// until are the person's own reports before an instant that have arrived at another.
func (p *Person) until(end, now time.Time) (all []Event) {
	for e := range p.Between(now.Add(-windowOfReports), end) {
		if !e.Sent.After(now) {
			all = append(all, e)
		}
	}
	return all
}

// Attack makes an attack on the person up, on a day. The try says which of several; ok
// is false where the person has nothing that the attack needs on that day.
func (p *Person) Attack(kind Attack, day, try int) (m Moment, ok bool) {
	r := stream(p.town.Seed, forAttack, uint64(p.Number), uint64(day), uint64(try), uint64(kind[1]), uint64(kind[len(kind)-1])) //nolint:gosec // not negative
	a := &attacker{p: p, r: r, w: &watch{p: p, days: map[int]*Day{}}, kind: kind}
	a.at = p.town.Instant(day, 8*60+r.below(15*60)).Add(time.Duration(r.below(60)) * time.Second)
	m, ok = a.strike(day)
	m.Person, m.Attack, m.Truth.Attack, m.Truth.Place = p.Number, kind, kind, m.Request.Place.Kind
	return m, ok
}

// attacker is somebody who wants to be the person.
type attacker struct {
	p    *Person
	r    *random
	w    *watch
	kind Attack
	at   time.Time
}

func (a *attacker) strike(day int) (Moment, bool) {
	switch a.kind {
	case Stolen:
		return a.with(a.theft(), nil, 0), true
	case StolenBag:
		bag, ok := a.bag(day)
		return a.with(a.theft(), bag, 0), ok
	case EnrolledBefore:
		number := len(a.p.Devices) + 1
		return a.with(a.theft(), []Device{{Number: number, Kind: Wearable, Group: OnBody, Proof: Signed}}, number), true
	case StolenAtHome:
		return a.burglar(day)
	case Cloned:
		return a.from(a.far(), a.far(), nil), true
	case ClonedPlace, ClonedDevices:
		return a.pretend(day)
	case Insider:
		return a.insider(day)
	case Relayed:
		return a.relay(day), true
	case Poisoned:
		return a.from(a.elsewhere(), Place{}, nil), true
	case Replayed:
		return a.replay(day), true
	case Honest:
	}
	return Moment{}, false
}

// theft is when the phone was stolen: ten minutes to twelve hours ago.
func (a *attacker) theft() time.Time {
	return a.at.Add(-time.Duration(10 * math.Pow(72, a.r.float()) * float64(time.Minute)))
}

// elsewhere is where a thief uses a phone: in the town, near it or far away.
func (a *attacker) elsewhere() Place {
	home := a.p.home.place
	switch x := a.r.float(); {
	case x < 0.6:
		return home.around(Shop, a.r.between(2, 15), a.r.float())
	case x < 0.85:
		return home.around(Shop, a.r.between(15, 60), a.r.float())
	}
	return home.around(Shop, a.r.between(60, 600), a.r.float())
}

func (a *attacker) far() Place {
	return a.p.home.place.around(Shop, a.r.between(200, 3000), a.r.float())
}

// bag is a portable device that was stolen, too; one that is worn only if there is no
// other.
func (a *attacker) bag(day int) (bag []Device, ok bool) {
	var worn []Device
	for _, v := range a.p.Devices {
		switch {
		case !v.Portable || !v.On(day):
		case v.Kind == Wearable:
			worn = append(worn, v)
		default:
			bag = append(bag, v)
		}
	}
	if len(bag) == 0 {
		bag = worn
	}
	if len(bag) == 0 {
		return nil, false
	}
	one := a.r.below(len(bag))
	return bag[one : one+1], true
}

// with is a thief's request: the person's own reports until the theft, then the thief's.
func (a *attacker) with(since time.Time, bag []Device, enrolled int) Moment {
	place := a.elsewhere()
	m := Moment{Since: since, Request: a.ask(place), Enrolled: enrolled}
	m.Reports = a.p.until(since, a.at)
	for at := since.Add(15 * time.Minute); at.Before(a.at.Add(-fresh)); at = at.Add(tick) {
		if e := a.poll(at, place, bag, false); at.After(a.at.Add(-windowOfReports)) {
			m.Reports = append(m.Reports, e)
		}
	}
	m.Reports = append(m.Reports, a.poll(a.at.Add(-fresh), place, bag, true))
	return m
}

// ask makes the attacker's request up: larger amounts, and more often online.
func (a *attacker) ask(place Place) Request {
	q := a.p.ask(a.r, a.at, place, a.r.chance(0.4))
	q.At, q.Account, q.Cents = a.at, false, int(20000*math.Exp(a.r.normal(0.7)))
	return q
}

// poll is what the phone reports in the attacker's hands.
func (a *attacker) poll(at time.Time, place Place, near []Device, fresh bool) Event {
	e := Event{Person: a.p.Number, Kind: Poll, At: at, Stamp: at, Sent: at.Add(2 * time.Second), Live: true, Offset: a.p.Offset(at), Cell: place.Cell()}
	e.Truth = Truth{Place: place.Kind, Fresh: fresh, Attack: a.kind, Strangers: a.r.skewed(6)}
	for _, v := range near {
		if seen, shown := a.r.chance(0.9), a.r.chance(0.9); seen {
			e.Seen = append(e.Seen, Sighting{v.Number, proof(v, shown, fresh), v.Kind == Wearable})
		}
	}
	return e
}
