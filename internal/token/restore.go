package token

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// Restored returns the hook for a database that was restored from a backup: the
// counters in it may stand below codes that were spent since (invariant 1).
//
// Keys with an event counter that were in use are moved up by spent, the number of
// codes that one token may have given since the backup at most, and must be
// resynchronized first, by staff and with two codes. Nothing that a counter's code
// is made of says when it was made, so the move is what keeps two codes that were
// spent since the backup from resynchronizing the token: they are below it. A
// token that gave fewer codes is made to show more of them
// ([TooEarly]). What the counter was in the backup is kept to tell that.
//
// In the backup a token may have been ahead of its counter already: it showed
// codes that nobody entered. The first code that was accepted since was within
// the window, so keys move up by the widest window of the policies as well;
// those that are unproven by that of the first use. A token that was
// further ahead in the backup, and was resynchronized since, may have spent codes
// beyond: for those spent must count the codes that they showed before the backup as
// well, or they are to be replaced.
//
// Keys with a clock refuse every step that may have been accepted: no drift beyond a
// policy's max_drift ever is, whatever was learned since the backup, so they
// work again that many steps from now.
//
// Signing keys with an event counter must be resynchronized first as well: the
// same payment may be made again, and its signature was spent. That is by a fresh
// challenge, which is no payment, so their counters need not be moved up.
//
// Challenge-response keys need nothing: a spent response belongs to a challenge
// that is gone. Nor do unlock challenges: one that was answered since the backup
// would get the same code again, and the token does not show it again.
//
// Event-based keys that were in stock in the backup, or on their way to a
// customer, stay as they are, or a box of new tokens would be of no use: whoever
// registers with one has a new activation code.
func Restored(set *policy.Set, spent int) func(*db.Tx, audit.Recovery) error {
	ahead, window, firstUse := 0, 0, 0
	for _, p := range set.Policies {
		ahead = max(ahead, p.Time.MaxDrift)
		window, firstUse = max(window, p.Events.Window), max(firstUse, p.Events.FirstUse)
	}
	used := " WHERE algorithm = 'hotp' AND (proven = 1 OR uses > 0 OR " + device.InUse("token_key.device") + ")"
	return func(tx *db.Tx, _ audit.Recovery) error {
		if _, err := tx.Exec("INSERT INTO token_restored (device, key_id, known) SELECT device, key_id, next_value FROM token_key" + used +
			" ON CONFLICT (device, key_id) DO NOTHING"); err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE token_key SET resync_first = 1, next_value = next_value + CASE WHEN proven = 1 THEN CAST($1 AS BIGINT) ELSE CAST($2 AS BIGINT) END"+used,
			spent+window, spent+firstUse); err != nil {
			return err
		}
		if err := restoreSigning(tx, ahead); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE token_key SET next_value = ($1 - epoch) / NULLIF(step, 0) + $2
			WHERE algorithm = 'totp' AND next_value < ($1 - epoch) / NULLIF(step, 0) + $2`, tx.Now.Unix(), ahead+1)
		return err
	}
}

// restoreSigning does for signing keys what Restored says. What a key spends is
// in its suite.
func restoreSigning(tx *db.Tx, ahead int) error {
	var suites []string
	err := tx.Each("SELECT DISTINCT suite FROM token_key WHERE usage = 'sign' AND algorithm = 'ocra'", nil, func(r db.Row) error {
		var s string
		err := r.Scan(&s)
		suites = append(suites, s)
		return err
	})
	if err != nil {
		return err
	}
	for _, text := range suites {
		s, err := oath.ParseSuite(text)
		switch {
		case err != nil:
			return err
		case s.Counter:
			_, err = tx.Exec("UPDATE token_key SET resync_first = 1 WHERE usage = 'sign' AND suite = $1 AND (proven = 1 OR uses > 0 OR "+device.InUse("token_key.device")+")", text)
		case s.Step > 0:
			first := tx.Now.Unix()/int64(s.Step/time.Second) + int64(ahead) + 1
			_, err = tx.Exec("UPDATE token_key SET next_value = $2 WHERE usage = 'sign' AND suite = $1 AND next_value < $2", text, first)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
