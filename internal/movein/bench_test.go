package movein_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/movein"
)

// BenchmarkImport takes over customers with a contact, a token and a password each.
// Set COUNTERSIGN_TEST_POSTGRES to see PostgreSQL's side.
func BenchmarkImport(b *testing.B) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(dialect.String(), func(b *testing.B) {
			clock := dbtest.NewClock()
			w := newWorld(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, dialect), Now: clock.Now}), clock)
			w.passwords()
			const n = 2000
			rows := 0
			for b.Loop() {
				b.StopTimer()
				var text strings.Builder
				text.WriteString("number,name,phone,serial,counter,password\n")
				var serials []string
				for range n {
					rows++
					serials = append(serials, fmt.Sprint("S", rows))
					fmt.Fprintf(&text, "%d,Customer %d,+4791%06d,S%d,500,%s\n", rows, rows, rows, rows, horse)
				}
				w.stock(serials...)
				b.StartTimer()
				s, err := w.ImportFile(b.Context(), by(), movein.Import{
					Name: "bench.csv", Set: w.policies.Active(),
					Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text.String())), nil },
				})
				if err != nil || s.Created != n {
					b.Fatalf("%+v, %v", s, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(rows)/float64(time.Microsecond), "µs/row")
		})
	}
}
