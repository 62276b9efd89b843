package hub

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// errChanged ends a unit whose row was changed by somebody else since it was read.
var errChanged = errors.New("hub: the authentication changed meanwhile")

// maxLooks is how often a proof is looked at again after the row changed.
const maxLooks = 4

// Step takes a proof for an open authentication of by's. The same proof under the
// same idempotency key again gets the answer that it got.
//
// Faults: "authentication.unknown" (NotFound), "authentication.policy" and
// "authentication.challenge" (Invalid), "authentication.payment_differs", "authentication.over",
// "authentication.key_reused", "authentication.superseded" and
// "authentication.busy" (Conflict), and those of the method.
func (h *Hub) Step(ctx context.Context, by audit.Actor, handle string, p Proof) (out Outcome, err error) {
	for range maxLooks {
		set := h.policies.Active()
		r, now, err := h.look(ctx, by, handle, set)
		if err != nil {
			return out, err
		}
		if err := r.same(p.Payment); err != nil {
			return out, err
		}
		switch again, err := h.answered(by, &r, p); {
		case err != nil:
			return out, err
		case again:
			return h.outcome(&r, now), nil
		case r.over(now, set.Version):
			return out, over()
		}
		if r.barred {
			if err = h.bar(ctx, by, r); errors.Is(err, errChanged) {
				continue
			}
			return out, err
		}
		out, err = h.prove(ctx, by, r, p, now, set)
		if !errors.Is(err, errChanged) {
			return out, err
		}
	}
	return out, tooMany()
}

// look reads a stored row with what belongs to it, and the moment of reading. Everybody's
// handle costs the same reads, also one that names nothing.
func (h *Hub) look(ctx context.Context, by audit.Actor, handle string, set *policy.Set) (r row, now time.Time, err error) {
	customerID, id := h.named(handle)
	found := false
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		now = tx.Now
		if r, found, err = load(tx, by, customerID, id); err == nil {
			r.subject, err = subject(tx, customerID)
		}
		if err == nil {
			r.barred, err = r.closed(tx)
		}
		if err == nil {
			err = r.loadRest(tx, set)
		}
		return err
	})
	if err == nil && !found {
		err = unknown()
	}
	return r, now, err
}

func tooMany() error {
	return fault.Conflictf("authentication.busy", "Too many proofs arrived for this authentication at once. Please try again.")
}

// request finds out who checks a proof for the awaited step.
func (h *Hub) request(r *row, policyCode string, set *policy.Set, now time.Time) (req authenticator.Request, m authenticator.Method, err error) {
	j, err := r.journey(set)
	if err != nil {
		return req, nil, err
	}
	if !set.Linked(j) { // older policies came into force meanwhile
		return req, nil, notLinked(j)
	}
	next := j.Judged(r.shown(), r.risk.up())
	if !next.Fits || next.Done {
		return req, nil, over() // the journey became another one meanwhile
	}
	allowed := next.Allowed
	if policyCode == "" && len(allowed) == 1 {
		policyCode = allowed[0]
	}
	if !slices.Contains(allowed, policyCode) {
		return req, nil, fault.Invalidf("authentication.policy", "This step takes one of %q.", allowed).WithField("policy")
	}
	p, _ := set.Policy(policyCode)
	m, err = h.method(p)
	return h.requestOf(r, p, set, now), m, err
}

// prove checks and settles one proof. A row of version 0 is not stored yet.
func (h *Hub) prove(ctx context.Context, by audit.Actor, r row, p Proof, now time.Time, set *policy.Set) (out Outcome, err error) {
	challenge, err := ident.Parse(p.Challenge)
	if err != nil && p.Challenge != "" {
		return out, fault.Invalidf("authentication.challenge", "This is not the id of a challenge.").WithField("challenge")
	}
	req, method, err := h.request(&r, p.Policy, set, now)
	if err != nil {
		return out, err
	}
	finding, err := method.Check(ctx, req, authenticator.Proof{Code: p.Code, Challenge: challenge})
	if err != nil {
		return out, err
	}
	j, err := r.journey(set)
	if err != nil {
		return out, err
	}
	if j.Risk.On && finding.Right {
		h.again(ctx, by, &r)
	}
	a := attempt{by, r, h.entry(&r, p), req, set, j, finding}
	out, err = h.settle(ctx, a)
	if errors.Is(err, authenticator.ErrLost) { // it is counted even if the caller has gone
		a.finding = authenticator.Lost()
		out, err = h.settle(context.WithoutCancel(ctx), a)
	}
	if err == nil {
		h.told(ctx, a, out)
	}
	return out, err
}

// attempt is a checked proof on its way to its settlement.
type attempt struct {
	by      audit.Actor
	row     row
	came    entry // under which key, and with what
	request authenticator.Request
	set     *policy.Set
	journey policy.Journey
	finding authenticator.Finding
}

// settle makes the attempt count, in one unit.
func (h *Hub) settle(ctx context.Context, a attempt) (out Outcome, err error) {
	err = h.db.Settle(ctx, a.row.customer, func(tx *db.Tx) error {
		n := a.row
		got, err := authenticator.Try(tx, a.by, n.subject, a.request.Policy, a.finding)
		if err == nil && got.Reason == authenticator.None && a.finding.Holder && (a.request.Policy.Use == policy.UseSign || a.request.Policy.Prompted() || a.request.Policy.Remote()) {
			got, err = first(tx, a)
		}
		if err != nil {
			return err
		}
		n.keys = n.keys.add(a.came)
		n.settled(tx.Now, a, got)
		if err := h.single(tx, a, &n); err != nil {
			return err
		}
		if n.state != Open && h.remotely(a.journey, a.set) { // before the row, as a phone locks them
			if err := h.cancel(tx, &n); err != nil {
				return err
			}
		}
		stored, err := n.store(tx, a.row.version == 0)
		if err != nil {
			return err
		}
		if !stored {
			return errChanged
		}
		if err := errors.Join(n.even(tx, got.Reason), h.strong(tx, &n), h.closeChannel(tx, a.by, &n)); err != nil {
			return err
		}
		n.record(tx, a.by, a.request.Policy.Code, a.finding.Device)
		out = h.outcome(&n, tx.Now)
		return nil
	})
	if err != nil {
		return Outcome{}, err // what was decided in a unit that was rolled back is nobody's to see
	}
	return out, nil
}

// even writes the row once more for a proof that was refused without being counted,
// because one that was counted has written the customer's counter: all refusals
// write as many rows. This row is nobody else's to wait for.
func (r *row) even(tx *db.Tx, reason authenticator.Reason) error {
	if reason == authenticator.Accepted {
		return nil
	}
	_, err := tx.Exec("UPDATE authentication SET version = version + 1 WHERE customer = $1 AND id = $2 AND $3 = 1", r.customer, r.id, reason.Closed())
	return err
}

// first enrolls a customer whose token signs and who has never signed, and settles
// again: tokens were registered before there was a policy for signatures, and come
// by other ways than a registration. It happens once for each customer.
func first(tx *db.Tx, a attempt) (authenticator.Result, error) {
	if err := authenticator.Enroll(tx, a.by, a.row.subject, a.request.Policy); err != nil {
		return authenticator.Result{}, err
	}
	return authenticator.Try(tx, a.by, a.row.subject, a.request.Policy, a.finding)
}

func (r *row) store(tx *db.Tx, isNew bool) (bool, error) {
	if isNew {
		return r.insert(tx)
	}
	return r.update(tx)
}
