package provider_test

import (
	"crypto/rand"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/provider"
)

var officer = audit.System("officer")

type world struct {
	*provider.Register
	*testing.T
	clock *dbtest.Clock
}

func each(t *testing.T, f func(w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		f(&world{&provider.Register{DB: d, Ring: keyringtest.Open(t, d), Rand: rand.Reader, Now: clock.Now}, t, clock})
	})
}

var pin = provider.Pin{1, 2, 3}

func terms(change func(*provider.Terms)) provider.Terms {
	t := provider.Defaults()
	t.Name, t.Pins = "Shop", []provider.Pin{pin}
	if change != nil {
		change(&t)
	}
	return t
}

func (w *world) create(code string, change func(*provider.Terms)) (provider.Provider, string) {
	w.Helper()
	p, password, err := w.Create(w.Context(), officer, provider.New{Code: code, Terms: terms(change)})
	if err != nil {
		w.Fatal(err)
	}
	return p, password
}

func (w *world) records(kind string) (n int) {
	w.Helper()
	err := w.DB.Read(w.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1", kind).Scan(&n)
	})
	if err != nil {
		w.Fatal(err)
	}
	return n
}
