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
	Before        int // logins of the account before this event
	Sum           int // of the engine's terms
	Address       bool
	Device        bool
	Ratio         float64
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
				Person: e.Person, Group: e.Group, Attacker: e.Attacker, Before: logins[e.Person], Sum: sum(j), Address: j.Facts.NewAddress, Device: j.Facts.NewDevice, Ratio: j.Facts.Ratio,
			})
		}
		if e.Attacker == population.Customer {
			logins[e.Person]++
			world.Apply(p.Learn(number(n), &f)...)
		}
	}
	return all
}

// sum is the engine's evidence. Who has no history any more is new again, and is
// stepped up whatever the terms say.
func sum(j engine.Judged) int {
	if !j.Facts.Known {
		return always
	}
	return j.Result.Sum
}

// always is above every threshold.
const always = 1 << 30

func facts(e population.Event) score.Facts {
	return score.Facts{At: e.At, Kind: score.KindSession, Hour: e.Hour, Weekday: int(e.At.Weekday()), Row: e.Row, Tag: e.Tag, Lat: e.Lat, Lon: e.Lon, Located: true}
}

// number is an id for the n-th event.
func number(n int) (id ident.ID) {
	binary.BigEndian.PutUint64(id[8:], uint64(n)+1) //nolint:gosec // an index
	return id
}
