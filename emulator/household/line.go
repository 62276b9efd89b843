package household

import (
	"iter"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
)

// Card is who a person is, for the head of their lines.
type Card struct {
	Person    int       `json:"person"`
	Home      int       `json:"home"`
	Archetype Archetype `json:"archetype"`
	Devices   []Owned   `json:"devices"`
	Moved     int       `json:"moved,omitzero"` // days
	Job       int       `json:"job,omitzero"`
	Swapped   int       `json:"swapped,omitzero"`
}

// Owned is a device on a card.
type Owned struct {
	Number int   `json:"number"`
	Kind   Kind  `json:"kind"`
	Group  Group `json:"group"`
	Proof  Proof `json:"proof"` // what it can give
	From   int   `json:"from"`  // day
	To     int   `json:"to,omitzero"`
}

// Card says who the person is.
func (p *Person) Card() Card {
	c := Card{Person: p.Number, Home: p.Home, Archetype: p.Archetype, Moved: p.Moved, Job: p.Job, Swapped: p.Swapped}
	for _, d := range p.Devices {
		c.Devices = append(c.Devices, Owned{d.Number, d.Kind, d.Group, d.Proof, d.From, d.To})
	}
	return c
}

// Line is a batch of reports, or a request; one of them is set.
type Line struct {
	Person  int           `json:"person"`
	At      time.Time     `json:"at"` // when the server gets it
	Batch   *report.Batch `json:"batch,omitempty"`
	Request *Asked        `json:"request,omitempty"`
	// Before are the reports before a request, where it is an attack's.
	Before *report.Batch `json:"before,omitempty"`
	Truth  *LineTruth    `json:"truth,omitempty"`
}

// Asked is a request on a line.
type Asked struct {
	Channel Channel `json:"channel"`
	Account bool    `json:"account,omitzero"`
	Cents   int     `json:"cents"`
	Cell    string  `json:"cell,omitzero"` // of the terminal
}

// LineTruth is what the server is not told.
type LineTruth struct {
	Attack    Attack        `json:"attack,omitzero"`
	Place     PlaceKind     `json:"place"`
	Strangers int           `json:"strangers,omitzero"`
	Proofs    map[int]Proof `json:"proofs,omitempty"` // by number of the device
	Lag       int           `json:"lag,omitzero"`     // seconds that the report is late
	Lat       float64       `json:"lat,omitzero"`
	Lon       float64       `json:"lon,omitzero"`
}

// Lines are what the server gets of the person on the days from and to, to left out, in
// the order in which it gets it within a day.
func (p *Person) Lines(from, to int, truth bool) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for day := from; day < to; day++ {
			for _, l := range p.linesOf(day, truth) {
				if !yield(l) {
					return
				}
			}
		}
	}
}

func (p *Person) linesOf(day int, truth bool) (all []Line) {
	var late []Event
	for e := range p.Events(day, day+1) {
		if e.Live || len(late) > 0 && (late[0].Offset != e.Offset || len(late) == report.MaxEvents/weight) {
			all = append(all, lateLine(late, truth)...)
			late = nil
		}
		if e.Live {
			all = append(all, line([]Event{e}, truth))
			continue
		}
		late = append(late, e)
	}
	all = append(all, lateLine(late, truth)...)
	for _, q := range p.Requests(day) {
		all = append(all, p.Ask(q).line(truth, false))
	}
	slices.SortStableFunc(all, func(a, b Line) int { return a.At.Compare(b.At) })
	return all
}

func lateLine(events []Event, truth bool) []Line {
	if len(events) == 0 {
		return nil
	}
	return []Line{line(events, truth)}
}

// line is a batch of events; its truth is that of the last one.
func line(events []Event, truth bool) Line {
	b, last := Batch(events), &events[len(events)-1]
	l := Line{Person: last.Person, At: last.Sent.UTC(), Batch: &b}
	if !truth {
		return l
	}
	l.Truth = &LineTruth{Attack: last.Truth.Attack, Place: last.Truth.Place, Strangers: last.Truth.Strangers, Lag: int(last.Sent.Sub(events[0].At).Seconds()), Proofs: map[int]Proof{}}
	for _, s := range last.Seen {
		l.Truth.Proofs[s.Device] = s.Proof
	}
	return l
}

// Line is the moment as a line, with what was reported before it.
func (m Moment) Line(truth bool) Line { return m.line(truth, true) }

func (m Moment) line(truth, before bool) Line {
	q := m.Request
	l := Line{Person: m.Person, At: q.At.UTC(), Request: &Asked{Channel: q.Channel, Account: q.Account, Cents: q.Cents}}
	if q.Access.IsValid() {
		l.Request.Cell = q.Access.ToToken()
	}
	if before && len(m.Reports) > 0 {
		b := Batch(m.Reports)
		l.Before = &b
	}
	if truth {
		l.Truth = &LineTruth{Attack: m.Attack, Place: m.Truth.Place, Lat: q.Place.Lat, Lon: q.Place.Lon}
	}
	return l
}
