package token

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Kinds of audit records about unlocking.
const (
	AuditUnlocked      = "token.unlock_code_given"
	AuditUnlockRefused = "token.unlock_refused"
)

// Unlock asks for the unlock code of a token that locked itself.
type Unlock struct {
	Target
	Challenge string // as shown by the token and typed; the last digit is its check digit
}

// Unlock returns the code that unlocks a token by the challenge that it shows
// (F-4.4). Whoever asked shows it once: a challenge is answered once, ever. The
// token asks for a new PIN then. The failure counter is the server's affair and
// stays as it is.
//
// Faults: those of the warrant; "token.unknown", "token.not_theirs",
// "token.state", "token.expired"; "token.no_unlock_key", "token.unlock_suite" and
// "token.unlock_key_over"; "token.unlock_form". These count nothing. Counted and
// recorded are "token.unlock_check_digit" and "token.unlock_used"; beyond the
// policies' unlock.requests all are "token.unlock_limit" (Limited).
func (u *Upkeep) Unlock(ctx context.Context, by audit.Actor, why Warrant, r Unlock) (UnlockCode, error) {
	s, err := u.subject(ctx, by, why, r.Target)
	if err != nil {
		return UnlockCode{}, err
	}
	if s.Customer.IsZero() {
		return UnlockCode{}, fault.Conflictf("token.state", "This token is in stock: nobody can have locked it.")
	}
	key, suite, err := s.unlockKey()
	if err != nil {
		return UnlockCode{}, err
	}
	challenge, err := readChallenge(r.Challenge, suite)
	if err != nil {
		return UnlockCode{}, err
	}
	code, err := u.tokens.unlockCode(&key, suite, challenge)
	if err != nil {
		return UnlockCode{}, err
	}
	var refused *fault.Error
	err = u.settle(ctx, s, func(tx *db.Tx) (err error) {
		refused, err = s.spendChallenge(tx, &key, challenge)
		return err
	})
	if err == nil && refused != nil {
		err = refused
	}
	if err != nil {
		return UnlockCode{}, err
	}
	return code, nil
}

// spendChallenge counts the request and spends the challenge. A refusal is
// returned apart from an error: it is to be recorded and to count.
func (s *subject) spendChallenge(tx *db.Tx, k *Key, challenge string) (*fault.Error, error) {
	refused, err := s.judgeChallenge(tx, k, challenge)
	switch {
	case err != nil:
		return nil, err
	case refused != nil:
		s.record(tx, AuditUnlockRefused, map[string]any{"reason": refused.Code})
	default:
		s.record(tx, AuditUnlocked, map[string]any{"key": k.KeyID})
	}
	return refused, nil
}

func (s *subject) judgeChallenge(tx *db.Tx, k *Key, challenge string) (*fault.Error, error) {
	open, state, err := claimAttempt(tx, s.set.Unlock.Requests, s.Device, actUnlock)
	switch {
	case err != nil:
		return nil, err
	case !open:
		return tooMany(state, tx.Now, "token.unlock_limit", "requests for unlock codes"), nil
	case !luhn(challenge):
		return fault.Invalidf("token.unlock_check_digit", "The challenge has a mistake in it: have the customer read it out again, digit by digit.").WithField("challenge"), nil
	}
	n, err := tx.Exec("INSERT INTO token_unlock (device, challenge, given_at) VALUES ($1, $2, $3) ON CONFLICT (device, challenge) DO NOTHING", s.Device, challenge, tx.Now)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return fault.Conflictf("token.unlock_used", "An unlock code was given for this challenge already, and there is no second one: have the token show a new challenge.").WithField("challenge"), nil
	}
	n, err = tx.Exec(`UPDATE token_key SET uses = uses + 1, used_at = $3 WHERE device = $1 AND key_id = $2
		AND (max_uses IS NULL OR uses < max_uses)`, k.Device, k.KeyID, tx.Now)
	if err == nil && n == 0 {
		return nil, fault.Conflictf("token.unlock_key_over", "The unlock key of this token may not be used any more: replace the token.")
	}
	return nil, err
}
