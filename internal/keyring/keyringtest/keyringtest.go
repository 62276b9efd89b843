// Package keyringtest gives tests a keyring over a test database.
package keyringtest

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Open returns a keyring whose key-encryption key is the same in every test, so
// that several databases and several openings of one agree. It initializes the
// database's keys when there are none.
func Open(t testing.TB, d *db.DB) *keyring.Ring {
	t.Helper()
	kek, err := keyring.NewLocal(rand.Reader, keyring.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	opts := keyring.Options{Rand: rand.Reader, Now: time.Now}
	if err := keyring.Init(t.Context(), d, kek, opts, "system:test"); err != nil && !fault.Is(err, "keyring.exists") {
		t.Fatal(err)
	}
	r, err := keyring.Open(t.Context(), d, kek, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
