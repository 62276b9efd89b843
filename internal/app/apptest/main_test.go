package apptest_test

import (
	"os"
	"testing"

	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
)

// program is the real program, built when first needed.
var program func(testing.TB) string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "apptest")
	if err != nil {
		panic(err)
	}
	program = apptest.Program(dir)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// both runs f on a new installation on each database. It has a clock of its own
// where f wants one.
func both(t *testing.T, clocked bool, f func(t *testing.T, in *apptest.Installation, clock *dbtest.Clock)) {
	t.Helper()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			dsn := dbtest.DSN(t, dialect)
			if !clocked {
				f(t, apptest.Install(t, dsn, nil), nil)
				return
			}
			clock := dbtest.NewClock()
			f(t, apptest.Install(t, dsn, clock), clock)
		})
	}
}
