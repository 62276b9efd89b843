package sim

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Jump is how far counters move up when the database was restored from a backup: more packets than a
// card can have had since. A key set has room for a million of such jumps.
const Jump = 1 << 20

// Restored is the hook for a database that was restored from a backup: counters in it may stand
// below those that cards have seen, so all move up by Jump. What was on its way is lost: it may
// have been sent and answered since.
func (d *Desk) Restored(tx *db.Tx, _ audit.Recovery) error {
	if _, err := tx.Exec("UPDATE sim_key_set SET counter = CASE WHEN counter > $1 THEN CAST($2 AS BIGINT) ELSE counter + $3 END", lastCounter-Jump, lastCounter, Jump); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM sim_part"); err != nil {
		return err
	}
	ids, err := idsOf(tx, "SELECT id FROM sim_message WHERE state IN "+open+" ORDER BY id")
	for _, id := range ids {
		if err := d.lose(tx, id, Failed, Restored, ""); err != nil {
			return err
		}
	}
	return err
}

const (
	keepMessages = 90 * 24 * time.Hour
	keepParts    = 15 * time.Minute
	keepReceipts = 48 * time.Hour
	keepEarly    = 5 * time.Minute // receipts of parts that no center has named
	// patience is how long an acknowledgement may come after "counter low": they overtake each other.
	patience = 30 * time.Second
)

// Sweep does some of what time asks for and says to how many rows (up to about limit): messages
// whose time is over expire; parts of answers that never became whole, receipts, and
// messages that ended 90 days ago are forgotten; cards of imports that were broken off are dropped.
func (d *Desk) Sweep(ctx context.Context, limit int) (total int64, err error) {
	for _, f := range []func(*db.Tx, int) (int64, error){d.expire, d.behind, strayParts, oldReceipts, earlyReceipts, forget} {
		var n int64
		if err := d.DB.Write(ctx, func(tx *db.Tx) error {
			n, err = f(tx, limit)
			return err
		}); err != nil {
			return total, err
		}
		total = max(total, n)
	}
	n, err := d.sweepImports(ctx, limit)
	return max(total, n), err
}

// expire ends the messages that no answer came to.
func (d *Desk) expire(tx *db.Tx, limit int) (int64, error) {
	ids, err := idsOf(tx, "SELECT id FROM sim_message WHERE ended_at IS NULL AND expires_at < $1 ORDER BY expires_at LIMIT $2", tx.Now.Add(-Delay), limit)
	for _, id := range ids {
		if err := d.lose(tx, id, Expired, TimedOut, ""); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), err
}

// behind ends the messages whose counter the card has left behind, and that no acknowledgement
// followed for: a card that got a message twice has said before that it has it.
func (d *Desk) behind(tx *db.Tx, limit int) (int64, error) {
	ids, err := idsOf(tx, "SELECT id FROM sim_message WHERE ended_at IS NULL AND behind_at IS NOT NULL AND behind_at < $1 AND state IN ('waiting', 'sent', 'delivered') ORDER BY behind_at LIMIT $2", tx.Now.Add(-patience), limit)
	for _, id := range ids {
		if err := d.lose(tx, id, Failed, Behind, "the card's counter is ahead of ours; raise ours with countersign sim counter"); err != nil {
			return 0, err
		}
	}
	return int64(len(ids)), err
}

func strayParts(tx *db.Tx, limit int) (int64, error) {
	return tx.Exec(`DELETE FROM sim_part WHERE (address, reference, total, number, digest) IN
(SELECT address, reference, total, number, digest FROM sim_part WHERE seen_at < $1 ORDER BY seen_at LIMIT $2)`, tx.Now.Add(-keepParts), limit)
}

func oldReceipts(tx *db.Tx, limit int) (int64, error) {
	return tx.Exec(`DELETE FROM sim_receipt WHERE (gateway, reference) IN
(SELECT gateway, reference FROM sim_receipt WHERE seen_at < $1 ORDER BY seen_at LIMIT $2)`, tx.Now.Add(-keepReceipts), limit)
}

func earlyReceipts(tx *db.Tx, limit int) (int64, error) {
	return tx.Exec(`DELETE FROM sim_receipt WHERE message IS NULL AND (gateway, reference) IN
(SELECT gateway, reference FROM sim_receipt WHERE message IS NULL AND seen_at < $1 ORDER BY seen_at LIMIT $2)`, tx.Now.Add(-keepEarly), limit)
}

func forget(tx *db.Tx, limit int) (int64, error) {
	return tx.Exec("DELETE FROM sim_message WHERE id IN (SELECT id FROM sim_message WHERE ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at, id LIMIT $2)", tx.Now.Add(-keepMessages), limit)
}
