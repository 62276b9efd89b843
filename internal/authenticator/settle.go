package authenticator

import (
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
)

// Settle makes a finding count, as the package comment says. It returns
// Accepted, or why the proof did not count. by is who submitted the proof.
//
// Whoever is refused, for whatever reason, costs the same statements: how long
// an answer takes tells nobody whether a customer exists or is blocked.
func Settle(tx *db.Tx, by audit.Actor, customer ident.ID, p policy.Policy, f Finding) (Reason, error) {
	claimed, err := failures.Claim(tx, p.Failures, customer, p.Code)
	if err != nil {
		return "", err
	}
	if claimed && f.Right && f.Consume != nil {
		won, err := f.Consume(tx)
		if err != nil {
			return "", err
		}
		if !won {
			f = Finding{Reason: Replayed}
		}
	}
	if claimed && f.Right {
		return Accepted, succeed(tx, customer, p.Code)
	}
	a, found, err := fail(tx, customer, p.Code, claimed)
	if err != nil {
		return "", err
	}
	if !claimed {
		return a.closed(found, tx.Now), nil
	}
	a.noteBlock(tx, by)
	return f.Reason, nil
}

// succeed clears the counter.
func succeed(tx *db.Tx, customer ident.ID, policyCode string) error {
	_, err := tx.Exec("UPDATE authenticator SET "+limit.Cleared+`, challenges = 0, successes = successes + 1, succeeded_at = $3
		WHERE customer = $1 AND policy = $2`, customer, policyCode, tx.Now)
	return err
}

// fail notes when, if the attempt counted, and returns what is there.
func fail(tx *db.Tx, customer ident.ID, policyCode string, counted bool) (Authenticator, bool, error) {
	n := 0
	if counted {
		n = 1
	}
	_, err := tx.Exec("UPDATE authenticator SET failed_at = $3 WHERE customer = $1 AND policy = $2 AND $4 = 1", customer, policyCode, tx.Now, n)
	if err != nil {
		return Authenticator{}, false, err
	}
	return Get(tx, customer, policyCode)
}

// noteBlock records a block that the failure just counted has caused.
func (a *Authenticator) noteBlock(tx *db.Tx, by audit.Actor) {
	if !a.Failures.Blocked(tx.Now) {
		return
	}
	audit.Record(tx, audit.Event{
		Kind: AuditBlocked, By: by, Customer: a.Customer, Object: "policy:" + a.Policy,
		Details: map[string]any{"failures": a.Failures.Count, "blocks": a.Failures.Blocks, "permanent": a.Failures.Held()},
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
