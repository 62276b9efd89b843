package risk_test

import (
	"crypto/rand"
	"log/slog"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/rule"
)

// BenchmarkBacktest reports stored payments per second of processor time that the
// rules of the preset are tried on, from SQLite, reading included: of this whole
// process, so that other programs do not count, and the collector does.
func BenchmarkBacktest(b *testing.B) {
	clock := dbtest.NewClock()
	d := dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite), Now: clock.Now})
	desk := &risk.Desk{DB: d, Ring: keyringtest.Open(b, d), Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)}
	rules, err := rule.Preset("balanced")
	if err != nil {
		b.Fatal(err)
	}
	const events = 5000
	for i := range events {
		customer := ident.Derive(strconv.Itoa(i % 500))
		c := (&world{n: i}).home(customer)
		if _, err := desk.Payment(b.Context(), bank, "domestic", c, []risk.Payment{eur(int64(i+1), "payee")}); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	before := processor(b)
	for b.Loop() {
		r, err := desk.Try(b.Context(), rules, clock.Now().Add(-time.Hour), clock.Now().Add(time.Hour), nil)
		if err != nil || r.Events != events {
			b.Fatalf("%d events, %v", r.Events, err)
		}
	}
	b.ReportMetric(float64(events)*float64(b.N)/(processor(b)-before).Seconds(), "events/cpu-s")
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// processor is the processor time that this process has used.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
