package authenticator_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
)

// TestWhatChangesTheCounter is the table of the package comment, row by row, each
// from one failure before.
func TestWhatChangesTheCounter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name     string
			arrange  func(ident.ID)
			proof    func(*int) authenticator.Finding
			reason   authenticator.Reason
			failures int // after; before there is one, or as many as the arrangement says
			consumed int
		}{
			{"right", nil, func(n *int) authenticator.Finding { return right(n, true) }, authenticator.Accepted, 0, 1},
			{"wrong", nil, func(*int) authenticator.Finding { return wrong() }, authenticator.Wrong, 2, 0},
			{"spent before", nil, func(n *int) authenticator.Finding { return right(n, false) }, authenticator.Replayed, 2, 1},
			{"right while blocked", w.block, func(n *int) authenticator.Finding { return right(n, true) }, authenticator.Blocked, w.policy.Failures.Max, 0},
			{"wrong while blocked", w.block, func(*int) authenticator.Finding { return wrong() }, authenticator.Blocked, w.policy.Failures.Max, 0},
			{"right while held", w.hold, func(n *int) authenticator.Finding { return right(n, true) }, authenticator.Held, w.policy.Failures.Max, 0},
			{"wrong while held", w.hold, func(*int) authenticator.Finding { return wrong() }, authenticator.Held, w.policy.Failures.Max, 0},
			{"right while disabled", w.disable, func(n *int) authenticator.Finding { return right(n, true) }, authenticator.Off, 1, 0},
			{"wrong while disabled", w.disable, func(*int) authenticator.Finding { return wrong() }, authenticator.Off, 1, 0},
			{"right when expired", w.expire, func(n *int) authenticator.Finding { return right(n, true) }, authenticator.Ended, 1, 0},
			{"wrong when expired", w.expire, func(*int) authenticator.Finding { return wrong() }, authenticator.Ended, 1, 0},
		} {
			id := w.enrolled(c.name)
			w.prove(id, wrong())
			if c.arrange != nil {
				c.arrange(id)
			}
			before, consumed := w.get(id), 0
			w.later(time.Microsecond)
			if got := w.prove(id, c.proof(&consumed)); got != c.reason {
				t.Errorf("%s: %q, want %q", c.name, got, c.reason)
			}
			after := w.get(id)
			if after.Failures.Count != c.failures || consumed != c.consumed {
				t.Errorf("%s: %d failures and %d consumed; want %d and %d", c.name, after.Failures.Count, consumed, c.failures, c.consumed)
			}
			if c.arrange == nil {
				continue
			}
			if d := cmp.Diff(before, after); d != "" {
				t.Errorf("%s changed something: %s", c.name, d)
			}
		}
	})
}

func (w *world) block(id ident.ID) {
	for range w.policy.Failures.Max - 1 {
		w.prove(id, wrong())
	}
}

func (w *world) hold(id ident.ID) {
	w.block(id)
	w.set(id, "blocked_until", limit.Forever)
}

func (w *world) disable(id ident.ID) { w.set(id, "status", "disabled") }

func (w *world) expire(id ident.ID) { w.set(id, "expires_at", w.clock.Now().Add(-time.Microsecond)) }

func (w *world) set(id ident.ID, column string, to any) {
	w.t.Helper()
	w.settle(id, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE authenticator SET "+column+" = $2 WHERE customer = $1", id, to)
		return err
	})
}

func TestNobodyHasNoCounter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		consumed := 0
		if got := w.prove(ident.Derive("nobody"), right(&consumed, true)); got != authenticator.None || consumed != 0 {
			t.Errorf("%q, consumed %d", got, consumed)
		}
	})
}

// TestRefusalsCostTheSame is the ground of invariant 4: wrong, blocked, disabled,
// expired and unknown run the same statements. Each writes one row: a proof that
// was counted here, and one that was not by its caller, who is told so.
func TestRefusalsCostTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		cost := map[string]work{}
		for name, arrange := range map[string]func(ident.ID){"wrong": nil, "blocked": w.block, "held": w.hold, "disabled": w.disable, "expired": w.expire} {
			id := w.enrolled(name)
			if arrange != nil {
				arrange(id)
			}
			cost[name] = w.refusal(id, wrong())
			if arrange != nil { // a right code of somebody who is refused anyway
				cost[name+", right"] = w.refusal(id, right(new(int), true))
			}
		}
		cost["unknown"] = w.refusal(ident.Derive("nobody"), wrong())
		cost["spent"] = w.refusal(w.enrolled("spent"), authenticator.Lost())
		for name, n := range cost {
			if n != (work{cost["wrong"].Statements, 1}) || n.Statements == 0 {
				t.Errorf("%s costs %+v; wrong costs %+v", name, n, cost["wrong"])
			}
		}
	})
}

// work is what a refusal costs; rows are those written by Settle, and the one that
// it leaves to its caller.
type work struct {
	Statements uint64
	Rows       int
}

func (w *world) refusal(customer ident.ID, f authenticator.Finding) (c work) {
	w.t.Helper()
	c.Statements = w.cost(func() {
		w.settle(customer, func(tx *db.Tx) error {
			before := w.written(tx)
			reason, err := authenticator.Settle(tx, by(), customer, w.policy, f)
			if reason == authenticator.Accepted {
				w.t.Error("a refusal was accepted")
			}
			if c.Rows = w.written(tx) - before; reason.Closed() {
				c.Rows++
			}
			return err
		})
	})
	return c
}

