package idserver

import (
	"context"

	"github.com/countersign-auth/countersign/internal/db"
)

// Sweep judges requests that nothing has judged a day after their time, and deletes those that are kept no longer than the
// signatures that they asked for: at most n of each. It returns the most that it did of one kind.
func (d *Desk) Sweep(ctx context.Context, n int) (done int64, err error) {
	judged, err := d.sweepPending(ctx, n)
	if err != nil {
		return judged, err
	}
	keep := d.Policies.Active().MobileID.Keep
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		done, err = tx.Exec(`DELETE FROM identity_request WHERE (customer, id) IN (SELECT customer, id FROM identity_request WHERE created_at < $1 ORDER BY created_at LIMIT $2)`, tx.Now.Add(-keep), n)
		return err
	})
	return max(done, judged), err
}

// sweepPending ends requests whose end left no message, such as one of before messages were left, or whose transaction is gone:
// none stays pending for ever. What still cannot be judged is denied.
func (d *Desk) sweepPending(ctx context.Context, n int) (int64, error) {
	var all []place
	err := d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT customer, id FROM identity_request WHERE state = 'pending' AND expires_at < $1 ORDER BY expires_at LIMIT $2", []any{tx.Now.Add(-patience), n}, func(r db.Row) error {
			var p place
			err := r.Scan(&p.Customer, &p.ID)
			all = append(all, p)
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		if _, err := d.examine(ctx, p); ctx.Err() != nil {
			return 0, err
		}
		// It is pending yet where its transaction is gone, or the judge does not answer.
		if err := d.DB.Settle(ctx, p.Customer, func(tx *db.Tx) error { return giveUp(tx, p) }); err != nil {
			return 0, err
		}
	}
	return int64(len(all)), nil
}
