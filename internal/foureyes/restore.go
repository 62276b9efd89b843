package foureyes

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Restored is the hook for a database that was restored from a backup. What waits
// in it may have been rejected, withdrawn or carried out since, so nothing of it
// goes on: open proposals are withdrawn, approved and running ones fail.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	const why = "The database was restored from a backup. Propose it anew, if it is still wanted."
	return tx.Each("SELECT "+light+" FROM proposal WHERE state IN ('open', 'approved', 'running')", nil, func(r db.Row) error {
		var p Proposal
		if err := p.scan(r, tx.Now); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE proposal SET state = CASE WHEN state = 'open' THEN 'withdrawn' ELSE 'failed' END, ended_at = $2, outcome = $3
			WHERE id = $1`, p.ID, tx.Now, why)
		kind := AuditFailed
		if p.Decider.IsZero() {
			kind = AuditWithdrawn
		}
		p.record(tx, kind, audit.System("recover"), why)
		return err
	})
}
