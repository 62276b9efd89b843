package hub

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// Start says which authentication is wanted.
type Start struct {
	CustomerNumber string          // as typed
	Purpose        string          // login, payment …
	Channel        string          // web, branch …
	Payment        payment.Payment // what is to be paid; only for the purpose payment, and always for it
	Key            string          // idempotency key of the caller; "" for none
	Risk           Circumstances   // for the risk engine; may be left out
	Grounds        Grounds         // of an exemption; may be left out
	Proof          *Proof          // the first proof, when it is at hand already; nil for none
}

// Proof is one proof as a client submits it.
type Proof struct {
	Policy    string          // the policy that it is for; "" when the step allows one only
	Code      string          // as typed
	Payment   payment.Payment // what the code was made for, to be compared with that of the start; zero to leave it out
	Challenge string          // id of the challenge that it answers; "" when none
	Key       string          // idempotency key; "" for none. The proof of a Start has that of the Start
}

// Start begins an authentication; with a proof it also takes the first step, all
// in one transaction. The same request under the same key again gives the same
// authentication. It is by's: nobody else can go on with it or look at it.
//
// Faults: "authentication.journey", "authentication.grounds", "authentication.payment_missing",
// "authentication.payment_unexpected" and "payment.not_typeable" (Invalid; see
// the package comment), "authentication.payment_differs", "authentication.key_reused" and
// "authentication.superseded" (Conflict; see the package comment), and those of
// the proof, as with Step.
func (h *Hub) Start(ctx context.Context, by audit.Actor, in Start) (out Outcome, err error) {
	if in.Proof != nil {
		proof := *in.Proof
		proof.Key = in.Key
		if !proof.Payment.IsZero() && proof.Payment.Hash() != in.Payment.Hash() {
			return out, differs()
		}
		in.Proof = &proof
	}
	for range maxLooks {
		if out, err = h.start(ctx, by, in); !errors.Is(err, errChanged) {
			return out, err
		}
	}
	return out, tooMany()
}

// start ends with errChanged when the same key came twice at once: the other
// request's authentication is there when it is looked for again.
func (h *Hub) start(ctx context.Context, by audit.Actor, in Start) (Outcome, error) {
	set := h.policies.Active()
	j, known := set.Journey(in.Purpose, in.Channel)
	if !known {
		return Outcome{}, fault.Invalidf("authentication.journey", "There is no journey for the purpose %q on the channel %q.", in.Purpose, in.Channel)
	}
	if err := in.Grounds.check(in.Purpose); err != nil {
		return Outcome{}, err
	}
	if err := payable(set, j, in.Payment); err != nil {
		return Outcome{}, err
	}
	var r row
	var now time.Time
	again := false
	err := h.db.Read(ctx, func(tx *db.Tx) error {
		now = tx.Now
		id, err := who(tx, in.CustomerNumber)
		if err != nil {
			return err
		}
		r = row{
			customer: id, subject: id, id: h.newID(by, in.Key, now), keyed: in.Key != "", client: by.String(), purpose: in.Purpose, channel: in.Channel, payment: in.Payment.Hash(), paid: in.Payment,
			policies: set.Version, state: Open, grounds: in.Grounds, created: now, expires: now.Add(j.TTL),
		}
		if r.barred, err = r.closed(tx); err != nil || in.Key == "" {
			return err
		}
		old, found, err := load(tx, by, r.customer, r.id)
		if again = found; err != nil || !found {
			return err
		}
		r = old
		return r.loadRest(tx, set)
	})
	switch {
	case err != nil:
		return Outcome{}, err
	case again:
		if err := h.startedBy(&r, in); err != nil {
			return Outcome{}, err
		}
		return h.outcome(&r, now), nil
	}
	if r.barred {
		return h.barredStart(ctx, by, r, j, in.Proof, now)
	}
	if j.Risk.On {
		if err := h.judge(ctx, by, &r, in.Risk); err != nil {
			return Outcome{}, err
		}
	}
	switch {
	case r.risk.decision == score.Block:
		return h.shut(ctx, by, r, Blocked, in.Proof, now)
	case in.Proof != nil:
		return h.prove(ctx, by, r, *in.Proof, now, set)
	case j.Exempt && r.risk.decision == score.Allow && r.exemptible():
		if out, err := h.exempt(ctx, by, r); !errors.Is(err, errNeeded) {
			return out, err
		}
	}
	return h.open(ctx, by, r)
}

