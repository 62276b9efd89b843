package evidence_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
)

// BenchmarkGrant is what the answer to a payment costs beyond that to a login, next to
// the bare signature.
func BenchmarkGrant(b *testing.B) {
	clock := dbtest.NewClock()
	d := dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite), Now: clock.Now})
	issuer := evidence.New(evidence.Config{DB: d, Ring: keyringtest.Open(b, d), Now: clock.Now, Name: name})
	f := facts(b)
	b.Run("assertion", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := issuer.Grant(context.Background(), f); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("signature", func(b *testing.B) {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		digest := make([]byte, 32)
		for b.Loop() {
			if _, err := ecdsa.SignASN1(rand.Reader, k, digest); err != nil {
				b.Fatal(err)
			}
		}
	})
}
