package password

import (
	"context"
	"errors"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// former is a stored form that is, or was, the customer's, sealed.
type former struct {
	generation int64
	sealed     []byte
}

// formers lists the newest former secrets of a customer, newest first.
func formers(tx *db.Tx, customer ident.ID, n int) (all []former, err error) {
	err = tx.Each("SELECT generation, sealed FROM password_former WHERE customer = $1 ORDER BY generation DESC LIMIT $2", []any{customer, max(n, 1)}, func(r db.Row) error {
		var f former
		err := r.Scan(&f.generation, &f.sealed)
		all = append(all, f)
		return err
	})
	return all, err
}

// retire keeps what is the customer's secret now as a former one, and forgets those
// that are beyond the last keep.
func retire(tx *db.Tx, customer ident.ID, keep int) error {
	if keep > 0 {
		_, err := tx.Exec(`INSERT INTO password_former (customer, generation, sealed, ended_at)
			SELECT customer, generation, sealed, $2 FROM password WHERE customer = $1 ON CONFLICT DO NOTHING`, customer, tx.Now)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec(`DELETE FROM password_former WHERE customer = $1 AND generation NOT IN
		(SELECT generation FROM password_former WHERE customer = $1 ORDER BY generation DESC LIMIT $2)`, customer, keep)
	return err
}

// same finds out which stored form, of the present secret and of n former ones, a new one
// fits; -1 for none. It costs n+1 computations, whatever there is, so that its time
// does not tell how often somebody has changed theirs.
func (p *Passwords) same(ctx context.Context, customer ident.ID, typed string, normal []byte, present []byte, old []former, n int) (at int, err error) {
	forms := make([][]byte, 1, n+1)
	forms[0] = present
	for _, f := range old[:min(n, len(old))] {
		forms = append(forms, f.sealed)
	}
	at = -1
	for i := range min(n, policy.MaxHistory) + 1 {
		fits := false
		if i < len(forms) && forms[i] != nil {
			fits, err = p.fits(ctx, customer, typed, normal, forms[i])
		} else {
			p.worked("ours")
			err = p.hasher.Dummy(ctx, normal)
		}
		if err != nil {
			return -1, err
		}
		if fits && at < 0 {
			at = i
		}
	}
	return at, nil
}

// fits compares a secret with a sealed form: one of ours, or an imported one, of which
// Argon2 hashes may be of the normal form or of what was typed.
func (p *Passwords) fits(ctx context.Context, customer ident.ID, typed string, normal, sealed []byte) (fits bool, err error) {
	stored, err := p.ring.Open(sealLabel, customer, sealed)
	if err != nil {
		return false, err
	}
	defer clear(stored)
	if strings.HasPrefix(string(stored), keyedForm) {
		p.worked("ours")
		fits, _, err = p.verify(ctx, string(stored), 0, customer, normal)
		return fits, err
	}
	h, err := ReadHash(string(stored))
	if err != nil {
		return false, err
	}
	p.worked("ours")
	var failed error
	err = p.hasher.Run(ctx, func() {
		if fits, failed = h.fits([]byte(typed)); !fits && failed == nil && h.family == Argon2 && typed != string(normal) {
			fits, failed = h.fits(normal)
		}
	})
	return fits, errors.Join(err, failed)
}
