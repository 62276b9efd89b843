package db_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
)

func TestNowNeverGoesBackwards(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		start := clock.Now()
		now := func() (n time.Time) {
			t.Helper()
			for name, open := range openings(d) {
				if err := open(func(tx *db.Tx) error { n = tx.Now; return nil }); err != nil {
					t.Fatal(name, err)
				}
			}
			return n
		}
		for _, step := range []struct {
			advance time.Duration
			want    time.Duration // since start
		}{
			{0, 0},
			{time.Second + 1500*time.Nanosecond, time.Second + time.Microsecond},
			{-time.Hour, time.Second + time.Microsecond},                        // jumped back: stand
			{30 * time.Minute, time.Second + time.Microsecond + 15*time.Minute}, // go on at half pace
			{30 * time.Minute, time.Second + time.Microsecond + 30*time.Minute},
			{30 * time.Minute, time.Second + time.Microsecond + 30*time.Minute}, // the wall has caught up
			{time.Hour, time.Second + time.Microsecond + 90*time.Minute},        // as if nothing had been
		} {
			clock.Advance(step.advance)
			if got := now().Sub(start); got != step.want {
				t.Fatalf("after %v: %v, want %v", step.advance, got, step.want)
			}
		}
		n := now()
		if n.Location() != time.UTC || n.Nanosecond()%1000 != 0 {
			t.Errorf("%v is not UTC in whole microseconds", n)
		}
	})
}

func TestClockIsTheDatabasesOwn(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		clock.Set(time.Unix(0, 0))
		at, err := d.Clock(t.Context())
		if off := time.Since(at).Abs(); err != nil || off > time.Minute {
			t.Errorf("the database shows %v, %v off, %v", at, off, err)
		}
		if err := d.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestBootIsANewIDEachTime(t *testing.T) {
	t.Parallel()
	dsn := dbtest.DSN(t, db.SQLite)
	a, b := dbtest.Open(t, db.Config{DSN: dsn}), dbtest.Open(t, db.Config{DSN: dsn})
	if a.Boot() == b.Boot() || a.Boot().IsZero() {
		t.Errorf("%v and %v", a.Boot(), b.Boot())
	}
	if _, err := db.Open(t.Context(), db.Config{DSN: dsn}); fault.KindOf(err) != fault.Internal || err == nil {
		t.Errorf("opened without a clock: %v", err)
	}
}
