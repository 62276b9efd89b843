package household

import (
	"math"
	"slices"
	"time"

	"github.com/golang/geo/s2"
)

// Channel is how a request is made.
type Channel string

// The channels.
const (
	Terminal Channel = "terminal" // a card terminal, a machine
	Online   Channel = "online"
)

// Request asks for an authorization.
type Request struct {
	At      time.Time
	Channel Channel
	Account bool      // asks for account information only
	Cents   int       // of a payment
	Access  s2.CellID // where the terminal says that it stands; 0 where it does not say
	Place   Place     // truth: where the asker is
}

// Requests are what the person asks for on a civil day, in the order of time.
func (p *Person) Requests(day int) []Request { return p.requests(p.Day(day)) }

func (p *Person) requests(d *Day) (all []Request) {
	r := stream(p.town.Seed, forRequest, uint64(p.Number), uint64(d.Number+1)) //nolint:gosec // not negative
	for i := range d.Stays {
		s := &d.Stays[i]
		chance, online := s.asks()
		draw, where := r.chance(min(chance*p.habit.spends, 0.95)), r.float()
		minute, seed := s.From+int(where*float64(s.To-s.From)), r.next()
		if !draw || d.Asleep(minute) {
			continue
		}
		if s.Place.Kind == Shop {
			minute = max(s.From, s.To-2-int(where*6))
		}
		all = append(all, p.ask(&random{seed}, p.instant(d, minute), s.Place, online))
	}
	slices.SortFunc(all, func(a, b Request) int { return a.At.Compare(b.At) })
	return all
}

// instant is when the person's own clock shows a minute of a day.
func (p *Person) instant(d *Day, minute int) time.Time {
	at := p.town.Instant(d.Number, minute)
	if t := d.Trip; t != nil && d.Number > t.From && d.Number < t.To {
		at = at.Add(-time.Duration(t.Offset) * time.Minute)
	}
	return at
}

// asks is the chance of a request during a stay, and whether it is made online.
func (s *Stay) asks() (chance float64, online bool) {
	if s.Way != Still {
		return 0, false
	}
	hours := float64(s.To-s.From) / 60
	switch s.Place.Kind {
	case Shop:
		return 0.8, false
	case Leisure, Hotel, Venue:
		return 0.45, false
	case Work:
		return 0.02 * hours, true
	case Home:
		return 0.06 * hours, true
	case Visit, OnWay:
	}
	return 0, false
}

// ask makes a request up: amounts around 32 with a long tail; three terminals in ten do
// not say where they stand, and one in fifty says something wrong.
func (p *Person) ask(r *random, at time.Time, place Place, online bool) Request {
	q := Request{At: at.Add(time.Duration(r.below(60)) * time.Second), Channel: Terminal, Place: place, Cents: int(3200 * math.Exp(r.normal(0.9)))}
	account, says, wrong := r.chance(0.4), r.chance(0.7), r.chance(0.02)
	if online {
		q.Channel, q.Account = Online, account
		if account {
			q.Cents = 0
		}
		return q
	}
	stands := place.around(Shop, r.between(0, 0.2), r.float())
	if wrong {
		stands = place.around(Shop, r.between(20, 400), r.float())
	}
	if says {
		q.Access = stands.Cell()
	}
	return q
}
