package keyring_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

func BenchmarkSeal(b *testing.B) {
	r, row, seed := open(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite)})), id("row"), make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		r.Seal("token.seed", row, seed)
	}
}

func BenchmarkAppendOpen(b *testing.B) {
	r, row := open(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite)})), id("row")
	sealed := r.Seal("token.seed", row, make([]byte, 32))
	buf := make([]byte, 0, 64)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.AppendOpen(buf, "token.seed", row, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMAC(b *testing.B) {
	r, code := open(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite)})), []byte("ABCDEFGH")
	b.ReportAllocs()
	for b.Loop() {
		r.MAC("activation.code", code)
	}
}

func TestOpeningAllocatesNothing(t *testing.T) { // AllocsPerRun does not allow parallel tests
	r, row := open(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})), id("row")
	sealed := r.Seal("token.seed", row, make([]byte, 32))
	buf := make([]byte, 0, 64)
	n := testing.AllocsPerRun(1000, func() {
		if _, err := r.AppendOpen(buf, "token.seed", row, sealed); err != nil {
			t.Error(err)
		}
	})
	if n >= 1 { // below one: the garbage collector may empty the pool
		t.Errorf("AppendOpen allocates %v times", n)
	}
}
