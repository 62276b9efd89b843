package mobileid

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// refusals counts requests of a number in a row that were refused or not answered, and, in a row of
// its own, wrong spam-prevention codes.
var refusals = limit.In("mobile_id_pace", "", "number")

// keepRef is how long a provider's name of a request is taken (FiCom: unique for a month).
const keepRef = 31 * 24 * time.Hour

// paced counts a request to a number, and refuses those that are too many. Anybody who knows a
// number can ask, so it opens by itself; numbers that nobody has are counted alike. Faults:
// "mobileid.limited", "mobileid.cool_down" (Limited).
func paced(tx *db.Tx, tag []byte, x policy.MobileID) error {
	var asked int
	var since time.Time
	var state limit.State
	err := tx.Row(`INSERT INTO mobile_id_pace (number, asked, since, failures, blocks, blocked_until) VALUES ($1, 1, $2, 0, 0, NULL)
		ON CONFLICT (number) DO UPDATE SET
			asked = CASE WHEN mobile_id_pace.since <= $3 THEN 1 ELSE mobile_id_pace.asked + 1 END,
			since = CASE WHEN mobile_id_pace.since <= $3 THEN $2 ELSE mobile_id_pace.since END
		RETURNING asked, since, `+limit.Columns, tag, tx.Now, tx.Now.Add(-x.Limits.Window)).Scan(append([]any{&asked, &since}, state.Dest()...)...)
	switch {
	case err != nil:
		return err
	case state.Blocked(tx.Now):
		return coolDown(state.BlockedUntil.Sub(tx.Now))
	case asked > x.Limits.Number:
		return limited(since.Add(x.Limits.Window).Sub(tx.Now))
	}
	return nil
}

func coolDown(after time.Duration) error {
	return fault.Limitedf(after, "mobileid.cool_down", "The last requests were refused or left alone. Ask again later.")
}

func limited(after time.Duration) error {
	return fault.Limitedf(after, "mobileid.limited", "Too many requests. Ask again later.")
}

// strike counts a request that was refused or not answered.
func strike(tx *db.Tx, tag []byte, x policy.MobileID) error {
	_, err := refusals.Claim(tx, x.Refusals, tag)
	return err
}

// calm forgets what was refused, because the person has signed.
func calm(tx *db.Tx, tag []byte) error {
	_, err := refusals.Clear(tx, tag)
	return err
}

// guesses names the row that counts wrong spam-prevention codes of a number.
func guesses(tag []byte) []byte { return append([]byte("guess"), tag...) }

// guess counts a wrong spam-prevention code; false when there were too many.
func guess(tx *db.Tx, tag []byte, x policy.MobileID) error {
	_, err := tx.Exec("INSERT INTO mobile_id_pace (number, asked, since, failures, blocks, blocked_until) VALUES ($1, 0, $2, 0, 0, NULL) ON CONFLICT DO NOTHING", guesses(tag), tx.Now)
	if err == nil {
		_, err = refusals.Claim(tx, x.Guesses, guesses(tag))
	}
	return err
}

// guessed reports whether codes of a number were guessed at too often, and until when.
func guessed(tx *db.Tx, tag []byte) (until time.Time, blocked bool, err error) {
	var state limit.State
	err = tx.Row("SELECT "+limit.Columns+" FROM mobile_id_pace WHERE number = $1", guesses(tag)).Scan(state.Dest()...)
	if errors.Is(err, db.ErrNoRow) {
		return until, false, nil
	}
	return state.BlockedUntil, state.Blocked(tx.Now), err
}

// rateShards is in how many rows requests are counted that many numbers share, once the limit is
// high: so their transactions wait for each other seldom.
const rateShards = 16

// rated counts a request of a provider, or of all, and refuses those that are too many. Shares of
// a high limit are counted apart, so that it may be reached a little early.
func rated(tx *db.Tx, scope string, tag []byte, most int, window time.Duration) error {
	shard, share := 0, most
	if most >= 1000*rateShards {
		shard, share = int(binary.BigEndian.Uint16(tag))%rateShards, most/rateShards
	}
	n, err := tx.Exec(`INSERT INTO mobile_id_rate (scope, shard, asked, since) VALUES ($1, $2, 1, $3)
		ON CONFLICT (scope, shard) DO UPDATE SET
			asked = CASE WHEN mobile_id_rate.since <= $4 THEN 1 ELSE mobile_id_rate.asked + 1 END,
			since = CASE WHEN mobile_id_rate.since <= $4 THEN $3 ELSE mobile_id_rate.since END
		WHERE mobile_id_rate.since <= $4 OR mobile_id_rate.asked < $5`, scope, shard, tx.Now, tx.Now.Add(-window), share)
	if err == nil && n == 0 {
		err = limited(window / 2)
	}
	return err
}

// referred takes a provider's name of a request. The fault "mobileid.duplicate" (Conflict) says that
// it has used it in the last month.
func referred(tx *db.Tx, provider, ref string) error {
	if ref == "" {
		return nil
	}
	n, err := tx.Exec(`INSERT INTO mobile_id_ref (provider, ref, expires_at) VALUES ($1, $2, $3)
		ON CONFLICT (provider, ref) DO UPDATE SET expires_at = excluded.expires_at WHERE mobile_id_ref.expires_at <= $4`, provider, ref, tx.Now.Add(keepRef), tx.Now)
	if err == nil && n == 0 {
		err = fault.Conflictf("mobileid.duplicate", "You have used this name for another request in the last month.").WithField("/ref")
	}
	return err
}
