package apptest_test

import (
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// rounds of two processes; those of many goroutines are in package hub, with the
// negative control that shows that such a race can be lost.
const rounds = 800

// TestTwoProcessesOneCode is invariant 1 across nodes: two processes on one
// PostgreSQL get one valid code at once, and one of them accepts it.
func TestTwoProcessesOneCode(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it builds the program and runs two nodes")
	}
	in := apptest.Install(t, dbtest.DSN(t, db.Postgres), nil)
	const customers = 8
	holders := in.Holders(t, customers)
	var banks [2]*apptest.Bank
	for i := range banks {
		banks[i] = in.Serve(t, program(t)).Bank()
		defer banks[i].Close()
	}
	var all sync.WaitGroup
	for _, h := range holders {
		all.Go(func() {
			for round := range uint64(rounds / customers) {
				if got := submit(t, banks, h, round); got != 1 {
					t.Errorf("customer %s, round %d: %d of two nodes accepted the code", h.Number, round, got)
					return
				}
			}
		})
	}
	all.Wait()
	in.Verify(t)
}

// submit sends one code to both nodes at once and counts who accepted it.
func submit(t *testing.T, banks [2]*apptest.Bank, h apptest.Holder, counter uint64) (accepted int) {
	var results [2]apptest.Authentication
	var both sync.WaitGroup
	for i, b := range banks {
		both.Go(func() {
			var err error
			if results[i], err = b.Login(h.Number, h.Code(counter)); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	for _, r := range results {
		if r.State == "granted" {
			accepted++
		}
	}
	return accepted
}
