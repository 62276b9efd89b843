package pki_test

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"testing"

	"golang.org/x/crypto/ocsp"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/pki"
)

func benchWorld(b *testing.B) *world {
	b.Helper()
	clock := dbtest.NewClock()
	return newWorld(b, dbtest.Open(b, db.Config{DSN: dbtest.DSN(b, db.SQLite), Now: clock.Now}), clock, pki.P256)
}

// BenchmarkValidate is the judgment of a signature with the signed answer about its certificate's status.
func BenchmarkValidate(b *testing.B) {
	w := benchWorld(b)
	for _, algorithm := range []string{"ecdsa", "rsa"} {
		c, made := w.issue(pki.Signing, algorithm, algorithm)
		claim := w.claim(c, made)
		b.Run(algorithm, func(b *testing.B) {
			for b.Loop() {
				if r, err := w.desk.Validate(b.Context(), claim); err != nil || !r.Good() {
					b.Fatal(r.Cause, err)
				}
			}
		})
	}
}

// BenchmarkRespond is one answer of the responder, BenchmarkStamp one time-stamp, verified.
func BenchmarkRespond(b *testing.B) {
	w := benchWorld(b)
	_, made := w.issue(pki.Signing, "ecdsa", "a")
	q, err := ocsp.CreateRequest(made.Certificate, made.Chain[0], nil)
	w.must(err)
	for b.Loop() {
		if _, _, err := w.desk.Respond(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStamp(b *testing.B) {
	w := benchWorld(b)
	for b.Loop() {
		if _, err := w.desk.Stamp(b.Context(), sha256.Sum256(text)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIssue is a certificate with its commit, BenchmarkList a list of many entries.
func BenchmarkIssue(b *testing.B) {
	w := benchWorld(b)
	c, n := newCard(b, "ecdsa"), 0
	for b.Loop() {
		n++
		if _, err := w.desk.Issue(b.Context(), order(b, c, pki.Signing, strconv.Itoa(n))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	w := benchWorld(b)
	const entries = 10_000
	w.write(func(tx *db.Tx) error {
		for i := range entries {
			_, err := tx.Exec(`INSERT INTO pki_certificate (serial, issuer, order_id, profile, status, reason, key_hash, created_at, expires_at, changed_at)
				VALUES ($1, 1, $2, 'signing', 'revoked', 1, $3, $4, $5, $4)`, fmt.Sprintf("%032x", i+1), ident.Derive(strconv.Itoa(i)), []byte{}, tx.Now, tx.Now.Add(pki.RootLife))
			if err != nil {
				return err
			}
		}
		return nil
	})
	for b.Loop() {
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE pki_authority SET changed_at = $1", tx.Now)
			return err
		})
		w.clock.Advance(pause)
		if _, _, err := w.desk.RevocationList(b.Context(), 1); err != nil {
			b.Fatal(err)
		}
	}
}
