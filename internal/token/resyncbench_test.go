package token_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/token"
)

// BenchmarkResync measures a resynchronization over 10,000 events, from the request
// to the committed answer: goal under 20 ms.
func BenchmarkResync(b *testing.B) {
	const window = 10_000
	clock := dbtest.NewClock()
	w := newWorld(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite), Now: clock.Now}), clock)
	w.policy.Events.Resync = window
	w.assigned("BE", "HOTP")
	target, upkeep := w.target("BE"), w.upkeep()
	at := uint64(0)
	for b.Loop() {
		at += window - 4
		out, err := upkeep.Resync(b.Context(), by(), sure{}, token.Resync{Target: target, Codes: hotps("BE", at, 2)})
		if err != nil || out.Outcome != token.Synchronized {
			b.Fatalf("%+v, %v", out, err)
		}
		at += 2
	}
}
