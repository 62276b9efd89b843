package authenticator

import (
	"context"
	"strings"
	"unicode"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Kinds of audit records about what staff do.
const (
	AuditReset    = "authenticator.reset"
	AuditDisabled = "authenticator.disabled"
	AuditEnabled  = "authenticator.enabled"
)

// MaxReason is the length of a reason in characters.
const MaxReason = 200

// Keeper looks after customers' authenticators on behalf of staff: its methods
// are the use cases. All fields are required.
type Keeper struct {
	DB       *db.DB
	Policies *policy.Book
}

// Holding is an authenticator with what its policy says now.
type Holding struct {
	Authenticator
	Name      string // of the policy; its code when the policy is no more
	Threshold int    // wrong proofs in a row that block; 0 when the policy is no more
	Outlook   Outlook
}

// Resettable reports whether there is something that a reset would clear.
func (h Holding) Resettable() bool { return h.Failures != limit.State{} || h.Open > 0 }

// Of returns what the customer holds, by policy. A customer who does not exist
// holds nothing.
func (k *Keeper) Of(ctx context.Context, customerID ident.ID) (all []Holding, err error) {
	err = k.DB.Read(ctx, func(tx *db.Tx) error {
		held, err := Of(tx, customerID)
		all = make([]Holding, len(held))
		for i, a := range held {
			all[i] = k.holding(tx, a)
		}
		return err
	})
	return all, err
}

func (k *Keeper) holding(tx *db.Tx, a Authenticator) Holding {
	h := Holding{Authenticator: a, Name: a.Policy}
	if p, known := k.Policies.Active().Policy(a.Policy); known {
		h.Name, h.Threshold, h.Outlook = p.Name, p.Failures.Max, a.outlook(p.Failures, tx.Now)
	}
	return h
}

// Act says with which authenticator something is done, and why.
type Act struct {
	Customer ident.ID
	Policy   string // code
	Reason   string // for the audit log, 1 to MaxReason characters
}

// resetSQL takes back what was counted since the last right proof, wrong proofs
// ever excepted.
const resetSQL = "UPDATE authenticator SET " + limit.Cleared + `, challenges = 0, challenged_at = NULL,
		streak = CASE WHEN streak < 0 THEN 0 ELSE streak END
	WHERE customer = $1 AND policy = $2 AND (failures > 0 OR blocks > 0 OR blocked_until IS NOT NULL OR challenges > 0)`

// Reset clears the failures, blocks and unanswered challenges of an
// authenticator: for all the customer's devices under its policy, and for nothing
// else (F-4.6). Status and validity stay. It needs an identification of by's
// (package identification).
//
// Faults: "identification.required", "identification.expired",
// "authenticator.nothing_to_reset" (Conflict), and those of all acts:
// "authenticator.unknown", "authenticator.reason", "customer.unknown",
// "customer.closed".
func (k *Keeper) Reset(ctx context.Context, by audit.Actor, a Act, identified ident.ID) (Holding, error) {
	return k.do(ctx, a, func(tx *db.Tx, was Authenticator) error {
		if err := identification.Require(tx, identified, a.Customer, by); err != nil {
			return err
		}
		n, err := tx.Exec(resetSQL, a.Customer, a.Policy)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.Conflictf("authenticator.nothing_to_reset", "There is nothing to reset: neither failures nor unanswered challenges are counted. If codes are refused all the same, the token may be out of step.")
		}
		a.record(tx, by, AuditReset, map[string]any{
			"identification": identified.String(), "failures": was.Failures.Count, "blocks": was.Failures.Blocks, "permanent": was.Failures.Held(), "challenges": was.Open,
		})
		return nil
	})
}

// Disable keeps an authenticator from being tried, until Enable. One that is
// disabled already is the Conflict "authenticator.status".
func (k *Keeper) Disable(ctx context.Context, by audit.Actor, a Act) (Holding, error) {
	return k.do(ctx, a, func(tx *db.Tx, _ Authenticator) error {
		if err := a.move(tx, Enabled, Disabled); err != nil {
			return err
		}
		a.record(tx, by, AuditDisabled, map[string]any{})
		return nil
	})
}

// Enable ends what Disable began. It clears nothing: a blocked authenticator stays
// blocked. One that is enabled already is the Conflict "authenticator.status". Whoever
// asks for it may be why it was disabled: it needs an identification by by, any that
// is good now (identification.Lately), or is the Denied "identification.required".
func (k *Keeper) Enable(ctx context.Context, by audit.Actor, a Act) (Holding, error) {
	return k.do(ctx, a, func(tx *db.Tx, _ Authenticator) error {
		if err := a.move(tx, Disabled, Enabled); err != nil {
			return err
		}
		identified, err := identification.Lately(tx, a.Customer, by)
		if err != nil {
			return err
		}
		a.record(tx, by, AuditEnabled, map[string]any{"identification": identified.String()})
		return nil
	})
}

func (a Act) move(tx *db.Tx, from, to Status) error {
	n, err := tx.Exec("UPDATE authenticator SET status = $4 WHERE customer = $1 AND policy = $2 AND status = $3", a.Customer, a.Policy, string(from), string(to))
	if err == nil && n == 0 {
		err = fault.Conflictf("authenticator.status", "The authenticator is %s already.", to)
	}
	return err
}

// do runs an act on an authenticator that exists, and returns what is there then.
func (k *Keeper) do(ctx context.Context, a Act, act func(*db.Tx, Authenticator) error) (h Holding, err error) {
	if n := len([]rune(a.Reason)); strings.TrimSpace(a.Reason) == "" || n > MaxReason || strings.ContainsFunc(a.Reason, func(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }) {
		return h, fault.Invalidf("authenticator.reason", "Say why, in 1 to %d characters.", MaxReason).WithField("/reason")
	}
	err = k.DB.Settle(ctx, a.Customer, func(tx *db.Tx) error {
		was, err := a.find(tx)
		if err != nil {
			return err
		}
		if err := act(tx, was); err != nil {
			return err
		}
		is, err := a.find(tx)
		h = k.holding(tx, is)
		return err
	})
	if err != nil {
		return Holding{}, err
	}
	return h, nil
}

// find returns the authenticator of a customer who is not closed.
func (a Act) find(tx *db.Tx) (Authenticator, error) {
	if _, err := customer.Living(tx, a.Customer); err != nil {
		return Authenticator{}, err
	}
	was, found, err := Get(tx, a.Customer, a.Policy)
	if err == nil && !found {
		err = fault.NotFoundf("authenticator.unknown", "The customer is not registered for this policy: look at the customer's authenticators.")
	}
	return was, err
}

func (a Act) record(tx *db.Tx, by audit.Actor, kind string, details map[string]any) {
	details["reason"] = a.Reason
	audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: a.Customer, Object: "policy:" + a.Policy, Details: details})
}
