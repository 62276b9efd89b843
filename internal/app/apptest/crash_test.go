package apptest_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/hub"
)

const (
	crashes = 5
	callers = 12
)

// caller is a customer who logs in as fast as they can and remembers what was
// acknowledged.
type caller struct {
	apptest.Holder
	next     uint64   // counter that the token shows next
	acked    []uint64 // counters whose acceptance was acknowledged
	handles  []string
	accepted map[uint64]bool
}

// TestKillUnderLoad is invariants 1 and 10: whenever the process is killed, no
// code is accepted twice, and what was acknowledged is there, recorded, and
// the log verifies.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the program and kills it again and again")
	}
	both(t, false, func(t *testing.T, in *apptest.Installation, _ *dbtest.Clock) {
		var all []*caller
		for _, h := range in.Holders(t, callers) {
			all = append(all, &caller{Holder: h, accepted: map[uint64]bool{}})
		}
		for range crashes {
			node := in.Serve(t, program(t))
			bank := node.Bank()
			for _, c := range all {
				c.resubmit(t, bank)
			}
			var load sync.WaitGroup
			for _, c := range all {
				load.Go(func() { c.run(t, bank) })
			}
			time.Sleep(time.Duration(100+rand.IntN(300)) * time.Millisecond)
			node.Kill()
			load.Wait()
			bank.Close()
		}
		node := in.Serve(t, program(t))
		bank := node.Bank()
		defer bank.Close()
		acked := 0
		for _, c := range all {
			c.resubmit(t, bank)
			acked += len(c.acked)
		}
		if acked < 10*crashes {
			t.Fatalf("only %d logins were acknowledged: this is no load", acked)
		}
		t.Logf("%d logins were acknowledged around %d kills", acked, crashes)
		node.Stop(t)
		in.Verify(t)
		in.Open(t, func(a *app.App) {
			for _, c := range all {
				c.check(t, a, in.Application(t))
			}
		})
	})
}

// run logs in until the node is gone.
func (c *caller) run(t *testing.T, bank *apptest.Bank) {
	for {
		at := c.next
		c.next++ // whatever happens: the customer presses the button again
		got, err := bank.Login(c.Number, c.Code(at))
		if err != nil {
			return // killed; whether the code was accepted nobody knows
		}
		if got.State != "granted" {
			t.Errorf("customer %s, counter %d: %+v", c.Number, at, got)
			return
		}
		c.acked, c.handles = append(c.acked, at), append(c.handles, got.Handle)
		c.accepted[at] = true
	}
}

// resubmit shows the newest codes again: the last acknowledged one, and the one
// whose answer never came, twice. That one may be accepted once, if it was not.
func (c *caller) resubmit(t *testing.T, bank *apptest.Bank) {
	t.Helper()
	if n := len(c.acked); n > 0 {
		if got := bank.MustLogin(t, c.Number, c.Code(c.acked[n-1])); got.Accepted {
			t.Errorf("customer %s: the code %d was accepted again after a crash", c.Number, c.acked[n-1])
		}
	}
	if c.next == 0 || c.accepted[c.next-1] {
		return
	}
	times := 0
	for range 2 {
		if got := bank.MustLogin(t, c.Number, c.Code(c.next-1)); got.Accepted {
			times++
			c.handles = append(c.handles, got.Handle)
			c.acked, c.accepted[c.next-1] = append(c.acked, c.next-1), true
		}
	}
	if times > 1 {
		t.Errorf("customer %s: the code %d was accepted %d times", c.Number, c.next-1, times)
	}
}

// check looks for every acknowledged act, and for its audit record.
func (c *caller) check(t *testing.T, a *app.App, by audit.Actor) {
	t.Helper()
	for _, h := range c.handles {
		if o, err := a.Hub.Get(context.Background(), by, h); err != nil || o.State != hub.Granted {
			t.Errorf("customer %s: an acknowledged login is %q, %v", c.Number, o.State, err)
		}
	}
	var records, uses int
	err := a.DB.Read(context.Background(), func(tx *db.Tx) error {
		if err := tx.Row("SELECT COUNT(*) FROM journal WHERE customer = $1 AND kind = $2", c.ID, hub.AuditGranted).Scan(&records); err != nil {
			return err
		}
		return tx.Row("SELECT k.uses FROM token_key k JOIN device d ON d.id = k.device WHERE d.customer = $1", c.ID).Scan(&uses)
	})
	if err != nil || records != uses || records < len(c.acked) || uses > int(c.next) {
		t.Errorf("customer %s: %d acknowledged, %d recorded, the token was used %d times for %d codes, %v", c.Number, len(c.acked), records, uses, c.next, err)
	}
}
