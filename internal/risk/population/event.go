package population

import (
	"cmp"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/risk/likelihood"
)

// Attacker is a kind of attackers; "" for the customer.
type Attacker string

// The kinds of attackers.
const (
	Customer     Attacker = ""
	Naive        Attacker = "naive"
	SameCountry  Attacker = "same-country"
	Targeted     Attacker = "targeted"
	VeryTargeted Attacker = "very targeted"
)

// Attackers lists the kinds, from harmless to dangerous.
func Attackers() []Attacker { return []Attacker{Naive, SameCountry, Targeted, VeryTargeted} }

// Groups lists the groups of customers by how often they log in.
func Groups() []string {
	return []string{"daily", "several days", "weekly", "several weeks", "less than monthly"}
}

// gaps are the mean days between two logins, by group.
func gaps() []float64 { return []float64{1, 3, 7, 20, 45} }

// Event is a login, or somebody's try.
type Event struct {
	At       time.Time
	Hour     int
	Person   int // number of the account
	Group    int // into Groups
	Attacker Attacker
	Row      likelihood.Attempt
	Tag      string // cookie; "" for none
	Lat, Lon float64
}

// Options say how many people are made up.
type Options struct {
	Seed   uint64
	People int
	Logins int // at most, of each
	Days   int // at most, from first to last login
	Start  time.Time
	Tries  int // of each kind of attackers, on each person
}

// Make makes people up, and returns what they and their attackers do, in the order
// of time. Attackers come at any time after the first login.
func Make(o Options) []Event {
	var all []Event
	seed := &random{o.Seed}
	for n := range o.People {
		p := newPerson(n, n%len(Groups()), seed.split(), o.Start)
		all = append(all, p.live(o)...)
	}
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Person, b.Person)) })
	return all
}

// live lets a person log in for a while, and others try.
func (p *person) live(o Options) (all []Event) {
	end := o.Start.AddDate(0, 0, o.Days)
	at := o.Start.Add(time.Duration(p.r.float() * float64(90*24*time.Hour)))
	for len(all) < o.Logins && at.Before(end) {
		all = append(all, p.login(at))
		// Half of a gap is habit, half is chance.
		gap := gaps()[p.group] * (0.5 + p.r.exponential(0.5))
		at = at.Add(time.Duration(gap * float64(24*time.Hour))).Truncate(24 * time.Hour)
		at = at.Add(time.Duration((7 + 15*p.r.float()) * float64(time.Hour)))
	}
	logins := len(all)
	for _, kind := range Attackers() {
		for range o.Tries {
			if logins > 1 {
				all = append(all, p.attacked(kind, all[1+p.r.below(logins-1)]))
			}
		}
	}
	return all
}
