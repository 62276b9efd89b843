package dskppserver_test

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"strconv"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// BenchmarkProvisioning is what the server does for one token, the phone's own work left out, and
// which share of it is the key derivation that the protocol demands.
func BenchmarkProvisioning(b *testing.B) {
	for name, change := range map[string]func(*dskpp.Client){"four-pass": nil, "two-pass": transport(b)} {
		b.Run(name, func(b *testing.B) {
			clock := dbtest.NewClock()
			w := newWorld(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite), Now: clock.Now}), clock)
			var derivations time.Duration
			n := 0
			for b.Loop() {
				b.StopTimer()
				n++
				_, _, code := w.issue(strconv.Itoa(n), "bank")
				run := begin(b, code, "bank", change)
				derivations += derivation(b)
				for key := (*dskpp.Key)(nil); key == nil; {
					request := run.Request()
					b.StartTimer()
					res := post(b, w.first, "/dskpp/bank", request)
					b.StopTimer()
					var err error
					if key, err = run.Answer(res.body); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
			}
			b.ReportMetric(100*float64(derivations)/float64(b.Elapsed()), "%PBKDF2")
		})
	}
}

// derivation is how long one takes now.
func derivation(b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	if _, err := pbkdf2.Key(sha1.New, "5C0FF1A72B9044D63E81", make([]byte, 300), dskpp.MinIterations, 16); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