// shut stores an authentication that is blocked before anything was shown. A proof that
// came with it is not looked at.
func (h *Hub) shut(ctx context.Context, by audit.Actor, r row, why authenticator.Reason, proof *Proof, now time.Time) (Outcome, error) {
	r.state, r.reason, r.ended = Denied, why, now
	if proof != nil {
		r.keys = r.keys.add(h.entry(&r, *proof))
	}
	out, err := h.open(ctx, by, r)
	if err == nil {
		h.told(ctx, attempt{by: by, row: r}, out)
	}
	return out, err
}

// newID returns a fresh id, or the one that belongs to the caller's key.
func (h *Hub) newID(by audit.Actor, key string, now time.Time) ident.ID {
	if key == "" {
		return ident.New(now, h.random)
	}
	return keyedID(by, key)
}

func keyedID(by audit.Actor, key string) ident.ID {
	return ident.Derive("authentication", by.String(), key)
}

// open stores an authentication that has no proof yet.
func (h *Hub) open(ctx context.Context, by audit.Actor, r row) (out Outcome, err error) {
	err = h.db.Settle(ctx, r.customer, func(tx *db.Tx) error {
		isNew, err := r.insert(tx)
		if err != nil {
			return err
		}
		if !isNew {
			return errChanged
		}
		if err := h.closeChannel(tx, by, &r); err != nil {
			return err
		}
		kind := AuditStarted
		if r.state == Denied {
			kind = AuditDenied
		}
		audit.Record(tx, audit.Event{Kind: kind, By: by, Customer: r.customer, Object: "authentication:" + r.id.String(), Details: detail{
			Purpose: r.purpose, Channel: r.channel, Payment: r.payment.String(), Version: r.policies, Reason: r.reason, Risk: r.risk.decision, Grounds: r.grounds.noted(),
		}})
		out = h.outcome(&r, tx.Now)
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	return out, nil
}

// named returns the row that a handle names, or one that nobody has: what is made
// up costs what somebody else's costs.
func (h *Hub) named(handle string) (customerID, id ident.ID) {
	customerID, id, ok := h.handles.Open(handle)
	if !ok {
		return ident.Derive("nobody", handle), ident.Derive("nothing", handle)
	}
	return customerID, id
}

// Get returns an authentication of by's as it stands.
func (h *Hub) Get(ctx context.Context, by audit.Actor, handle string) (out Outcome, err error) {
	customerID, id := h.named(handle)
	set := h.policies.Active()
	err = h.db.Read(ctx, func(tx *db.Tx) error {
		var remote bool
		if out, remote, err = h.view(tx, by, customerID, id, set); err != nil || !remote || out.State != Open || out.Asked != nil && out.Asked.State != authenticator.Lapsed {
			return err
		}
		// Nothing is asked any more, perhaps because a refusal came between the two reads.
		out, _, err = h.view(tx, by, customerID, id, set)
		return err
	})
	return out, err
}

// view reads an authentication and what is asked by another way, and whether anything can be.
func (h *Hub) view(tx *db.Tx, by audit.Actor, customerID, id ident.ID, set *policy.Set) (out Outcome, remote bool, err error) {
	r, found, err := load(tx, by, customerID, id)
	if err != nil {
		return out, false, err
	}
	if !found {
		return out, false, unknown()
	}
	if err := r.loadRest(tx, set); err != nil {
		return out, false, err
	}
	if r.subject, err = subject(tx, customerID); err != nil {
		return out, false, err
	}
	out = h.outcome(&r, tx.Now)
	out.Asked, remote, err = h.asked(tx, &r, set)
	return out, remote, err
}

// unknown is the answer to a handle that names nothing, or nothing of the caller's.
func unknown() error {
	return fault.NotFoundf("authentication.unknown", "There is no such authentication. Start a new one.")
}

func over() error {
	return fault.Conflictf("authentication.over", "This authentication has ended. Start a new one.")
}
