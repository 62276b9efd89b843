package authenticator_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
)

// TestStatistics: what the help desk sees of a customer's right and wrong proofs.
func TestStatistics(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.enrolled("c")
		see := func(when string, successes, mistakes, streak int64) {
			t.Helper()
			if a := w.get(id); a.Successes != successes || a.Mistakes != mistakes || a.Streak != streak {
				t.Errorf("%s: %d right, %d wrong, %d in a row; want %d, %d, %d", when, a.Successes, a.Mistakes, a.Streak, successes, mistakes, streak)
			}
		}
		yes := func() { w.prove(id, right(new(int), true)) }
		no := func() { w.prove(id, wrong()) }
		see("new", 0, 0, 0)
		yes()
		yes()
		see("two right", 2, 0, 2)
		no()
		see("one wrong", 2, 1, -1)
		for range w.policy.Failures.Max {
			no()
		}
		see("the last one met the block", 2, 5, -5)
		w.later(w.policy.Failures.CoolDown)
		no()
		see("it goes on after the block", 2, 6, -6)
		if a := w.get(id); a.Failures.Count != 1 || !a.Failed.Equal(w.clock.Now()) {
			t.Errorf("the counter began again: %+v", a)
		}
		w.later(time.Second)
		yes()
		see("right again", 3, 6, 1)
		w.prove(id, right(new(int), false))
		see("a spent one is wrong", 3, 7, -1)
		w.settle(id, func(tx *db.Tx) error { return authenticator.Enroll(tx, by(), id, w.policy) })
		see("registered again", 3, 7, -1)
	})
}
