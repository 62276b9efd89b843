package household

import (
	"iter"
	"slices"
	"time"
)

// tick is how often a phone looks around.
const tick = 15 * time.Minute

// Events are what the person's phone reports of the days from and to, to left out, in
// the order in which it happened.
func (p *Person) Events(from, to int) iter.Seq[Event] {
	return p.Between(p.town.Instant(from, 0), p.town.Instant(to, 0))
}

// Between are the events from an instant to another one, which is left out.
func (p *Person) Between(from, to time.Time) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		w := &watch{p: p, days: map[int]*Day{}}
		marks := w.marks(from, to)
		for n := int(from.Sub(p.town.Start)/tick) - 1; ; n++ {
			at := w.at(n)
			for ; len(marks) > 0 && marks[0].at.Before(at); marks = marks[1:] {
				if !yield(w.mark(marks[0])) {
					return
				}
			}
			if !at.Before(to) {
				return
			}
			if at.Before(from) || w.skips(at, n) {
				continue
			}
			e := w.poll(at, n, false)
			if !yield(e) || !w.measure(e, n, yield) {
				return
			}
		}
	}
}

// watch is a phone that looks around.
type watch struct {
	p    *Person
	days map[int]*Day
}

func (w *watch) day(n int) *Day {
	if w.days[n] == nil {
		if len(w.days) > 4 {
			clear(w.days)
		}
		w.days[n] = w.p.Day(n)
	}
	return w.days[n]
}

func (w *watch) stream(n int) *random {
	return stream(w.p.town.Seed, forPoll, uint64(w.p.Number), uint64(n)) //nolint:gosec // wraps around
}

// at is when the phone looks for the n-th time: not exactly every quarter of an hour.
func (w *watch) at(n int) time.Time {
	jitter := time.Duration(w.stream(n).float() * float64(5*time.Minute))
	return w.p.town.Start.Add(time.Duration(n)*tick + jitter).Truncate(time.Second)
}

// skips reports whether the system lets the phone sleep, or it is in the air.
func (w *watch) skips(at time.Time, n int) bool {
	r := w.stream(n)
	r.next()
	day, minute := w.p.Clock(at)
	d := w.day(day)
	if _, s := d.At(minute); s.Way == Flying {
		return true
	}
	return r.chance(w.p.habit.skip) || w.p.habit.sleeps && d.Asleep(minute) && n%8 != 0
}

// fresh is how long before a request the phone looks because of it.
const fresh = 20 * time.Second

// poll looks around at an instant.
func (w *watch) poll(at time.Time, n int, fresh bool) Event {
	r := w.stream(n)
	r.state += 7
	day, minute := w.p.Clock(at)
	d := w.day(day)
	place, s := d.At(minute)
	e := Event{Person: w.p.Number, Kind: Poll, At: at, Offset: w.p.Offset(at), Truth: Truth{Place: place.Kind, New: place.New, Fresh: fresh}}
	if e.Seen = d.look(r, minute, s, fresh); d.Places {
		e.Cell = place.Cell()
	}
	e.Activity = d.Worn && !d.Asleep(minute) && w.sees(e, Wearable, day) && r.chance(0.9)
	if e.Truth.Strangers = r.skewed(6); d.Guest && place.Kind == Home && minute > 15*60 {
		e.Truth.Strangers += 2
	}
	w.send(&e, d, minute)
	return e
}

func (w *watch) sees(e Event, k Kind, day int) bool {
	v, owned := w.p.has(k, day)
	return owned && slices.ContainsFunc(e.Seen, func(s Sighting) bool { return s.Device == v.Number })
}

// send says when the event arrives: at once, or when there is network again.
func (w *watch) send(e *Event, d *Day, minute int) {
	e.Live, e.Sent, e.Stamp = true, e.At.Add(2*time.Second), e.At.Add(w.p.habit.skew)
	if off := d.Offline; minute >= off[0] && minute < off[1] {
		e.Live, e.Sent = false, e.At.Add(time.Duration(off[1]-minute)*time.Minute)
		if !d.Stamped {
			e.Stamp = time.Time{}
		}
	}
}

// measure reports what a thermostat and a headset measure, once an hour.
func (w *watch) measure(e Event, n int, yield func(Event) bool) bool {
	if n%4 != 0 {
		return true
	}
	r := w.stream(n)
	r.state += 13
	day, minute := w.p.Clock(e.At)
	value := Event{Person: e.Person, Kind: Context, At: e.At, Stamp: e.Stamp, Sent: e.Sent, Live: e.Live, Offset: e.Offset, Truth: e.Truth}
	if v, _ := w.p.has(Thermostat, day); w.sees(e, Thermostat, day) {
		value.Device, value.Name, value.Number = v.Number, "temperature", when(w.day(day).Asleep(minute), 17.5, 20.5)+r.normal(0.5)
		if !yield(value) {
			return false
		}
	}
	if v, _ := w.p.has(Headset, day); w.sees(e, Headset, day) {
		value.Device, value.Name, value.Number = v.Number, "volume", 30+float64(w.p.Number%40)+r.normal(5)
		return yield(value)
	}
	return true
}
