package rig

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/sim"
)

// importCards imports a card maker's file.
func importCards(ctx context.Context, a *app.App, name string) error {
	_, err := a.SIMs.ImportFile(ctx, operator, sim.Import{Name: filepath.Base(name), Open: func() (io.ReadCloser, error) { return os.Open(filepath.Clean(name)) }})
	return err
}

// FillSIMs adds n cards and as many registered mobile IDs that nobody uses, beside those of the
// phones: copies of one that is there, each with a number, a card and a customer of its own.
func (s *Store) FillSIMs(ctx context.Context, a *app.App, n int) error {
	name := s.rig.Path("stock.csv")
	if err := writeStock(name, n); err != nil {
		return err
	}
	if err := importCards(ctx, a, name); err != nil {
		return err
	}
	const batch = 1000
	for from := 0; from < n; from += batch {
		if err := a.DB.Write(ctx, func(tx *db.Tx) error {
			for i := from; i < min(n, from+batch); i++ {
				if err := copyMobileID(tx, i); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return s.Rest(ctx)
}

func copyMobileID(tx *db.Tx, i int) error {
	name := func(what string) ident.ID { return ident.Derive("bench", what, strconv.Itoa(i)) }
	tag := make([]byte, 32)
	_, _ = rand.Read(tag) // never fails
	n, err := tx.Exec(`INSERT INTO mobile_id (customer, id, device, card, number, sealed, state, algorithm, held_until, spam, reason, suspended_by, created_at, activated_at, changed_at, version)
		SELECT $1, $2, $3, $4, $5, sealed, state, algorithm, held_until, spam, reason, suspended_by, created_at, activated_at, changed_at, version
		FROM mobile_id WHERE state = 'active' ORDER BY customer LIMIT 1`, name("customer"), name("mobile"), name("device"), name("card"), tag)
	if err == nil && n != 1 {
		err = errors.New("there is no mobile ID to copy")
	}
	if err != nil {
		return err
	}
	for role := 1; role <= 2; role++ {
		if _, err := tx.Exec(`INSERT INTO mobile_id_key (customer, id, mobile, card, role, algorithm, state, head, tail, public, request, certificate, chain, serial, orders, created_at, certified_at, expires_at, ended_at)
			SELECT $1, $2, $3, $4, role, algorithm, state, head, tail, public, request, certificate, chain, serial, orders, created_at, certified_at, expires_at, ended_at
			FROM mobile_id_key WHERE state = 'live' AND role = $5 ORDER BY customer LIMIT 1`, name("customer"), name("key"+strconv.Itoa(role)), name("mobile"), name("card"), role); err != nil {
			return err
		}
	}
	return nil
}

// writeStock writes the file of a card maker with n cards.
func writeStock(name string, n int) (err error) {
	f, err := os.Create(filepath.Clean(name))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := csv.NewWriter(f)
	_ = w.Write([]string{"iccid", "msisdn", "set", "algorithm", "kic", "kid"}) // Flush tells
	key := make([]byte, 32)
	for i := range n {
		_, _ = rand.Read(key) // never fails
		_ = w.Write([]string{luhn(fmt.Sprintf("898800%012d", i)), fmt.Sprintf("+43660%08d", i), "1", "aes", hex.EncodeToString(key[:16]), hex.EncodeToString(key[16:])})
	}
	w.Flush()
	return w.Error()
}

// luhn appends the check digit (ITU-T E.118).
func luhn(digits string) string {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits + strconv.Itoa((10-sum%10)%10)
}
