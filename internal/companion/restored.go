package companion

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Restored is the hook for a database that was restored from a backup. A device that is in use in it may have been lost, suspended or copied
// since, so all go through their quarantine again: they report, and count for nothing. An invitation that is open in it may have been used
// since, so it ends. Keys of devices that came since are unknown: they enroll again.
func (d *Desk) Restored(tx *db.Tx, _ audit.Recovery) error {
	if _, err := tx.Exec("UPDATE device SET starts_at = $1 WHERE kind = 'companion' AND id IN (SELECT id FROM companion) AND status IN ('active', 'suspended')", tx.Now.Add(d.Policies.Active().Companions.Quarantine)); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE companion_invitation SET status = 'withdrawn', ended_at = $1 WHERE status = 'open'", tx.Now)
	return err
}
