package foureyes_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/policy"
)

// walk is one random sequence of acts at a desk, with what its observer knows.
type walk struct {
	*world
	rt       *rapid.T
	all      []foureyes.Proposal
	approved map[int]bool // by somebody who was not the proposer, in time and not withdrawn
	payloads map[int]string
	force    int // times that the policies changed
}

// TestRandomSequences: whatever people do in whatever order, no act happens without
// two different people, none twice, and what happens is what was approved.
func TestRandomSequences(t *testing.T) {
	each(t, func(w *world) {
		rapid.Check(t, func(rt *rapid.T) {
			x := &walk{world: w, rt: rt, approved: map[int]bool{}, payloads: map[int]string{}}
			for _, who := range []audit.Actor{ann, bob, cyd} {
				w.bar(who, false)
			}
			rt.Repeat(map[string]func(*rapid.T){
				"propose": x.propose, "approve": x.approve, "reject": x.reject, "withdraw": x.withdraw,
				"execute": x.execute, "present": x.present, "bar": x.barOne, "wait": x.wait, "policies": x.policies,
				"": x.invariants,
			})
		})
	})
}

func (x *walk) who() audit.Actor {
	return rapid.SampledFrom([]audit.Actor{ann, bob, cyd, cli}).Draw(x.rt, "who")
}

// one picks a proposal; there must be one.
func (x *walk) one() int {
	if len(x.all) == 0 {
		x.rt.Skip("nothing is proposed")
	}
	return rapid.IntRange(max(0, len(x.all)-4), len(x.all)-1).Draw(x.rt, "proposal")
}

func (x *walk) propose(*rapid.T) {
	act := rapid.SampledFrom([]policy.Act{policy.ActBulk, policy.ActRotation, policy.ActImport}).Draw(x.rt, "act")
	payload := fmt.Sprintf(`{"n":%d,"s":%q}`, len(x.all), rapid.SampledFrom([]string{"fine", "assigned", "away"}).Draw(x.rt, "payload"))
	p, err := x.Propose(context.Background(), x.who(), foureyes.New{Act: act, Payload: []byte(payload), Reason: "because"})
	if err == nil {
		x.payloads[len(x.all)] = payload
		x.all = append(x.all, p)
	}
}

func (x *walk) approve(*rapid.T) {
	i, who := x.one(), x.who()
	p, err := x.Approve(context.Background(), who, x.all[i].ID, x.all[i].Digest, "")
	if err != nil {
		return
	}
	if who == x.all[i].Proposer || who.Kind != audit.StaffKind || x.approved[i] || x.barred[who.String()] || p.Decider.String() != who.String() {
		x.rt.Fatalf("%s approved %+v", who, p)
	}
	x.approved[i] = true
}

func (x *walk) reject(*rapid.T) {
	i, who := x.one(), x.who()
	if _, err := x.Reject(context.Background(), who, x.all[i].ID, "no"); err == nil && (who == x.all[i].Proposer || x.approved[i]) {
		x.rt.Fatalf("%s rejected %+v", who, x.all[i])
	}
}

func (x *walk) withdraw(*rapid.T) {
	i, who := x.one(), x.who()
	if _, err := x.Withdraw(context.Background(), who, x.all[i].ID); err != nil {
		return
	}
	if who != x.all[i].Proposer || x.deeds(x.all[i].ID) != 0 {
		x.rt.Fatalf("%s withdrew %+v", who, x.all[i])
	}
	delete(x.approved, i)
}

func (x *walk) execute(*rapid.T) {
	i := x.one()
	x.ran(i, func() (foureyes.Proposal, error) { return x.Execute(context.Background(), x.who(), x.all[i].ID) })
}

func (x *walk) present(*rapid.T) {
	i, j, who := x.one(), x.one(), x.who()
	x.ran(i, func() (foureyes.Proposal, error) {
		return x.CarryOut(context.Background(), who, x.all[i].ID, []byte(x.payloads[j]), func(ctx context.Context, wa foureyes.Warrant) error {
			if i != j {
				x.rt.Fatalf("%q was taken for %q", x.payloads[j], x.payloads[i])
			}
			return x.DB.Write(ctx, func(tx *db.Tx) error { return deed(tx, who, wa) })
		})
	})
}

// ran checks that an act that happened was approved.
func (x *walk) ran(i int, f func() (foureyes.Proposal, error)) {
	before := x.deeds(x.all[i].ID)
	p, err := f()
	if x.deeds(x.all[i].ID) == before {
		if err == nil {
			x.rt.Fatalf("nothing happened, and nobody said so: %+v", p)
		}
		return
	}
	if !x.approved[i] || before != 0 {
		x.rt.Fatalf("it happened %d times, approved %t: %+v", before+1, x.approved[i], p)
	}
}

func (x *walk) barOne(*rapid.T) {
	x.bar(x.who(), rapid.Bool().Draw(x.rt, "barred"))
}

func (x *walk) wait(*rapid.T) {
	x.clock.Advance(time.Duration(rapid.IntRange(1, 40).Draw(x.rt, "hours")) * time.Hour)
}

func (x *walk) policies(*rapid.T) {
	if x.force++; x.force < 4 { // few enough to leave something to approve
		x.world.force(document(x.T, x.force))
	}
}

// invariants are looked up in the tables, not in what the use cases said.
func (x *walk) invariants(*rapid.T) {
	for i, p := range x.all {
		n := x.deeds(p.ID)
		got := x.get(p)
		switch {
		case n > 1:
			x.rt.Fatalf("done %d times: %+v", n, got)
		case n == 1 && (got.State != foureyes.Executed || got.Decider.IsZero() || got.Decider.String() == got.Proposer.String()):
			x.rt.Fatalf("done without two people: %+v", got)
		case n == 1 && !x.done(p, x.payloads[i]):
			x.rt.Fatalf("another payload was done than approved: %+v", got)
		case n == 0 && got.State == foureyes.Executed:
			x.rt.Fatalf("not done: %+v", got)
		}
	}
}

// done reports whether the one deed of a proposal has the payload.
func (x *walk) done(p foureyes.Proposal, payload string) (same bool) {
	err := x.DB.Read(context.Background(), func(tx *db.Tx) error {
		var act, was string
		err := tx.Row("SELECT act, payload FROM deed WHERE proposal = $1", p.ID.String()).Scan(&act, &was)
		same = was == payload && act == string(p.Act)
		return err
	})
	return same && err == nil
}
