package evaluation

import (
	"slices"

	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/internal/interaction/pattern"
)

// Dose is how often an attack succeeds after so many days of poisoning.
type Dose struct {
	Days          int
	Accepted      Share // by the judge, at the threshold
	Allowed, Sets Share // without restrictions; by the baseline
}

// doses are the days that are tried.
func doses() []int { return []int{0, 1, 2, 3, 5, 7, 14, 28} }

// struck is the day of the attacks by poisoning, on people who have been known for
// more than forty days.
const struck = 60

// poison lets attackers report the place of an attack for some days before it.
func (o Options) poison(t Thresholds) (out []Dose) {
	people := max(o.People/8, 20)
	town := o.town(o.Test)
	for _, n := range doses() {
		each := parallel(people, func(i int) []Scored {
			p := town.Person(i)
			m := p.Poison(struck, 0, n)
			l := newLearner(town, p, o.Policy)
			l.fed = struck - 42
			l.extra = map[int][]household.Event{}
			for _, e := range m.Before {
				day, _ := town.Day(e.At)
				l.extra[day] = append(l.extra[day], e)
			}
			return []Scored{l.judge(&m)}
		})
		w := Attacked(household.Poisoned, Span{0, days + 1})
		out = append(out, Dose{n, Accepted(each, Judge(), w, t.Accept), Accepted(each, Judge(), w, o.Policy.Allow), Accepted(each, Set(), w, t.Set)})
	}
	return out
}

// merged are the reports of a day, with what an attacker reports.
func (l *learner) merged(day int) []household.Event {
	all := slices.AppendSeq(l.extra[day], l.p.Events(day, day+1))
	slices.SortStableFunc(all, func(a, b household.Event) int { return a.At.Compare(b.At) })
	return all
}

// Cost is what is kept of a person.
type Cost struct{ Mean, Most int } // octets

// cost measures what is kept after all days, for some people.
func (o Options) cost() (c Cost) {
	people := min(o.People, 100)
	town := o.town(o.Test)
	for _, s := range parallel(people, func(i int) []Scored {
		l := newLearner(town, town.Person(i), o.Policy)
		l.to(days)
		l.builder.Take(town.Instant(days, 0), func(s *pattern.Slot) { l.state.Learn(s) })
		return []Scored{{Terms: len(l.state.Append(nil))}}
	}) {
		c.Mean, c.Most = c.Mean+s.Terms, max(c.Most, s.Terms)
	}
	c.Mean /= people
	return c
}
