package wallet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// KeepLetters is how long a letter waits for a device that never comes.
const KeepLetters = 30 * 24 * time.Hour

// post leaves a letter for a device.
func (d *Desk) post(tx *db.Tx, customer, device ident.ID, l report.Letter) error {
	id := ident.New(tx.Now, d.Rand)
	l.ID = id[:]
	body, err := json.Marshal(l) //nolint:gosec // it is sealed below
	if err != nil {
		return err
	}
	defer clear(body)
	_, err = tx.Exec("INSERT INTO wallet_letter (id, device, customer, token, kind, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		id, device, customer, ident.ID(l.Token), l.Kind, d.Ring.Seal(letterLabel, id, body), tx.Now)
	if err == nil && d.Posted != nil {
		err = d.Posted(tx, customer, device, id)
	}
	return err
}

// Post gives a device letters that wait, the oldest first, and forgets those that it has dealt with. A letter comes again until then (DI-209).
func (d *Desk) Post(tx *db.Tx, from companion.Companion, c *report.Collection) (out report.Credentials, err error) {
	for _, id := range c.Had {
		if _, err := tx.Exec("DELETE FROM wallet_letter WHERE id = $1 AND device = $2", ident.ID(id), from.ID); err != nil {
			return out, err
		}
	}
	err = tx.Each("SELECT id, body FROM wallet_letter WHERE device = $1 ORDER BY id LIMIT $2", []any{from.ID, report.MaxLetters + 1}, func(r db.Row) error {
		var id ident.ID
		var sealed []byte
		if err := r.Scan(&id, &sealed); err != nil {
			return err
		}
		if len(out.Post) == report.MaxLetters {
			out.More = true
			return nil
		}
		body, err := d.Ring.Open(letterLabel, id, sealed)
		if err != nil {
			return err
		}
		defer clear(body)
		var l report.Letter
		if err := json.Unmarshal(body, &l); err != nil {
			return fmt.Errorf("wallet: a letter cannot be read: %w", err)
		}
		out.Post = append(out.Post, l)
		return nil
	})
	return out, err
}

// Waiting counts the letters that wait for a device.
func (d *Desk) Waiting(tx *db.Tx, device ident.ID) (n int, err error) {
	err = tx.Row("SELECT COUNT(*) FROM wallet_letter WHERE device = $1", device).Scan(&n)
	return n, err
}

// Low leaves a letter for the primary of a token whose key wears out, once for each key (DI-204): whoever took of the key calls it.
func (d *Desk) Low(tx *db.Tx, p *vault.Paying) error {
	t := &p.Token
	if p.Grant.Kind != vault.Key || !p.Grant.Low(&p.Portfolio.Profile, tx.Now) { // data are asked for when they are needed
		return nil
	}
	var n int
	if err := tx.Row("SELECT COUNT(*) FROM wallet_set WHERE token = $1", t.ID).Scan(&n); err != nil || n == 0 {
		return err // made without this package: its device asks by itself
	}
	if err := tx.Row("SELECT COUNT(*) FROM wallet_letter WHERE device = $1 AND token = $2 AND kind = $3", t.Device, t.ID, report.LetterRenew).Scan(&n); err != nil || n > 0 {
		return err
	}
	return d.post(tx, t.Customer, t.Device, report.Letter{Kind: report.LetterRenew, Token: t.ID[:], Index: p.Grant.Index.String()})
}

// Sweep forgets, at most n, letters that nobody fetched.
func (d *Desk) Sweep(ctx context.Context, n int) (gone int64, err error) {
	err = d.Vault.DB.Write(ctx, func(tx *db.Tx) error {
		gone, err = tx.Exec("DELETE FROM wallet_letter WHERE id IN (SELECT id FROM wallet_letter WHERE created_at < $1 ORDER BY created_at LIMIT $2)", tx.Now.Add(-KeepLetters), n)
		return err
	})
	return gone, err
}

func found(err error) (bool, error) {
	if errors.Is(err, db.ErrNoRow) {
		return false, nil
	}
	return err == nil, err
}

// orElse is err, or what else is wrong when there is none.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
