package evaluation

import (
	"encoding/binary"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/engine"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/population"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Scored is what the methods say of an event.
type Scored struct {
	Person, Group int
	Attacker      population.Attacker
	Before        int  // logins of the account before this event
	Sum           int  // of the engine's terms
	Demanded      bool // the engine steps up whatever the sum is
	Address       bool
	Device        bool
}

// Replay lets events pass through the engine in their order. Rules may be nil.
// Events of accounts without a login yet are left out.
func Replay(rules score.Rules, events []population.Event) (all []Scored) {
	profiles, logins, world := map[int]*engine.Profile{}, map[int]int{}, likelihood.NewWorld()
	for n, e := range events {
		p := profiles[e.Person]
		if p == nil {
			p = &engine.Profile{}
			profiles[e.Person] = p
		}
		f := facts(e)
		if logins[e.Person] > 0 {
			j := engine.Judge(rules, p, f, engine.World{Counts: world.Look(f.Row)})
			all = append(all, Scored{
				Person: e.Person, Group: e.Group, Attacker: e.Attacker, Before: logins[e.Person], Sum: j.Result.Sum, Demanded: len(j.Result.Demands) > 0, Address: j.Facts.NewAddress, Device: j.Facts.NewDevice,
			})
		}
		if e.Attacker == population.Customer {
			logins[e.Person]++
			world.Apply(p.Learn(number(n), &f)...)
		}
	}
	return all
}

// always is above every threshold.
const always = 1 << 30

// effective is the sum, or above every threshold where something demands a step-up
// whatever the sum says: a history that has run out, a rule.
func (s Scored) effective() int {
	if s.Demanded {
		return always
	}
	return s.Sum
}

func facts(e population.Event) score.Facts {
	return score.Facts{At: e.At, Kind: score.KindSession, Hour: e.Hour, Weekday: int(e.At.Weekday()), Row: e.Row, Tag: e.Tag, Lat: e.Lat, Lon: e.Lon, Located: true}
}

// number is an id for the n-th event.
func number(n int) (id ident.ID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n)+1) //nolint:gosec // an index
	return id
}
