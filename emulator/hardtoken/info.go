package hardtoken

import (
	"fmt"
	"time"
)

// page is one thing that the info key shows.
type page struct {
	say      Saying
	function Function // of SayCounter
}

// pages lists them: the counters, the clock if a function uses it, the end of
// the battery.
func (t *Token) pages() (all []page) {
	timed := false
	for _, f := range t.model.Functions {
		if f.Counts() {
			all = append(all, page{SayCounter, f})
		}
		timed = timed || f.Timed()
	}
	if timed {
		all = append(all, page{say: SayDate}, page{say: SayTime})
	}
	return append(all, page{say: SayExpires})
}

// turn starts to show the counters and the clock, or goes on to the next page.
func (t *Token) turn() {
	s := &t.state
	next := 0
	if s.Phase == ShowInfo {
		next = (s.Page + 1) % len(t.pages())
	}
	s.begin()
	if s.Phase, s.Page = ShowInfo, next; s.Locked {
		s.Phase, s.Page = Locked, 0
	}
}

// info draws a page: a letter that says what it is, and a number. A counter is
// that of the next code, so the number of codes made so far; it has eight places.
// Dates and times are UTC.
func (t *Token) info(now time.Time) Display {
	const places = 100_000_000
	p := t.pages()[t.state.Page]
	d := Display{Say: p.say}
	switch p.say {
	case SayCounter:
		d.Function, d.Counter = p.function.Name, t.state.Counters[p.function.Name]
		letter := p.function.Key
		if letter == Button {
			letter = 'C' // a token without keypad has one counter
		}
		d.Text = fmt.Sprintf("%s%8d", letter, d.Counter%places)
	case SayDate:
		d.Clock = t.state.Clock.At(now).UTC()
		d.Text = d.Clock.Format("D20060102")
	case SayTime:
		d.Clock = t.state.Clock.At(now).UTC()
		d.Text = d.Clock.Format("T15-04-05")
	default:
		d.Clock = t.unit.Expires.UTC()
		d.Text = d.Clock.Format("E20060102")
	}
	return d
}
