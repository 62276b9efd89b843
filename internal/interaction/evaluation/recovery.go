package evaluation

import "github.com/countersign-auth/countersign/emulator/household"

// Recovery is how often people are rejected after their lives changed.
type Recovery struct {
	Name   string
	Before Share   // of the two weeks before
	After  []Share // by days since, over three days each
	Days   int     // first day whose week is at most tolerance above what it was
	Above  int     // last day whose three days are further above
}

// tolerance is how much more than before is taken for recovered.
const tolerance = 0.02

// after is how many days are looked at.
const after = 21

// recover lets everybody's life change in the sixth week.
func (o Options) recover(name string, rates household.Rates, threshold float64) (out Recovery) {
	rates.Earliest, rates.Latest = 35, 42
	t := o.town(o.Test + 1)
	t.Rates = rates
	changed := map[int]int{}
	for n := range o.People / 2 {
		p := t.Person(n)
		changed[n] = max(p.Moved, p.Swapped)
	}
	all := Replay(Plan{Town: t, People: o.People / 2, Policy: o.Policy})
	share := func(from, to int) Share {
		return Rejected(all, Judge(), func(s Scored) bool {
			n := s.Day - changed[s.Person]
			return changed[s.Person] > 0 && n >= from && n < to
		}, threshold)
	}
	out = Recovery{Name: name, Before: share(-14, 0), Days: after, Above: -1}
	for day := range after {
		x := share(day, day+3)
		if out.After = append(out.After, x); x.Value > out.Before.Value+tolerance {
			out.Above = day
		}
		if week := share(day, day+7); out.Days == after && week.Value <= out.Before.Value+tolerance {
			out.Days = day
		}
	}
	return out
}
