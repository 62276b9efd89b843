package rig

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/oath"
)

// Population are N registered customers with a token each, and what their tokens
// will show next. Codes of different customers may be made at the same time.
type Population struct {
	N    int
	next []uint64 // counter of each token
	sign []uint64 // counter of each token's signing key; nil without

	question string // that everybody signs
}

// Policy that the customers are registered for; it is in policy version 0.
const policyCode = "secure-code"

// numberDigits is the length of all customer numbers.
const numberDigits = 9

// Number writes the customer number of the i-th customer into b; all have nine digits.
func (p *Population) Number(b []byte, i int) []byte {
	return fmt.Appendf(b[:0], "%0*d", numberDigits, 100_000_000+i)
}

// Code writes the next code of the i-th customer's token into b; it will not show
// it again.
func (p *Population) Code(b []byte, i int) []byte {
	b = p.Peek(b, i)
	p.next[i]++
	return b
}

// Peek is Code without pressing the button: for codes that will not be accepted.
func (p *Population) Peek(b []byte, i int) []byte { return code(b, seed(i), p.next[i]) }

func code(b, seed []byte, counter uint64) []byte {
	h, err := oath.NewHOTP(seed, oath.HOTPOptions{})
	if err != nil {
		panic(err) // a seed of 20 bytes is one
	}
	return h.Append(b[:0], counter)
}

// seed is the secret of the i-th token: the same in every run, so that many
// databases can be filled alike.
func seed(i int) []byte {
	s := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("countersign bench seed"), uint64(i))) //nolint:gosec // not negative
	return s[:20]
}

// fillBatch is how many customers share a transaction.
const fillBatch = 2000

// Fill registers n customers.
func (s *Store) Fill(ctx context.Context, n int) (*Population, error) {
	begin := s.rig.Now()
	err := s.With(ctx, func(a *app.App) error {
		for from := 0; from < n; from += fillBatch {
			to := min(from+fillBatch, n)
			if err := a.DB.Write(ctx, func(tx *db.Tx) error { return insert(tx, a, from, to) }); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.Rest(ctx)
	}
	s.rig.Sayf("filled %s with %d tokens in %s", s.Dialect, n, s.rig.Now().Sub(begin).Round(100*time.Millisecond))
	return &Population{N: n, next: make([]uint64, n)}, err
}

// Statements that leave what a finished registration leaves.
const (
	insertCustomer = `INSERT INTO customer (id, number, name, name_key, locale, status, created_at, changed_at)
		VALUES ($1, $2, $3, $4, 'en', 'active', $5, $6)`
	insertDevice = `INSERT INTO device (id, kind, manufacturer, serial, model, name, status, customer, created_at, assigned_at, note)
		VALUES ($1, 'token', 'oath.ALDR', $2, 'b100', '', 'active', $3, $4, $5, '')`
	insertKey = `INSERT INTO token_key (device, key_id, usage, algorithm, suite, hash, digits, step, epoch, next_value, drift,
		proven, resync_first, seed, pin_mode, pin_min, uses)
		VALUES ($1, $2, 'code', 'hotp', '', 'sha1', 6, 0, 0, 0, 0, 1, 0, $3, '', 0, 0)`
	insertAuthenticator = `INSERT INTO authenticator (customer, policy, status, failures, blocks, successes, challenges, created_at)
		VALUES ($1, $2, 'enabled', 0, 0, 0, 0, $3)`
)

// insert adds the customers from..to-1.
func insert(tx *db.Tx, a *app.App, from, to int) error {
	var p Population
	var customers, devices, keys, authenticators [][]any
	for i := from; i < to; i++ {
		who, what, at := ident.New(tx.Now, a.Rand), ident.New(tx.Now, a.Rand), tx.Now
		name := "Customer " + strconv.Itoa(i)
		customers = append(customers, []any{who, string(p.Number(nil, i)), name, "customer " + strconv.Itoa(i), at, at})
		devices = append(devices, []any{what, fmt.Sprintf("BENCH%09d", i), who, at, at})
		keys = append(keys, []any{what, "key-" + strconv.Itoa(i), a.Ring.Seal("token.seed", what, seed(i))})
		authenticators = append(authenticators, []any{who, policyCode, at})
	}
	for _, x := range []struct {
		sql  string
		rows [][]any
	}{{insertCustomer, customers}, {insertDevice, devices}, {insertKey, keys}, {insertAuthenticator, authenticators}} {
		if _, err := tx.Many(x.sql, x.rows); err != nil {
			return err
		}
	}
	return nil
}
