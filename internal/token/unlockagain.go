package token

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/limit"
)

// AuditUnlockAllowed is the kind of the record that more unlock codes were allowed.
const AuditUnlockAllowed = "token.unlock_allowed"

// UnlockLimit says whether unlock codes are given for a token.
type UnlockLimit struct {
	Blocked bool
	Until   time.Time // when it opens by itself; zero: never, or it is open
}

// UnlockLimit returns whether requests for unlock codes are blocked now. A right code
// that the token gave since the last request has opened them.
func (u *Upkeep) UnlockLimit(ctx context.Context, id ident.ID) (l UnlockLimit, err error) {
	err = u.tokens.db.Read(ctx, func(tx *db.Tx) error {
		l, err = unlockLimit(tx, id)
		return err
	})
	return l, err
}

func unlockLimit(tx *db.Tx, id ident.ID) (l UnlockLimit, err error) {
	err = tx.Each("SELECT "+limit.Columns+` FROM token_attempt WHERE device = $1 AND act = $2 AND NOT EXISTS (SELECT 1 FROM token_key k
		WHERE k.device = $1 AND k.usage <> 'unlock' AND k.used_at > token_attempt.claimed_at)`, []any{id, actUnlock}, func(row db.Row) error {
		var s limit.State
		if err := row.Scan(s.Dest()...); err != nil {
			return err
		}
		if l.Blocked = s.Blocked(tx.Now); l.Blocked && !s.Held() {
			l.Until = s.BlockedUntil
		}
		return nil
	})
	return l, err
}

// AllowUnlock opens requests for unlock codes that their limit has blocked, for good or
// for a while. It takes two people: one member of staff identified the customer just now
// (identification.ByColleague), and by, another one, decides. Challenges that had their
// code get no second one.
//
// Faults: "token.help_desk" for anybody who is no member of staff; "token.reason",
// "token.unknown", "token.not_theirs", "token.state", "token.expired";
// "token.unlock_open" when nothing is blocked; "identification.colleague".
func (u *Upkeep) AllowUnlock(ctx context.Context, by audit.Actor, t Target, reason string) error {
	if by.Kind != audit.StaffKind {
		return fault.Deniedf("token.help_desk", "Two members of staff are needed for this.")
	}
	reason, err := readReason(reason, true)
	if err != nil {
		return err
	}
	s, err := u.subject(ctx, by, nil, t)
	if err != nil {
		return err
	}
	if s.Customer.IsZero() {
		return fault.Conflictf("token.state", "This token is in stock: nobody can have locked it.")
	}
	return u.tokens.db.Settle(ctx, s.Customer, func(tx *db.Tx) error { return s.allowUnlock(tx, reason) })
}

func unlockOpen() error {
	return fault.Conflictf("token.unlock_open", "Unlock codes are given for this token: nothing is blocked.")
}

func (s *subject) allowUnlock(tx *db.Tx, reason string) error {
	if _, err := s.usable(tx); err != nil {
		return err
	}
	l, err := unlockLimit(tx, s.Device)
	if err != nil {
		return err
	}
	if !l.Blocked {
		return unlockOpen()
	}
	i, err := identification.ByColleague(tx, s.Customer, s.by)
	if err != nil {
		return err
	}
	n, err := tx.Exec("UPDATE token_attempt SET "+limit.Cleared+" WHERE device = $1 AND act = $2 AND blocked_until > $3", s.Device, actUnlock, tx.Now)
	if err != nil {
		return err
	}
	if n == 0 {
		return unlockOpen() // a colleague was faster
	}
	audit.Record(tx, audit.Event{
		Kind: AuditUnlockAllowed, By: s.by, Customer: s.Customer, Object: "device:" + s.Device.String(),
		Details: map[string]any{"reason": reason, "identification": i.ID, "identified_by": i.By.String(), "for_good": l.Until.IsZero()},
	})
	return nil
}
