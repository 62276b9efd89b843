package token

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
)

// Restored is the hook for a database that was restored from a backup: the
// counters in it may stand below codes that were spent since. Keys with an event
// counter must be resynchronized first; keys with a clock refuse every step up
// to now, learned drift and one step of skew included (invariant 1).
func Restored(tx *db.Tx, _ audit.Recovery) error {
	if _, err := tx.Exec(`UPDATE token_key SET resync_first = 1
		WHERE proven = 1 AND (algorithm = 'hotp' OR algorithm = 'ocra' AND next_value > 0)`); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE token_key SET next_value = ($1 - epoch) / step + drift + 2
		WHERE algorithm = 'totp' AND proven = 1 AND next_value < ($1 - epoch) / step + drift + 2`, tx.Now.Unix())
	return err
}
