package token

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of audit records about synchronization.
const (
	AuditResynced   = "token.resynchronized"
	AuditResyncFail = "token.resynchronization_refused"
)

// Resync asks for a resynchronization by codes that the token gave directly one
// after another.
type Resync struct {
	Target
	Policy string // whose windows and failure counter count; "" for the first that tokens of the model serve
	// Codes in the order in which they were shown, without a PIN that is typed with
	// them at login: nobody but the customer is to hear it.
	Codes []string
	// Challenges that the codes answer, in the same order, as Challenges posed
	// them; empty for tokens without keypad.
	Challenges []ident.ID
}

// Sync says how a resynchronization ended. A wrong code is none of its faults.
type Sync string

// What comes of a resynchronization.
const (
	Synchronized Sync = "synchronized" // in step, and the codes are spent
	NoMatch      Sync = "no_match"     // the codes do not follow one another within the windows; counted as a failure
	Ambiguous    Sync = "ambiguous"    // they stand at several places: give the next code as well
	TooEarly     Sync = "too_early"    // they may have been spent before the database was restored: see Resynced.Skip
)

// Resynced is what came of a resynchronization.
type Resynced struct {
	Outcome   Sync
	Skip      int64         // of TooEarly: how many more codes the token must be made to show first
	Moved     int64         // events that the counter advanced
	Drift     time.Duration // of the token's clock; positive: it is ahead
	Unblocked bool          // the failure counter was blocked, and is open now
}

// Resync brings a token back into step (F-4.5). The codes are searched in the
// wide windows of the policy, events ahead and time both ways; how many are needed
// is the policy's as well, self-service for customers and help desk for all
// others. Codes that synchronized a token are spent, and the failure counter of
// customer and policy is open again. Wrong ones count there as a failure.
//
// Faults: those of the warrant; "token.unknown", "token.not_theirs",
// "token.state", "token.expired", "token.no_key", "token.policy",
// "token.resync_codes", "token.code_form", "token.resync_length",
// "token.resync_nothing", "token.resync_challenge", "token.resync_help_desk"; and
// "token.resync_limit" (Limited), which is recorded.
func (u *Upkeep) Resync(ctx context.Context, by audit.Actor, why Warrant, r Resync) (out Resynced, err error) {
	x, err := u.resyncing(ctx, by, why, r)
	if err != nil {
		return out, err
	}
	place, err := u.locate(x)
	if err != nil {
		return out, err
	}
	out, err = x.settle(ctx, u, place)
	if errors.Is(err, authenticator.ErrLost) {
		out, err = x.settle(ctx, u, place.lost())
	}
	return out, err
}

// resyncing is a resynchronization whose codes have the right form.
type resyncing struct {
	*subject
	key     Key
	policy  policy.Policy
	codes   []string
	posed   []authenticator.Challenge // of OCRA, one for each code
	known   int64                     // what the counter was in the backup, of a key whose counter was moved up
	restore bool                      // known is there
}

func (x *resyncing) settle(ctx context.Context, u *Upkeep, p place) (out Resynced, err error) {
	var refused error
	err = u.settle(ctx, x.subject, func(tx *db.Tx) error {
		out, refused = Resynced{Outcome: p.outcome, Skip: p.skip}, nil
		open, state, err := claimAttempt(tx, resyncRule(x.policy), x.Device, actResync)
		switch {
		case err != nil:
			return err
		case !open:
			fault := tooMany(state, tx.Now, "token.resync_limit", "resynchronizations")
			refused = fault
			x.record(tx, AuditResyncFail, map[string]any{"reason": fault.Code})
			return nil
		case p.outcome == Synchronized:
			return x.succeed(tx, p, &out)
		}
		return x.fail(tx, p)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Resynced{}, err
	}
	return out, nil
}

// succeed spends the codes and opens what the token had blocked. When the codes
// were spent since they were found the unit is undone, with authenticator.ErrLost.
func (x *resyncing) succeed(tx *db.Tx, p place, out *Resynced) (err error) {
	if !x.Customer.IsZero() {
		if out.Unblocked, err = authenticator.Resynchronized(tx, x.Customer, x.policy.Code); err != nil {
			return err
		}
	}
	won, err := x.spend(tx, p)
	if err == nil && !won {
		err = authenticator.ErrLost
	}
	if err != nil {
		return err
	}
	if _, err := attempts.Clear(tx, x.Device, actResync); err != nil {
		return err
	}
	if p.clocked {
		out.Drift = time.Duration(p.drift) * x.key.step()
		if err := x.shareClock(tx, out.Drift); err != nil {
			return err
		}
	}
	if p.counted && !p.clocked {
		out.Moved = p.last + 1 - x.key.Next
	}
	x.record(tx, AuditResynced, map[string]any{
		"codes": len(x.codes), "key": x.key.KeyID, "moved": out.Moved, "drift_seconds": int64(out.Drift / time.Second), "unblocked": out.Unblocked,
	})
	return nil
}

// fail counts what did not match as a failure of customer and policy. Codes that
// are right and yet do not do are none.
func (x *resyncing) fail(tx *db.Tx, p place) error {
	x.record(tx, AuditResyncFail, map[string]any{"codes": len(x.codes), "key": x.key.KeyID, "reason": string(p.outcome)})
	if p.outcome != NoMatch || x.Customer.IsZero() {
		return nil
	}
	_, err := authenticator.Settle(tx, x.by, x.Customer, x.policy, authenticator.Finding{Reason: authenticator.Wrong})
	return err
}

// spend moves the key to where its codes stand, if none of them was spent
// meanwhile.
func (x *resyncing) spend(tx *db.Tx, p place) (bool, error) {
	for _, c := range x.posed {
		if won, err := authenticator.Answer(tx, x.Customer, c.ID); err != nil || !won {
			return false, err
		}
	}
	if !p.counted { // the challenges were what is spent
		n, err := tx.Exec(`UPDATE token_key SET drift = $3, proven = 1, resync_first = 0, used_at = $4
			WHERE device = $1 AND key_id = $2`, x.Device, x.key.KeyID, p.drift, tx.Now)
		return n == 1, err
	}
	n, err := tx.Exec(`UPDATE token_key SET next_value = $3 + 1, drift = $4, proven = 1, resync_first = 0, used_at = $5
		WHERE device = $1 AND key_id = $2 AND next_value <= $6`, x.Device, x.key.KeyID, p.last, p.drift, tx.Now, p.first)
	if err == nil && n == 1 {
		_, err = tx.Exec("DELETE FROM token_restored WHERE device = $1 AND key_id = $2", x.Device, x.key.KeyID)
	}
	return n == 1, err
}

// shareClock teaches the token's other keys what one of them showed: there is
// one clock in it.
func (s *subject) shareClock(tx *db.Tx, drift time.Duration) error {
	for i := range s.keys {
		k := &s.keys[i]
		step := k.step()
		if step == 0 {
			continue
		}
		if _, err := tx.Exec("UPDATE token_key SET drift = $3 WHERE device = $1 AND key_id = $2", s.Device, k.KeyID, steps(drift, step)); err != nil {
			return err
		}
	}
	return nil
}

// steps expresses a drift in time steps, rounded to the nearest.
func steps(drift, step time.Duration) int {
	return int(drift.Round(step) / step)
}
