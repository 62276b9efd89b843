package authenticator

import (
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
func Settle(tx *db.Tx, by audit.Actor, customer ident.ID, p policy.Policy, f Finding) (Reason, error) {
	claimed, err := failures.Claim(tx, p.Failures, customer, p.Code)
	if err != nil {
		return "", err
	}
	if !claimed {
		return closed(tx, customer, p.Code)
	}
	if f.Right && f.Consume != nil {
		won, err := f.Consume(tx)
		if err != nil {
			return "", err
		}
		if !won {
			f = Finding{Reason: Replayed}
		}
	}
	if f.Right {
		return succeed(tx, customer, p.Code)
	}
	return f.Reason, fail(tx, by, customer, p)
}

// succeed clears the counter; an authenticator that has ended refuses even a
// right proof, which the claim then counts.
func succeed(tx *db.Tx, customer ident.ID, policyCode string) (Reason, error) {
	n, err := tx.Exec("UPDATE authenticator SET "+limit.Cleared+`, challenges = 0, successes = successes + 1, succeeded_at = $3
		WHERE customer = $1 AND policy = $2 AND (expires_at IS NULL OR expires_at >= $3)`, customer, policyCode, tx.Now)
	if err == nil && n == 0 {
		return Ended, nil
	}
	return Accepted, err
}

// fail notes when, and records a block that this failure caused.
func fail(tx *db.Tx, by audit.Actor, customer ident.ID, p policy.Policy) error {
	if _, err := tx.Exec("UPDATE authenticator SET failed_at = $3 WHERE customer = $1 AND policy = $2", customer, p.Code, tx.Now); err != nil {
		return err
	}
	a, _, err := Get(tx, customer, p.Code)
	if err == nil && a.Failures.Blocked(tx.Now) {
		audit.Record(tx, audit.Event{
			Kind: AuditBlocked, By: by, Customer: customer, Object: "policy:" + p.Code,
			Details: map[string]any{"failures": a.Failures.Count, "blocks": a.Failures.Blocks, "permanent": a.Failures.Held()},
		})
	}
	return err
}

// closed tells why a claim was refused.
func closed(tx *db.Tx, customer ident.ID, policyCode string) (Reason, error) {
	a, found, err := Get(tx, customer, policyCode)
	switch {
	case err != nil:
		return "", err
	case !found:
		return None, nil
	case a.Status != Enabled:
		return Off, nil
	case a.Failures.Held():
		return Held, nil
	}
	return Blocked, nil
}
