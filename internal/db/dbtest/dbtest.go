package dbtest

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
)

// Each runs f as a subtest on SQLite and as one on PostgreSQL, each with a fresh
// database that has the whole schema. Its clock stands still.
func Each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachWithClock(t, func(t *testing.T, d *db.DB, _ *Clock) {
		t.Helper()
		f(t, d)
	})
}

// EachWithClock is Each for tests that move the clock.
func EachWithClock(t *testing.T, f func(t *testing.T, d *db.DB, clock *Clock)) {
	t.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			clock := NewClock()
			f(t, Open(t, db.Config{DSN: DSN(t, dialect), Now: clock.Now}), clock)
		})
	}
}

// Run runs f like Each, but with settlements that share commits, and again with
// settlements that have each their own; and all the time next to neighbors that
// fail, panic and give up. It is the contract of Tx and Settle: f must not see
// any difference, and the neighbors must leave no trace.
func Run(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		for name, size := range map[string]int{"grouped": 64, "alone": 1} {
			t.Run(dialect.String()+"/"+name, func(t *testing.T) {
				d := Open(t, db.Config{DSN: DSN(t, dialect), GroupSize: size})
				among(t, d, func() { f(t, d) })
			})
		}
	}
}

// DSN makes a fresh database with the whole schema and returns its address. It is
// removed when the test ends.
func DSN(t testing.TB, dialect db.Dialect) string {
	t.Helper()
	if dialect == db.Postgres {
		return clonePostgres(t)
	}
	return cloneSQLite(t)
}

// Empty makes a fresh database without any schema and returns its address. It is
// removed when the test ends.
func Empty(t testing.TB, dialect db.Dialect) string {
	t.Helper()
	if dialect == db.Postgres {
		return createPostgres(t, Postgres(t), "template0")
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "countersign.db")
}

// Open opens a database until the test ends. Without a clock it gets one that
// stands still.
func Open(t testing.TB, c db.Config) *db.DB {
	t.Helper()
	if c.Now == nil {
		c.Now = NewClock().Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	d, err := db.Open(t.Context(), c)
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return d
}
