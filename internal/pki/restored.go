package pki

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Restored is the hook for a database that was restored from a backup: a certificate of a customer that is good in
// it may have been revoked since, so it is on hold until whoever ordered it releases it. Nothing is said of it
// that nobody knows; [Desk.Merge] takes the revocations over that were published.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	if _, err := tx.Exec("UPDATE pki_certificate SET status = 'hold', reason = $2, changed_at = $1 WHERE status = 'good' AND customer IS NOT NULL AND expires_at > $1", tx.Now, int(CertificateHold)); err != nil {
		return err
	}
	_, err := tx.Exec("UPDATE pki_authority SET changed_at = $1", tx.Now)
	return err
}