// written counts the rows that were written so far: since the connection was
// opened, or in this transaction.
func (w *world) written(tx *db.Tx) (n int) {
	w.t.Helper()
	sql := "SELECT total_changes()"
	if tx.Dialect() == db.Postgres {
		sql = "SELECT CAST(SUM(n_tup_ins + n_tup_upd + n_tup_del) AS BIGINT) FROM pg_stat_xact_user_tables"
	}
	if err := tx.Row(sql).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// cost counts the statements that f runs.
func (w *world) cost(f func()) uint64 {
	before := w.d.Stats().Statements
	f()
	return w.d.Stats().Statements - before
}

// TestALostRaceLeavesNothingBehind: the pass of a proof that turns out to be spent
// has cleared the counter, so its unit must not be kept.
func TestALostRaceLeavesNothingBehind(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.enrolled("loser")
		w.prove(id, wrong())
		before := w.get(id)
		err := w.d.Settle(t.Context(), id, func(tx *db.Tx) error {
			_, err := authenticator.Settle(tx, by(), id, w.policy, right(new(int), false))
			return err
		})
		if !errors.Is(err, authenticator.ErrLost) {
			t.Fatalf("settling a spent proof: %v", err)
		}
		if d := cmp.Diff(before, w.get(id)); d != "" {
			t.Errorf("the undone unit changed something: %s", d)
		}
		if got := w.prove(id, authenticator.Lost()); got != authenticator.Replayed || w.get(id).Failures.Count != 2 {
			t.Errorf("settled as %q with %d failures", got, w.get(id).Failures.Count)
		}
	})
}

// TestParallelFailures is invariant 2: N count N, and none passes the threshold.
func TestParallelFailures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 40
		few, many := w.enrolled("few"), w.enrolled("many")
		var refused atomic.Int32
		var wg sync.WaitGroup
		for i := range 128 {
			id := many
			if i < 32 {
				id = few
			}
			wg.Go(func() {
				if w.prove(id, wrong()) == authenticator.Blocked {
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		if n := w.get(few).Failures.Count; n != 32 {
			t.Errorf("32 wrong proofs counted %d", n)
		}
		if n := w.get(many).Failures.Count; n != 40 || refused.Load() != 56 {
			t.Errorf("96 wrong proofs counted %d and %d were refused; want 40 and 56", n, refused.Load())
		}
		if n := w.records(authenticator.AuditBlocked); n != 1 {
			t.Errorf("the block left %d audit records", n)
		}
	})
}

func TestSuccessClearsAndBlocksAddUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures = limit.Rule{Max: 2, CoolDown: time.Minute, MaxBlocks: 2}
		id, n := w.enrolled("c"), 0
		w.prove(id, wrong())
		w.prove(id, wrong())
		if s := w.get(id).Failures; !s.Blocked(w.clock.Now()) || s.Held() {
			t.Fatalf("after two: %+v", s)
		}
		w.later(time.Minute)
		if got := w.prove(id, right(&n, true)); got != authenticator.Accepted {
			t.Fatalf("after the cool-down: %q", got)
		}
		if a := w.get(id); a.Failures != (limit.State{}) || a.Successes != 1 || a.Open != 0 || !a.Succeeded.Equal(w.clock.Now()) {
			t.Errorf("a success clears: %+v", a)
		}
		for range 2 {
			w.prove(id, wrong())
			w.prove(id, wrong())
			w.later(time.Minute)
		}
		if got := w.prove(id, right(&n, true)); got != authenticator.Held {
			t.Errorf("the second block in a row is for good: %q", got)
		}
	})
}

func TestEnrollKeepsWhatIsThere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Valid = time.Hour
		id := w.enrolled("c")
		w.block(id)
		w.prove(id, wrong())
		before := w.get(id)
		w.later(time.Minute)
		if again := w.enrolled("c"); again != id {
			t.Fatal("another customer")
		}
		if d := cmp.Diff(before, w.get(id)); d != "" {
			t.Errorf("enrolling again opened a blocked authenticator: %s", d)
		}
		if n := w.records(authenticator.AuditEnrolled); n != 1 {
			t.Errorf("%d records of one enrollment", n)
		}
		if !before.Expires.Equal(before.Created.Add(time.Hour)) {
			t.Errorf("created %v, expires %v", before.Created, before.Expires)
		}
	})
}

// TestEnrollRenewsWhatIsOver: who registers again after the validity ended is let in
// again, and only its end changes.
func TestEnrollRenewsWhatIsOver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Valid = time.Hour
		id := w.enrolled("c")
		w.prove(id, wrong())
		before, n := w.get(id), 0
		w.later(time.Hour)
		w.enrolled("c")
		if d := cmp.Diff(before, w.get(id)); d != "" {
			t.Errorf("enrolled again before its end: %s", d)
		}
		w.later(time.Microsecond)
		if got := w.prove(id, right(&n, true)); got != authenticator.Ended {
			t.Fatalf("after its end: %q", got)
		}
		w.enrolled("c")
		before.Expires = w.clock.Now().Add(time.Hour)
		if d := cmp.Diff(before, w.get(id)); d != "" {
			t.Errorf("enrolled again after its end: %s", d)
		}
		if got := w.prove(id, right(&n, true)); got != authenticator.Accepted {
			t.Errorf("a right proof: %q", got)
		}
		if n := w.records(authenticator.AuditEnrolled); n != 2 {
			t.Errorf("%d records of two enrollments", n)
		}
	})
}
