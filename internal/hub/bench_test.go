package hub_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/hub"
)

// BenchmarkStart compares a login by a secure code with a payment by a signature,
// each in one call on SQLite: a payment may cost 1.3 times as much.
func BenchmarkStart(b *testing.B) {
	clock := dbtest.NewClock()
	w := newWorld(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite), Now: clock.Now}), clock)
	w.signer("100")
	rent := pay(b, "EUR", "950.00")
	typed := w.begun(paying("100", rent))
	var events, signatures uint64
	b.Run("login", func(b *testing.B) {
		for b.Loop() {
			w.granted(b, hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: code("PLAIN100", events)}})
			events++
		}
	})
	b.Run("payment", func(b *testing.B) {
		for b.Loop() {
			in := paying("100", rent)
			in.Proof = &hub.Proof{Code: sign(b, typed, "100", signatures)}
			w.granted(b, in)
			signatures++
		}
	})
}

func (w *world) granted(b *testing.B, in hub.Start) {
	b.Helper()
	if o, err := w.start(in); err != nil || o.State != hub.Granted {
		b.Fatalf("%+v, %v", o, err)
	}
}
