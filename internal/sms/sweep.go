package sms

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

const (
	// silence is how long after its end of life a message may still get a receipt.
	silence = 24 * time.Hour
	// keep is how long what became of a message is remembered.
	keep = 90 * 24 * time.Hour
)

// Sweep does some of what time asks for and says to how many rows (up to about
// limit): messages whose receipts never came become unknown; bodies of dead
// messages that expired are destroyed; messages that ended 90 days ago, and
// receipts that fitted nothing for a day, are forgotten.
func (d *Desk) Sweep(ctx context.Context, limit int) (total int64, err error) {
	for _, f := range []func(*db.Tx, int) (int64, error){silent, destroy, forget, stray} {
		var n int64
		if err := d.DB.Write(ctx, func(tx *db.Tx) error {
			n, err = f(tx, limit)
			return err
		}); err != nil {
			return total, err
		}
		total = max(total, n)
	}
	return total, nil
}

func silent(tx *db.Tx, limit int) (int64, error) {
	var ids, customers []ident.ID
	err := tx.Each(`UPDATE sms SET state = 'unknown', ended_at = $1, reason = 'no receipt came'
WHERE id IN (SELECT id FROM sms WHERE ended_at IS NULL AND state = 'sent' AND expires_at < $2 ORDER BY expires_at LIMIT $3) AND state = 'sent'
RETURNING id, customer`, []any{tx.Now, tx.Now.Add(-silence), limit}, func(r db.Row) error {
		var id, customer ident.ID
		err := r.Scan(&id, &customer)
		ids, customers = append(ids, id), append(customers, customer)
		return err
	})
	for i, id := range ids {
		recordEnd(tx, id, customers[i], Unknown, "", "")
	}
	return int64(len(ids)), err
}

func destroy(tx *db.Tx, limit int) (int64, error) {
	return tx.Exec(`UPDATE sms SET body = NULL, state = 'expired'
WHERE id IN (SELECT id FROM sms WHERE state = 'dead' AND expires_at <= $1 LIMIT $2) AND state = 'dead'`, tx.Now, limit)
}

func forget(tx *db.Tx, limit int) (int64, error) {
	old := `SELECT id FROM sms WHERE ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at, id LIMIT $2`
	if _, err := tx.Exec(`DELETE FROM sms_part WHERE message IN (`+old+`)`, tx.Now.Add(-keep), limit); err != nil {
		return 0, err
	}
	return tx.Exec(`DELETE FROM sms WHERE id IN (`+old+`)`, tx.Now.Add(-keep), limit)
}

func stray(tx *db.Tx, limit int) (int64, error) {
	return tx.Exec(`DELETE FROM sms_part WHERE (gateway, reference) IN
(SELECT gateway, reference FROM sms_part WHERE message IS NULL AND seen_at < $1 LIMIT $2) AND message IS NULL`, tx.Now.Add(-silence), limit)
}
