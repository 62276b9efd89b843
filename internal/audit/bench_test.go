package audit_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
)

// benchNode makes a node with batches of the default size.
func benchNode(b *testing.B, dialect db.Dialect) *node {
	b.Helper()
	d := dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, dialect), GroupSize: 256, Now: time.Now})
	n := join(b, d, nil)
	n.cfg.Batch = 0
	l, err := audit.New(d, n.ring, n.cfg)
	if err != nil {
		b.Fatal(err)
	}
	n.Log = l
	return n
}

// BenchmarkSeal measures how many records a second the sealer takes. One second of
// the load that is aimed at has 25,000.
func BenchmarkSeal(b *testing.B) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(dialect.String(), func(b *testing.B) {
			n := benchNode(b, dialect)
			n.seal(b)
			records, busy := 0, time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				fill(b, n.d, 25_000)
				b.StartTimer()
				start := time.Now()
				c := n.seal(b)
				busy += time.Since(start)
				records = int(c.Size) - 1
			}
			b.ReportMetric(float64(records)/busy.Seconds(), "records/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkVerify measures the audit of a whole log.
func BenchmarkVerify(b *testing.B) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(dialect.String(), func(b *testing.B) {
			n := benchNode(b, dialect)
			fill(b, n.d, 50_000)
			c := n.seal(b)
			for b.Loop() {
				n.mustVerify(b, c.Note)
			}
			b.ReportMetric(float64(c.Size)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// fill writes records that look like logins.
func fill(b *testing.B, d *db.DB, n int) {
	b.Helper()
	client := audit.Client(ident.Derive("bank"), "")
	for done := 0; done < n; done += 500 {
		err := d.Write(b.Context(), func(tx *db.Tx) error {
			for i := done; i < done+500; i++ {
				audit.Record(tx, audit.Event{
					Kind: "authentication.granted", By: client, Customer: ident.Derive(strconv.Itoa(i)), Object: ident.Derive("o", strconv.Itoa(i)).String(),
					Details: map[string]any{"method": "token", "channel": "web", "device": ident.Derive("d", strconv.Itoa(i)), "policy": 7},
				})
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
