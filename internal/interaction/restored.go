package interaction

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Restored is the hook for a database that was restored from a backup. What was paid under restrictions since is not known, so the
// sum of this day counts as taken; what was recent in the backup is not. Devices go through their quarantine again by the hook of
// package companion, and a primary in quarantine is judged like one of which little is known.
func (d *Desk) Restored(tx *db.Tx, _ audit.Recovery) error {
	_, err := tx.Exec(`INSERT INTO interaction_budget (customer, day, spent) SELECT DISTINCT customer, CAST($1 AS BIGINT), CAST($2 AS BIGINT) FROM interaction_pattern WHERE version >= 0
		ON CONFLICT (customer, day) DO UPDATE SET spent = excluded.spent WHERE interaction_budget.spent < excluded.spent`, d.day(tx.Now), d.rules().Restrictions.Daily)
	if err == nil {
		_, err = tx.Exec("UPDATE interaction_pattern SET recent = NULL WHERE recent IS NOT NULL")
	}
	return err
}
