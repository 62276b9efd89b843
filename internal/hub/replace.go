package hub

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// renewal says what must be replaced before the awaited step counts: the policy and, after
// a space, what its method calls it. "" is nothing.
type renewal string

func (r renewal) split() (policyCode, what string) {
	policyCode, what, _ = strings.Cut(string(r), " ")
	return policyCode, what
}

// Replacement is a new secret in the place of one that was right and out of date.
type Replacement struct {
	Policy string // the policy that it is for; "" for the one that asked for it
	Secret string // as typed
	Key    string // idempotency key; "" for none
}

// Replace stores a new secret within an open authentication of by's whose last proof
// was right and out of date (F-6.6.8–9). The step is awaited still: the new secret must
// be shown as a proof like any other (F-6.6.10–11). When it is not good enough,
// bad says why and nothing has changed; any other proof in between ends the permission.
// Where the journey asks the risk engine it is a step-up from here on (F-6.6.12): whoever
// has set a secret has not shown by it who they are.
// The same request under the same key again gets the same answer.
//
// Faults: "authentication.unknown" (NotFound), "authentication.policy" (Invalid),
// "authentication.nothing_to_replace" (Conflict), "authentication.over",
// "authentication.key_reused", "authentication.superseded", "authentication.busy"
// (Conflict), and those of the method.
func (h *Hub) Replace(ctx context.Context, by audit.Actor, handle string, in Replacement) (out Outcome, bad []authenticator.Mistake, err error) {
	for range maxLooks {
		set := h.policies.Active()
		r, now, err := h.look(ctx, by, handle, set)
		if err != nil {
			return out, nil, err
		}
		out, bad, err = h.replace(ctx, by, r, in, now, set)
		if !errors.Is(err, errChanged) {
			return out, bad, err
		}
	}
	return out, nil, tooMany()
}

// replace is one look at a row.
func (h *Hub) replace(ctx context.Context, by audit.Actor, r row, in Replacement, now time.Time, set *policy.Set) (out Outcome, bad []authenticator.Mistake, err error) {
	// The key's tag is not of the secret: see entry.
	came := Proof{Policy: in.Policy, Code: "a replacement", Challenge: "replace", Key: in.Key}
	again, err := h.answered(by, &r, came)
	switch {
	case err != nil:
		return out, nil, err
	case again:
		return h.outcome(&r, now), nil, nil
	case r.over(now, set.Version):
		return out, nil, over()
	case r.barred:
		return out, nil, h.bar(ctx, by, r)
	case r.renewing == "" || r.subject != r.customer:
		return out, nil, nothingToReplace()
	}
	code, what := r.renewing.split()
	if in.Policy != "" && in.Policy != code {
		return out, nil, fault.Invalidf("authentication.policy", "It is the secret of %q that must be replaced.", code).WithField("policy")
	}
	req, method, err := h.request(&r, code, set, now)
	if err != nil {
		return out, nil, err
	}
	m, ok := method.(authenticator.Renewer)
	if !ok {
		return out, nil, fmt.Errorf("hub: what the policy %q asks for cannot be replaced", code)
	}
	store, bad, err := m.Renew(ctx, req, what, in.Secret)
	if err != nil || len(bad) > 0 {
		return h.outcome(&r, now), bad, err
	}
	out, err = h.renew(ctx, by, r, code, h.entry(&r, came), store)
	return out, nil, err
}

// renew stores secret and row in one unit.
func (h *Hub) renew(ctx context.Context, by audit.Actor, r row, code string, came entry, store func(*db.Tx, audit.Actor) (bool, error)) (out Outcome, err error) {
	err = h.db.Settle(ctx, r.customer, func(tx *db.Tx) error {
		n := r
		n.keys = n.keys.add(came)
		n.renewing, n.result, n.reason, n.outlook = "", replaced, "", authenticator.Outlook{}
		n.risk.raised()
		switch stored, err := n.update(tx); {
		case err != nil:
			return err
		case !stored:
			return errChanged
		}
		switch won, err := store(tx, by); {
		case err != nil:
			return err
		case !won: // it was replaced elsewhere since it was shown
			return nothingToReplace()
		}
		n.version++
		audit.Record(tx, audit.Event{Kind: AuditReplaced, By: by, Customer: n.customer, Object: "authentication:" + n.id.String(), Details: detail{
			Purpose: n.purpose, Channel: n.channel, Payment: n.payment.String(), Policy: code, Version: n.policies,
		}})
		out = h.outcome(&n, tx.Now)
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	return out, nil
}

// nothingToReplace is the same for everybody: for somebody who does not exist, or whose
// last proof was wrong, or right and good.
func nothingToReplace() error {
	return fault.Conflictf("authentication.nothing_to_replace", "Nothing is to be replaced now: submit a proof for the awaited step.")
}
