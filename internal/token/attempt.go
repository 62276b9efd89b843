package token

import (
	"cmp"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// What is counted per token.
const (
	actUnlock = "unlock"
	actResync = "resync"
)

// attempts counts acts of one kind for one token.
var attempts = limit.In("token_attempt", "", "device", "act")

// claimAttempt counts an attempt under rule and returns what the counter says
// afterwards; false when none is allowed.
//
// A right secure code of the token, given since the last attempt, forgets all of
// them. A login does not write that: its used_at says so, and is read here.
func claimAttempt(tx *db.Tx, rule limit.Rule, id ident.ID, act string) (open bool, s limit.State, err error) {
	_, err = tx.Exec(`INSERT INTO token_attempt (device, act, failures, blocks, blocked_until, claimed_at)
		VALUES ($1, $2, 0, 0, NULL, $3) ON CONFLICT (device, act) DO NOTHING`, id, act, tx.Now)
	if err != nil {
		return false, s, err
	}
	_, err = tx.Exec("UPDATE token_attempt SET "+limit.Cleared+` WHERE device = $1 AND act = $2 AND EXISTS (SELECT 1 FROM token_key k
		WHERE k.device = $1 AND k.usage <> 'unlock' AND k.used_at > token_attempt.claimed_at)`, id, act)
	if err != nil {
		return false, s, err
	}
	if open, err = attempts.Claim(tx, rule, id, act); err != nil {
		return false, s, err
	}
	if open {
		if _, err := tx.Exec("UPDATE token_attempt SET claimed_at = $3 WHERE device = $1 AND act = $2", id, act, tx.Now); err != nil {
			return false, s, err
		}
	}
	s, err = attemptState(tx, id, act)
	return open, s, err
}

// attemptState returns the counter of a token; the zero value when nothing was counted.
func attemptState(tx *db.Tx, id ident.ID, act string) (s limit.State, err error) {
	err = tx.Row("SELECT "+limit.Columns+" FROM token_attempt WHERE device = $1 AND act = $2", id, act).Scan(s.Dest()...)
	if errors.Is(err, db.ErrNoRow) {
		err = nil
	}
	return s, err
}

// resyncRule limits the resynchronizations of one token, right and wrong, between
// two right ones: as wrong codes are limited, but never for good, since nothing
// but a right code opens it.
func resyncRule(p policy.Policy) limit.Rule {
	return limit.Rule{Max: p.Failures.Max, CoolDown: cmp.Or(p.Failures.CoolDown, 15*time.Minute)}
}

// tooMany is the fault of a counter that is blocked; what says of what there were
// too many.
func tooMany(s limit.State, now time.Time, code, what string) *fault.Error {
	if s.Held() {
		return fault.Limitedf(0, code, "Too many %s since this token's last right code: replace the token, or have a security officer allow more.", what)
	}
	wait := s.BlockedUntil.Sub(now)
	return fault.Limitedf(wait, code, "Too many %s since this token's last right code: try again in %s.", what, max(wait.Round(time.Minute), time.Minute))
}
