package pki_test

import (
	"bytes"
	"crypto/x509"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/pki"
)

// fuzzed is a world for fuzzing: on SQLite alone.
type fuzzed struct {
	*world

	anchors []*x509.Certificate
}

func fuzzWorld(f *testing.F) fuzzed {
	f.Helper()
	clock := dbtest.NewClock()
	d := dbtest.Open(f, db.Config{DSN: dbtest.DSN(f, db.SQLite), Now: clock.Now})
	w := newWorld(f, d, clock, pki.P256)
	return fuzzed{w, []*x509.Certificate{w.root.Certificate}}
}

// sameMeaning reports whether only what is not signed differs: the certificates that are enclosed, versions, and unsigned attributes may
// be changed by anybody without changing who has signed what.
func sameMeaning(a, b []byte) bool {
	return bytes.Contains(a, text) && bytes.Contains(a, b[len(b)-64:])
}
