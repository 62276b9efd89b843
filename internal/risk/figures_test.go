package risk_test

import (
	"crypto/rand"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/risk"
)

// spread stores an event of alice's n times more, over the days before it.
func spread(t testing.TB, d *db.DB, a risk.Assessment, n, days int) {
	t.Helper()
	copies(t, d, a, alice, n)
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		step := (time.Duration(days) * 24 * time.Hour / time.Duration(n)).Microseconds()
		_, err := tx.Exec(`UPDATE risk_event SET created_at = created_at - $1 * CAST(substr(reference, 6) AS BIGINT), label = CASE WHEN reference LIKE '%7' THEN 'fraud' ELSE '' END WHERE reference LIKE 'copy-%'`, step)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFiguresOfManyEvents: what is counted of a month is all of it, and the rows of events
// are not read for it, so that 100 000 events cost what their index entries cost.
func TestFiguresOfManyEvents(t *testing.T) {
	each(t, func(w *world) {
		a := suspicious(w, 1)[0]
		spread(w.T, w.DB, a, 3000, 25)
		var all, fraud int64
		for _, d := range must[[]risk.Day](w)(review(w).Days(w.Context(), 30)) {
			all, fraud = all+d.Decided.All(), fraud+d.Fraud.All()
		}
		if all != 3001 || fraud != 300 {
			t.Errorf("%d events, %d frauds", all, fraud)
		}
	})
}

// TestFiguresAreCountedInTheIndex: the count of a day reads index entries only. An event
// has more than a kilobyte: reading those of a month would take seconds.
func TestFiguresAreCountedInTheIndex(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock()
	w := newWorld(t, dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now}), clock)
	var plan []string
	err := w.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Each("EXPLAIN QUERY PLAN "+risk.SQLDay, []any{clock.Now(), clock.Now()}, func(r db.Row) error {
			var id, parent, aux int64
			var step string
			err := r.Scan(&id, &parent, &aux, &step)
			plan = append(plan, step)
			return err
		})
	})
	if err != nil || len(plan) == 0 || !strings.Contains(plan[0], "COVERING INDEX risk_event_figures") {
		t.Errorf("%q, %v", plan, err)
	}
}

// BenchmarkFigures reports what figures of 30 days cost with as many events, and what
// pages of the queue cost at worst.
func BenchmarkFigures(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		clock := dbtest.NewClock()
		d := dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite), Now: clock.Now})
		desk := &risk.Desk{DB: d, Ring: keyringtest.Open(b, d), Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)}
		a, err := desk.Session(b.Context(), bank, (&world{}).away(alice))
		if err != nil {
			b.Fatal(err)
		}
		spread(b, d, a, n, 25)
		r := &risk.Review{Desk: desk}
		for name, f := range map[string]func() error{
			"days":     func() error { _, err := r.Days(b.Context(), 30); return err },
			"queue":    func() error { _, err := r.Queue(b.Context(), risk.Filter{Limit: 25}); return err },
			"highest":  func() error { _, err := r.Queue(b.Context(), risk.Filter{Limit: 25, Highest: true}); return err },
			"waiting":  func() error { _, err := r.Waiting(b.Context(), "nobody"); return err },
			"no-claim": func() error { _, err := r.Queue(b.Context(), risk.Filter{Limit: 25, Holder: risk.Anybody}); return err },
			"no-code": func() error {
				_, err := r.Queue(b.Context(), risk.Filter{Limit: 25, Evidence: "none.such"})
				return err
			},
			"no-event": func() error { _, err := r.Queue(b.Context(), risk.Filter{Limit: 25, Channel: "none"}); return err },
		} {
			b.Run(strconv.Itoa(n)+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if err := f(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
