package authenticator

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Restored is the hook for a database that was restored from a backup:
// challenges in it may have been answered since, so none may be answered again.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	_, err := tx.Exec("DELETE FROM challenge")
	return err
}
