package registration

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Restored is the hook for a database that was restored from a backup:
// activation codes in it may have been spent since, so all are taken back and
// registrations under way end. The bank issues new ones.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	if _, err := tx.Exec("UPDATE activation_code SET status = 'cancelled', ended_at = $1 WHERE status = 'valid'", tx.Now); err != nil {
		return err
	}
	if _, err := tx.Exec("DELETE FROM registration_part"); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE registration SET state = 'abandoned', ended_at = $1 WHERE state IN ('begun', 'reserved')", tx.Now)
	return err
}
