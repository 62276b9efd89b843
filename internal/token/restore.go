package token

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Restored returns the hook for a database that was restored from a backup: the
// counters in it may stand below codes that were spent since (invariant 1).
//
// Keys with an event counter that were in use must be resynchronized first. Keys
// with a clock refuse every step that may have been accepted: no drift beyond a
// policy's max_drift ever is, whatever was learned since the backup, so they
// work again that many steps from now.
//
// Challenge-response keys need nothing: a spent response belongs to a challenge
// that is gone.
//
// Event-based keys that were in stock in the backup stay as they are, or a box of
// new tokens would be of no use: whoever registers with one has a new activation
// code.
func Restored(set *policy.Set) func(*db.Tx, audit.Recovery) error {
	ahead := 0
	for _, p := range set.Policies {
		ahead = max(ahead, p.Time.MaxDrift)
	}
	return func(tx *db.Tx, _ audit.Recovery) error {
		if _, err := tx.Exec(`UPDATE token_key SET resync_first = 1
			WHERE proven = 1 AND algorithm = 'hotp'`); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE token_key SET next_value = ($1 - epoch) / NULLIF(step, 0) + $2
			WHERE algorithm = 'totp' AND next_value < ($1 - epoch) / NULLIF(step, 0) + $2`, tx.Now.Unix(), ahead+1)
		return err
	}
}
