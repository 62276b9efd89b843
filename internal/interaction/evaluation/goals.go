package evaluation

import (
	"fmt"

	"github.com/countersign-auth/countersign/emulator/household"
)

// Goal is something that was promised, and what came out.
type Goal struct {
	Text         string
	Value, Bound float64 // a share, points or days: met when the value is not above
	Unit         string  // "%", "points" or "days"
	Note         string
}

// Met reports whether the goal is met.
func (g Goal) Met() bool { return g.Value <= g.Bound }

// String is the value with its unit.
func (g Goal) String() string {
	if g.Unit == "days" {
		return fmt.Sprintf("%.0f days", g.Value)
	}
	return fmt.Sprintf("%.2f %s", g.Value, g.Unit)
}

// Goals are all of them. Those about recovery are left out of a short run.
func (r Results) Goals() (all []Goal) {
	percent := func(text string, s Share, bound float64) {
		all = append(all, Goal{Text: text, Value: 100 * s.Value, Bound: bound, Unit: "%", Note: s.interval()})
	}
	percent("customers who are not accepted, from day 7", Rejected(r.TestEvents, Judge(), Honest(From()), r.Accept), 5)
	percent("A1 accepted, from day 7", r.accepted(household.Stolen), 1)
	percent("A3a accepted, from day 7", r.accepted(household.Cloned), 1)
	percent("A2a accepted, from day 7", r.accepted(household.StolenBag), 8)
	percent("customers who are denied", r.denied(groups), 0.5)
	worst, which := r.worst()
	percent("customers who are denied in the worst subgroup ("+which.String()+")", worst, 5)
	more, where := r.behind()
	all = append(all, Goal{Text: "most that an attack is accepted more often than by the set", Value: 100 * more, Bound: 2, Unit: "points", Note: where})
	for _, x := range r.Recovery {
		all = append(all, Goal{Text: "until recovered from a " + x.Name, Value: float64(x.Days), Bound: map[bool]float64{true: 14, false: 3}[x.Name == "move"], Unit: "days"})
	}
	return all
}

func (r Results) accepted(kind household.Attack) Share {
	return Accepted(r.TestEvents, Judge(), Attacked(kind, From()), r.Accept)
}

func (r Results) denied(g Group) Share {
	return Rejected(r.TestEvents, Judge(), Honest(From()).Of(g), r.Deny)
}

// smallest is how many requests of a subgroup are needed to say something of it.
const smallest = 150

// worst is the subgroup that is denied most.
func (r Results) worst() (most Share, which Group) {
	for g := range groups {
		if s := r.denied(g); s.Of >= smallest && s.Value >= most.Value {
			most, which = s, g
		}
	}
	return most, which
}

// behind is the attack that the judge accepts most above the baseline, in any of the ages.
func (r Results) behind() (most float64, where string) {
	most = -1
	for _, kind := range household.Attacks() {
		for _, age := range append(Ages(), From()) {
			w := Attacked(kind, age)
			d := Accepted(r.TestEvents, Judge(), w, r.Accept).Value - Accepted(r.TestEvents, Set(), w, r.Set).Value
			if d > most {
				most, where = d, fmt.Sprintf("%s, days %d–%d", kind, age.From, age.To-1)
			}
		}
	}
	return most, where
}

// allAges are all parts of a life, the first days too.
func allAges() []Span { return append([]Span{{1, 3}, {3, 5}, {5, 7}}, Ages()...) }

// usable is the day from which on thieves and customers are told apart.
func (r Results) usable() (day int) {
	for _, age := range allAges() {
		thieves, people := Accepted(r.TestEvents, Judge(), Attacked(household.Stolen, age), r.Accept), Rejected(r.TestEvents, Judge(), Honest(age), r.Accept)
		if thieves.Value > 0.02 || people.Value > 0.06 {
			day = age.To
		}
	}
	return day
}

func (s Share) interval() string { return fmt.Sprintf("%.2f–%.2f", 100*s.Low, 100*s.High) }
