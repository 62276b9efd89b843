package prompt

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// keep is how long a prompt stays after it ran out: as long as its authentication.
const keep = 30 * 24 * time.Hour

func busy() error {
	return fault.Conflictf("prompt.busy", "Somebody else asked for the same approval at this moment. Please try again.")
}

// Cancel ends what was asked for an authentication, because that has ended.
func (d *Desk) Cancel(tx *db.Tx, customer, authentication ident.ID) error {
	_, err := tx.Exec("UPDATE prompt SET status = 'cancelled', ended_at = $3 WHERE customer = $1 AND authentication = $2 AND status IN ('pending', 'approved')",
		customer, authentication, tx.Now)
	tx.After(func() { d.waiting.Tell(authentication) })
	return err
}

// Moved is told that one token took the place of another. What waits is asked of the customer,
// not of a token, so the new one can answer it at once; what the former one has approved and
// nobody has taken yet is cancelled, for it is not in use any more.
func (d *Desk) Moved(tx *db.Tx, customer, from, _ ident.ID) error {
	_, err := tx.Exec("UPDATE prompt SET status = 'cancelled', ended_at = $3 WHERE customer = $1 AND token = $2 AND status IN ('pending', 'approved')", customer, from, tx.Now)
	return err
}

// Erase removes the prompts of a closed customer. What was approved stands in the assertions that the
// bank has archived, and its digest in the log until that is erased, too.
func Erase(tx *db.Tx, customer ident.ID) error {
	for _, sql := range []string{"DELETE FROM prompt WHERE customer = $1", "DELETE FROM prompt_holder WHERE customer = $1"} {
		if _, err := tx.Exec(sql, customer); err != nil {
			return err
		}
	}
	return nil
}

// Restored is the hook for a database that was restored from a backup: what is open in it
// may have been answered and used since, so all of it is cancelled.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	_, err := tx.Exec("UPDATE prompt SET status = 'cancelled', ended_at = $1 WHERE status IN ('pending', 'approved')", tx.Now)
	return err
}

// Sweep deletes at most n prompts that ran out thirty days ago, and counts of customers who were
// not asked for a day. It returns the most that it deleted of one kind.
func (d *Desk) Sweep(ctx context.Context, n int) (most int64, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		most = 0
		for _, x := range []struct {
			sql    string
			before time.Time
		}{
			{"DELETE FROM prompt WHERE (customer, id) IN (SELECT customer, id FROM prompt WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)", tx.Now.Add(-keep)},
			{"DELETE FROM prompt_holder WHERE customer IN (SELECT customer FROM prompt_holder WHERE since < $1 AND payments_since < $1 ORDER BY since LIMIT $2)", tx.Now.Add(-24 * time.Hour)},
		} {
			done, err := tx.Exec(x.sql, x.before, n)
			if err != nil {
				return err
			}
			most = max(most, done)
		}
		return nil
	})
	return most, err
}
