package population_test

import (
	"slices"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/population"
)

func options(seed uint64) population.Options {
	return population.Options{Seed: seed, People: 200, Logins: 45, Days: 730, Start: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Tries: 1}
}

func TestASeedGivesTheSamePeople(t *testing.T) {
	t.Parallel()
	a, b := population.Make(options(1)), population.Make(options(1))
	if !slices.Equal(a, b) {
		t.Error("one seed gives two peoples")
	}
	if c := population.Make(options(2)); slices.Equal(a, c) {
		t.Error("another seed gives the same people")
	}
}

func TestPeopleAndAttackers(t *testing.T) {
	t.Parallel()
	logins, tries := map[int]int{}, map[population.Attacker]int{}
	last := time.Time{}
	homes := map[int]string{}
	cookies := map[int]map[string]bool{}
	all := population.Make(options(3))
	for _, e := range all {
		if e.At.Before(last) {
			t.Fatal("not in the order of time")
		}
		if last = e.At; e.Attacker == population.Customer {
			logins[e.Group]++
			homes[e.Person] = e.Row[likelihood.Country]
			if cookies[e.Person] == nil {
				cookies[e.Person] = map[string]bool{}
			}
			cookies[e.Person][e.Tag] = true
			continue
		}
		tries[e.Attacker]++
	}
	for _, e := range all {
		if e.Attacker == population.Targeted && cookies[e.Person][e.Tag] && e.Tag != "" {
			t.Fatal("a targeted attacker has the customer's cookie")
		}
	}
	for g := range population.Groups() {
		if logins[g] < 40*5 {
			t.Errorf("group %d logs in %d times", g, logins[g])
		}
	}
	for _, a := range population.Attackers() {
		if tries[a] < 190 {
			t.Errorf("%s tries %d times", a, tries[a])
		}
	}
	if logins[0] <= logins[4] {
		t.Error("the frequent are not frequent")
	}
}
