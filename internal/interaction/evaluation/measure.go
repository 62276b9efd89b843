package evaluation

import (
	"math"
	"slices"

	"github.com/countersign-auth/countersign/emulator/household"
)

// Method is one of the two that are compared.
type Method struct {
	Name string
	Of   func(Scored) float64 // higher speaks for the customer
}

// Judge is the product's model, Set the baseline.
func Judge() Method { return Method{"judge", func(s Scored) float64 { return s.Sum }} }

// Plain is the judge without what the amount says: the baseline does not know it, and
// an attacker may ask for little.
func Plain() Method {
	return Method{"without the amount", func(s Scored) float64 { return s.Sum - s.Amount }}
}

// Set is the baseline.
func Set() Method { return Method{"set", func(s Scored) float64 { return s.Set }} }

// Wanted says which moments count.
type Wanted func(Scored) bool

// Honest wants the customers' own requests of a span.
func Honest(in Span) Wanted {
	return func(s Scored) bool { return s.Attack == household.Honest && in.Has(s.Day) }
}

// Attacked wants attacks of a kind in a span.
func Attacked(kind household.Attack, in Span) Wanted {
	return func(s Scored) bool { return s.Attack == kind && in.Has(s.Day) }
}

// Of narrows to a subgroup.
func (w Wanted) Of(g Group) Wanted {
	return func(s Scored) bool { return w(s) && (g >= groups || s.Groups.Has(g)) }
}

// Threshold is the value at and above which all but a share of the wanted are accepted.
func Threshold(all []Scored, m Method, w Wanted, rejected float64) float64 {
	values := sorted(all, m, w)
	if len(values) == 0 {
		return math.Inf(-1)
	}
	return values[int(rejected*float64(len(values)))]
}

func sorted(all []Scored, m Method, w Wanted) (values []float64) {
	for _, s := range all {
		if w(s) {
			values = append(values, m.Of(s))
		}
	}
	slices.Sort(values)
	return values
}

// Share is a part of the moments, with the interval that holds nineteen of twenty shares
// when people are drawn again.
type Share struct {
	Value, Low, High float64
	Of               int
}

// Accepted is the share of the wanted at or above a threshold.
func Accepted(all []Scored, m Method, w Wanted, threshold float64) Share {
	return shareOf(all, w, func(s Scored) bool { return m.Of(s) >= threshold })
}

// Rejected is the share of the wanted below a threshold.
func Rejected(all []Scored, m Method, w Wanted, threshold float64) Share {
	return shareOf(all, w, func(s Scored) bool { return m.Of(s) < threshold })
}

// shareOf counts by person, and draws persons again. Moments of one person stand together.
func shareOf(all []Scored, w Wanted, yes func(Scored) bool) (out Share) {
	var people [][2]int // yes, of
	last := -1
	for _, s := range all {
		if !w(s) {
			continue
		}
		if s.Person != last {
			people, last = append(people, [2]int{}), s.Person
		}
		p := &people[len(people)-1]
		if p[1]++; yes(s) {
			p[0]++
		}
		out.Of++
	}
	if out.Of == 0 {
		return out
	}
	out.Value = ratio(people)
	out.Low, out.High = bootstrap(people)
	return out
}

func ratio(people [][2]int) float64 {
	n, of := 0, 0
	for _, p := range people {
		n, of = n+p[0], of+p[1]
	}
	return float64(n) / float64(of)
}

// draws is how often people are drawn again.
const draws = 400

func bootstrap(people [][2]int) (low, high float64) {
	r := random{uint64(len(people))}
	values := make([]float64, draws)
	again := make([][2]int, len(people))
	for i := range values {
		for j := range again {
			again[j] = people[r.below(len(people))]
		}
		values[i] = ratio(again)
	}
	slices.Sort(values)
	return values[draws/40], values[draws-1-draws/40]
}

// Error is the equal error rate, and Area the area under the curve of accepted customers
// over accepted attackers: the chance that a customer's value is the higher one.
func Error(all []Scored, m Method, kind household.Attack, in Span) (eer, area float64) {
	good, bad := sorted(all, m, Honest(in)), sorted(all, m, Attacked(kind, in))
	if len(good) == 0 || len(bad) == 0 {
		return 0, 0
	}
	eer = 1
	below := 0 // attackers below
	for i, v := range good {
		for below < len(bad) && bad[below] < v {
			below++
		}
		ties := below
		for ties < len(bad) && bad[ties] == v {
			ties++
		}
		area += float64(below) + float64(ties-below)/2
		rejected, accepted := float64(i)/float64(len(good)), 1-float64(below)/float64(len(bad))
		eer = min(eer, max(rejected, accepted))
	}
	return eer, area / float64(len(good)) / float64(len(bad))
}
