package evaluation

import (
	"math"
	"slices"

	"github.com/countersign-auth/countersign/internal/risk/population"
)

// Rate is how often customers must authenticate again.
type Rate struct {
	Median float64 // over customers, of the share of their logins
	Mean   float64
	People int
}

// Targets are the catch rates that are reported for a kind of attackers.
func Targets() []float64 { return []float64{0.999, 0.995, 0.99, 0.98} }

// Threshold is the sum from which on the share of attackers is caught.
func Threshold(all []Scored, kind population.Attacker, share float64) int {
	var sums []int
	for _, s := range all {
		if s.Attacker == kind {
			sums = append(sums, s.effective())
		}
	}
	slices.Sort(sums)
	if len(sums) == 0 {
		return 0
	}
	return sums[int(math.Floor((1-share)*float64(len(sums))))]
}

// Caught is the share of attackers of a kind whom a method stops.
func Caught(all []Scored, kind population.Attacker, stops func(Scored) bool) float64 {
	n, caught := 0, 0
	for _, s := range all {
		if s.Attacker == kind {
			if n++; stops(s) {
				caught++
			}
		}
	}
	return float64(caught) / float64(max(n, 1))
}

// Again is how often customers are stopped in their logins 2 to logins+1; only
// customers with that many count. group is one of the groups, or -1 for all.
func Again(all []Scored, logins, group int, stops func(Scored) bool) (r Rate) {
	stopped, seen := map[int]int{}, map[int]int{}
	for _, s := range all {
		if s.Attacker == population.Customer && s.Before <= logins && (group < 0 || s.Group == group) {
			if seen[s.Person]++; stops(s) {
				stopped[s.Person]++
			}
		}
	}
	var rates []float64
	for p, n := range seen {
		if n == logins {
			rates = append(rates, float64(stopped[p])/float64(n))
			r.Mean += float64(stopped[p]) / float64(n)
		}
	}
	if r.People = len(rates); r.People > 0 {
		slices.Sort(rates)
		r.Mean /= float64(r.People)
		r.Median = (rates[(r.People-1)/2] + rates[r.People/2]) / 2
	}
	return r
}

// Above stops from a threshold on.
func Above(threshold int) func(Scored) bool {
	return func(s Scored) bool { return s.effective() >= threshold }
}

// NewAddress is the first baseline.
func NewAddress(s Scored) bool { return s.Address }

// NewDevice is the second one.
func NewDevice(s Scored) bool { return s.Device }

// RSR is the risk-score relation: the mean score of attackers of a kind over that of
// customers. Scores are 1/(1+exp(-sum/1000)), from 0 to 1.
func RSR(all []Scored, kind population.Attacker) float64 {
	mean := func(k population.Attacker) float64 {
		n, total := 0, 0.0
		for _, s := range all {
			if s.Attacker == k {
				total += 1 / (1 + math.Exp(-float64(s.Sum)/1000))
				n++
			}
		}
		return total / float64(max(n, 1))
	}
	return mean(kind) / mean(population.Customer)
}
