package risk

import (
	"context"
	"encoding/json"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
)

// lesson is what one outcome changes for the counts of all customers.
type lesson struct {
	At     time.Time          `json:"at"`
	Deltas []likelihood.Delta `json:"deltas,omitempty"`
	Payees []paid             `json:"payees,omitempty"`
}

// paid is what a payment changes for its payee.
type paid struct {
	Payee string  `json:"payee"`
	First bool    `json:"first,omitempty"` // the customer's first payment to it
	Fraud float64 `json:"fraud,omitempty"` // 1 for a confirmed fraud, -1 when that is taken back; 0 for a payment
}

// teach puts a lesson where [Desk.Fold] finds it.
func (d *Desk) teach(tx *db.Tx, l lesson) error {
	if len(l.Deltas)+len(l.Payees) == 0 {
		return nil
	}
	_, err := tx.Exec("INSERT INTO risk_lesson (id, document, created_at) VALUES ($1, $2, $3)", ident.New(tx.Now, d.Rand), text(l), tx.Now)
	return err
}

// Fold adds up to limit waiting lessons to the counts of all customers, and says how
// many. Each counts exactly once: it is deleted in the same transaction, and one
// that another node has deleted is left to it. It is called every second or so; a
// decision before that sees the customer's own history, and everybody's counts of a
// moment ago.
func (d *Desk) Fold(ctx context.Context, limit int) (n int64, err error) {
	var waits int
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM (SELECT 1 AS one FROM risk_lesson LIMIT 1) AS waiting").Scan(&waits)
	})
	if err != nil || waits == 0 {
		return 0, err
	}
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		n = 0
		// The row of this count is held until the commit: one node folds at a time.
		if err := total(tx, "folds", 1); err != nil {
			return err
		}
		sum := sums{values: map[value]int64{}, pairs: map[pair]int64{}, payees: map[string]spendings{}}
		type waiting struct {
			id  ident.ID
			doc string
		}
		var all []waiting
		err := tx.Each("SELECT id, document FROM risk_lesson ORDER BY id LIMIT $1", []any{limit}, func(r db.Row) error {
			var w waiting
			err := r.Scan(&w.id, &w.doc)
			all = append(all, w)
			return err
		})
		if err != nil {
			return err
		}
		for _, w := range all {
			gone, err := tx.Exec("DELETE FROM risk_lesson WHERE id = $1", w.id)
			if err != nil {
				return err
			}
			var l lesson
			if err := json.Unmarshal([]byte(w.doc), &l); err != nil {
				return err
			}
			if gone == 1 {
				n++
				sum.add(l)
			}
		}
		return sum.write(tx)
	})
	return n, err
}
