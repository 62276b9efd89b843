package staff

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Restored is the hook for a database that was restored from a backup. What is in
// it may have been ended or spent since: sessions end, invitations are taken back
// (reset the login for a new one), and codes are refused up to the next but one
// time step.
func Restored(tx *db.Tx, _ audit.Recovery) error {
	if _, err := tx.Exec("DELETE FROM staff_session"); err != nil {
		return err
	}
	if _, err := tx.Exec("UPDATE staff SET invitation = NULL, invitation_until = NULL WHERE invitation IS NOT NULL"); err != nil {
		return err
	}
	next := tx.Now.Unix()/codePeriod + 2
	_, err := tx.Exec("UPDATE staff SET totp_next = $1 WHERE totp_next < $1", next)
	return err
}
