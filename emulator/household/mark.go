package household

import (
	"slices"
	"time"
)

// mark is an instant at which something happens beside the phone's own rhythm.
type mark struct {
	at   time.Time
	kind EventKind // Poll: a request makes the phone look
}

// marks are those from an instant to another one, which is left out.
func (w *watch) marks(from, to time.Time) (all []mark) {
	first, _ := w.p.Clock(from)
	last, _ := w.p.Clock(to)
	for n := first - 1; n <= last+1; n++ {
		for _, q := range w.p.requests(w.day(n)) {
			all = append(all, mark{q.At.Add(-fresh), Poll})
		}
		all = append(all, w.drives(w.day(n))...)
	}
	all = slices.DeleteFunc(all, func(m mark) bool { return m.at.Before(from) || !m.at.Before(to) })
	slices.SortFunc(all, func(a, b mark) int { return a.at.Compare(b.at) })
	return all
}

// drives are the channels to the person's car: from the beginning of a drive to its end.
func (w *watch) drives(d *Day) (all []mark) {
	if _, car := w.p.has(Vehicle, d.Number); !car || !d.Bluetooth {
		return nil
	}
	for _, s := range d.Stays {
		if s.Way == Driving {
			all = append(all, mark{w.p.instant(d, s.From), Connect}, mark{w.p.instant(d, s.To).Add(-time.Second), Disconnect})
		}
	}
	return all
}

// mark is what is reported of one.
func (w *watch) mark(m mark) Event {
	n := -int(m.at.Unix())
	e := w.poll(m.at, n, m.kind == Poll)
	if m.kind == Poll {
		return e
	}
	r := w.stream(n)
	r.state += 17
	day, _ := w.p.Clock(m.at)
	car, _ := w.p.has(Vehicle, day)
	e.Kind, e.Cell, e.Activity = m.kind, 0, false
	e.Device, e.Seen = car.Number, []Sighting{{car.Number, proof(car, r.chance(0.9), false), false}}
	return e
}
