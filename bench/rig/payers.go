package rig

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Payers are customers with a payment token and a limited-use key each. A payer is used by one goroutine at a time.
type Payers struct {
	rig   *Rig
	store *Store
	all   []payer
	set   int // of the master keys
	index cryptogram.Index
}

type payer struct {
	number  string // of the token
	key     *cryptogram.Key
	counter uint16 // of transactions
}

// paymentLimit is more than any measurement pays with a key, but is looked at and counted.
const paymentLimit = 1_000_000_000_000

// masterKey is the issuer's, the same in every run.
func masterKey() []byte {
	s := sha256.Sum256([]byte("countersign bench issuer"))
	return s[:]
}

// Payers makes n of them, on a store without any.
func (s *Store) Payers(ctx context.Context, n int) (*Payers, error) {
	p := &Payers{rig: s.rig, store: s, set: 2, all: make([]payer, n)} // the first set is at random
	begin := s.rig.Now()
	err := s.With(ctx, func(a *app.App) error {
		profile := vault.DefaultProfile()
		profile.Key = vault.Threshold{Hours: 30 * 24, Amount: paymentLimit, Currency: "EUR", Foreign: "refuse"}
		folio, err := a.Vault.CreatePortfolio(ctx, by, vault.NewPortfolio{Name: "bench", Range: vault.Range{Prefix: "490000", Digits: 16}, Profile: profile})
		if err == nil {
			err = a.Vault.AddKey(ctx, by, folio.ID, masterKey())
		}
		for from := 0; err == nil && from < n; from += fillBatch {
			err = a.DB.Write(ctx, func(tx *db.Tx) error { return p.insert(tx, a, folio, from, min(from+fillBatch, n)) })
		}
		return err
	})
	if err == nil {
		err = s.Rest(ctx)
	}
	s.rig.Sayf("filled %s with %d payment tokens in %s", s.Dialect, n, s.rig.Now().Sub(begin).Round(100*time.Millisecond))
	return p, err
}

// Statements that leave what the issue of a token and its first key leave.
const (
	insertPhone = `INSERT INTO device (id, kind, manufacturer, serial, model, name, status, customer, created_at, assigned_at, note)
		VALUES ($1, 'companion', 'companion', $2, 'phone', '', 'active', $3, $4, $5, '')`
	insertCard = `INSERT INTO vault_account (id, customer, portfolio, pan, pan_hash, last4, expires, sequence, status, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, '9912', 0, 'good', $7, $8)`
	//nolint:gosec // names of columns
	insertToken = `INSERT INTO vault_token (id, account, customer, portfolio, device, number, number_hash, last4, status, ready, expires_at, counter, behind, renewals, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'active', 1, $9, 0, 0, 1, $10, $11)`
	insertGrant = `INSERT INTO vault_grant (token, kind, number, key_set, uses, used, amount, charged, currency, elsewhere, expires_at, created_at, misses)
		VALUES ($1, 'key', $2, $3, 0, 0, $4, 0, 'EUR', 'refuse', $5, $6, 0)`
)

// insert adds the payers from..to-1.
func (p *Payers) insert(tx *db.Tx, a *app.App, folio vault.Portfolio, from, to int) (err error) {
	if from == 0 {
		if p.index, err = cryptogram.NewIndex(tx.Now, 0); err != nil {
			return err
		}
	}
	var customers, phones, cards, tokens, grants [][]any
	at := tx.Now
	for i := from; i < to; i++ {
		if err := p.make(i); err != nil {
			return err
		}
		who, phone, card, token := ident.New(at, a.Rand), ident.New(at, a.Rand), ident.New(at, a.Rand), ident.New(at, a.Rand)
		pan, number := luhn(fmt.Sprintf("414709%09d", i)), p.all[i].number
		customers = append(customers, []any{who, "7" + strconv.Itoa(100_000_000+i), "Payer " + strconv.Itoa(i), "payer " + strconv.Itoa(i), at, at})
		phones = append(phones, []any{phone, phone.String(), who, at, at})
		cards = append(cards, []any{card, who, folio.ID, a.Ring.Seal("vault.pan", card, []byte(pan)), a.Ring.MAC("vault.pan", []byte(pan)), pan[12:], at, at})
		tokens = append(tokens, []any{token, card, who, folio.ID, phone, a.Ring.Seal("vault.token", token, []byte(number)), a.Ring.MAC("vault.token", []byte(number)), number[12:], at.AddDate(1, 0, 0), at, at})
		grants = append(grants, []any{token, int64(p.index), p.set, int64(paymentLimit), at.AddDate(0, 0, 30), at})
	}
	for _, x := range []struct {
		sql  string
		rows [][]any
	}{{insertCustomer, customers}, {insertPhone, phones}, {insertCard, cards}, {insertToken, tokens}, {insertGrant, grants}} {
		if _, err := tx.Many(x.sql, x.rows); err != nil {
			return err
		}
	}
	return nil
}

// make gives the i-th payer a number and the key that its phone would hold.
func (p *Payers) make(i int) error {
	x := payer{number: luhn(fmt.Sprintf("490000%09d", i))}
	account, err := cryptogram.AccountKey(cryptogram.AES, masterKey(), x.number, 0)
	if err != nil {
		return err
	}
	raw, err := cryptogram.LimitedKey(cryptogram.AES, account, p.index)
	if err == nil {
		x.key, err = cryptogram.NewKey(cryptogram.AES, raw)
	}
	p.all[i] = x
	return err
}

// Shown is what the i-th payer's phone shows a till: the data of the next transaction, and its cryptogram.
func (p *Payers) Shown(i int, amount uint64) (number string, t cryptogram.Transaction, d cryptogram.ApplicationData, proof []byte, err error) {
	x := &p.all[i]
	x.counter++
	t = cryptogram.Transaction{Amount: amount, Country: 276, Currency: 978, Date: p.rig.Now().UTC().Format("060102"), ATC: x.counter}
	binary.BigEndian.PutUint32(t.Unpredictable[:], uint32(i)) //nolint:gosec // at random in a shop
	d = cryptogram.ApplicationData{KeySet: byte(p.set), CVR: [5]byte{3}, Index: p.index}
	signed := t
	signed.Tail = d.CVR[:]
	data, err := signed.Data()
	if err == nil {
		proof = x.key.Cryptogram(data)[:cryptogram.Short]
	}
	return x.number, t, d, proof, err
}

// Approved counts what is stored: approvals, and uses that they took of keys. No node may be running.
func (p *Payers) Approved(ctx context.Context) (approvals, uses int64, err error) {
	err = p.store.With(ctx, func(a *app.App) error {
		return a.DB.Read(ctx, func(tx *db.Tx) error {
			return errors.Join(
				tx.Row("SELECT COUNT(*) FROM issuing_authorization WHERE approved > 0").Scan(&approvals),
				tx.Row("SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) FROM vault_grant").Scan(&uses),
			)
		})
	})
	return approvals, uses, err
}
