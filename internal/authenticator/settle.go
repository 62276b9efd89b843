package authenticator

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Reason says why a proof did not count. It is for the bank's systems and
// staff, never for the customer.
type Reason string

// Reasons.
const (
	Accepted Reason = ""         // it did count
	Wrong    Reason = "wrong"    // no device of the customer gives this code
	Replayed Reason = "replayed" // right, but spent before
	Blocked  Reason = "blocked"  // too many failures; opens by itself
	Held     Reason = "held"     // too many failures; only staff can open it
	Off      Reason = "disabled" // disabled by staff
	Ended    Reason = "expired"  // the authenticator's validity is over
	None     Reason = "none"     // the customer does not have this policy
	Outdated Reason = "outdated" // right, and to be replaced before it counts
)

// Closed reports whether the proof was refused without having been counted:
// nothing was tried, and no row was written.
func (r Reason) Closed() bool {
	switch r {
	case Blocked, Held, Off, Ended, None:
		return true
	default:
		return false
	}
}

// ErrLost ends a unit whose proof was right when it was checked, and is spent
// now. The unit must be undone; what is settled then is [Lost].
var ErrLost = errors.New("authenticator: somebody else was first")

// Lost is the finding of a proof whose unit ended with ErrLost.
func Lost() Finding { return Finding{Reason: Replayed} }

// Result is what became of a proof.
type Result struct {
	Reason  Reason  // Accepted, or why it did not count
	Outlook Outlook // of the counter, when it did not count
}

// Settle is Try for callers to whom the outlook is no matter.
func Settle(tx *db.Tx, by audit.Actor, customer ident.ID, p policy.Policy, f Finding) (Reason, error) {
	r, err := Try(tx, by, customer, p, f)
	return r.Reason, err
}

// Try makes a finding count, as the package comment says. by is who submitted the
// proof.
//
// Whoever is refused, for whatever reason, costs the same statements: how long
// an answer takes tells nobody whether a customer exists or is blocked, nor, of
// somebody who is blocked, whether the code was right. A proof that is counted
// writes one row, the counter's; one that is not ([Reason.Closed]) writes none, and
// the caller writes one row more of its own for it.
func Try(tx *db.Tx, by audit.Actor, customer ident.ID, p policy.Policy, f Finding) (Result, error) {
	attempt := count
	if f.Right {
		attempt = pass
	}
	open, err := attempt(tx, customer, p)
	if err != nil {
		return Result{}, err
	}
	if open && f.Right {
		return Result{}, f.consume(tx)
	}
	a, found, err := Get(tx, customer, p.Code)
	if err != nil {
		return Result{}, err
	}
	r := Result{Reason: f.Reason, Outlook: a.outlook(p.Failures, tx.Now)}
	if open {
		a.noteBlock(tx, by, p)
	} else {
		r.Reason = a.closed(found, tx.Now)
	}
	return r, nil
}

// count claims an attempt; false when none is allowed.
func count(tx *db.Tx, customer ident.ID, p policy.Policy) (bool, error) {
	return failures.Claim(tx, p.Failures, customer, p.Code)
}

var passSQL = "UPDATE authenticator SET " + limit.Cleared + `, challenges = 0, successes = successes + 1, succeeded_at = $3,
		streak = CASE WHEN streak > 0 THEN streak + 1 ELSE 1 END
	WHERE customer = $1 AND policy = $2 AND status = 'enabled' AND ` + failures.Open("$3")

// pass claims an attempt and clears the counter at once; false, and nothing, where
// count would say so.
func pass(tx *db.Tx, customer ident.ID, p policy.Policy) (bool, error) {
	n, err := tx.Exec(passSQL, customer, p.Code, tx.Now)
	return n == 1, err
}

// consume spends what may be used once.
func (f *Finding) consume(tx *db.Tx) error {
	if f.Consume == nil {
		return nil
	}
	won, err := f.Consume(tx)
	if err == nil && !won {
		err = ErrLost
	}
	return err
}

// noteBlock records a block that the failure just counted has caused.
func (a *Authenticator) noteBlock(tx *db.Tx, by audit.Actor, p policy.Policy) {
	if !a.Failures.Blocked(tx.Now) {
		return
	}
	audit.Record(tx, audit.Event{
		Kind: AuditBlocked, By: by, Customer: a.Customer, Object: "policy:" + a.Policy,
		Details: map[string]any{"failures": a.Failures.Count, "blocks": a.Failures.Blocks, "permanent": a.Failures.Held(), "next_permanent": a.Failures.NextForever(p.Failures)},
	})
}

// closed tells why a claim was refused.
func (a *Authenticator) closed(found bool, now time.Time) Reason {
	switch {
	case !found:
		return None
	case a.Status != Enabled:
		return Off
	case a.Expired(now):
		return Ended
	case a.Failures.Held():
		return Held
	}
	return Blocked
}
