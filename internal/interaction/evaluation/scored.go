package evaluation

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// Group is a subgroup of honest requests.
type Group uint8

// The subgroups. Each request has one of the first six.
const (
	AtHome Group = iota
	AtWork
	Shops // and cafés, sports, friends
	NewPlace
	Travel
	TravelNotice
	Shift
	Moved
	Swapped
	NoWearable
	groups
)

// String returns the name that reports use.
func (g Group) String() string {
	return [groups + 1]string{"at home", "at work", "shops and leisure", "at a new place", "traveling", "traveling, with notice", "shift workers", "moved 0–13 days ago", "device swapped 0–6 days ago", "without a wearable", "all"}[min(g, groups)]
}

// Groups is a set of subgroups.
type Groups uint16

func (g Groups) with(x Group) Groups { return g | 1<<x }

// Has reports whether the subgroup is in the set.
func (g Groups) Has(x Group) bool { return g>>x&1 == 1 }

// Scored is what both methods say of a moment.
type Scored struct {
	Person, Day int
	Attack      household.Attack // Honest for the person's own
	Groups      Groups
	Cents       int
	Sum         float64 // of package judge
	Amount      float64 // what the amount has to do with it
	Set         float64 // of the baseline
	Confidence  float64
	Terms       int // of the explanation
}

// Span is a number of days, To left out.
type Span struct{ From, To int }

// Has reports whether a day is in the span.
func (s Span) Has(day int) bool { return s.From <= day && day < s.To }

// Plan says what is replayed.
type Plan struct {
	Town    *household.Town
	People  int
	Policy  judge.Policy
	Attacks []household.Attack
	Spans   []Span // in each of them every person is attacked Tries times by each kind
	Tries   int
}

// Replay lets people live and judges their requests, and those of their attackers, with
// what was known then. The order is by person, then time.
func Replay(o Plan) []Scored { return parallel(o.People, o.live) }

// parallel does something for each of n people, and keeps their order.
func parallel(n int, f func(int) []Scored) (out []Scored) {
	each := make([][]Scored, n)
	var all sync.WaitGroup
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := range work {
				each[i] = f(i)
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	all.Wait()
	for _, s := range each {
		out = append(out, s...)
	}
	return out
}

// live is one person's life.
func (o Plan) live(n int) (all []Scored) {
	p := o.Town.Person(n)
	l := newLearner(o.Town, p, o.Policy)
	attacks := o.attacks(p)
	for day := range o.Town.Days {
		moments := attacks[day]
		for _, q := range p.Requests(day) {
			moments = append(moments, p.Ask(q))
		}
		slices.SortStableFunc(moments, func(a, b household.Moment) int { return a.Request.At.Compare(b.Request.At) })
		for i := range moments {
			all = append(all, l.judge(&moments[i]))
		}
	}
	return all
}

// attacks draws the attacks on a person, by day.
func (o Plan) attacks(p *household.Person) map[int][]household.Moment {
	all := map[int][]household.Moment{}
	for _, kind := range o.Attacks {
		for i, span := range o.Spans {
			for try := range o.Tries {
				r := random{o.Town.Seed ^ uint64(p.Number)<<20 ^ uint64(i)<<8 ^ uint64(try)} //nolint:gosec // any bits
				day := span.From + r.below(span.To-span.From)
				if m, ok := p.Attack(kind, day, try); ok {
					day, _ = o.Town.Day(m.Request.At)
					all[day] = append(all[day], m)
				}
			}
		}
	}
	return all
}

// Start is the first day of all replays: four weeks before the clocks go forward.
func Start() time.Time { return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) }
