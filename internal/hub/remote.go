package hub

import (
	"context"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Reasons of authentications that their customer has ended by another way.
const (
	Declined authenticator.Reason = "refused"  // the customer does not want it
	Disowned authenticator.Reason = "reported" // the customer has not asked for it
)

// Bounds of waiting for an answer.
const (
	MaxWait  = 25 * time.Second // of one call
	lookWait = 2 * time.Second  // until the row is looked at again: another node may have had the answer
	maxWaits = 2000             // that wait at once on a node; more are answered at once

	timeToAnswer = 2 * time.Second // that is left of a request when waiting ends
)

// Asked is what a customer is asked by another way, for the awaited step.
type Asked struct {
	authenticator.Standing

	Policy string
}

// remotes calls f with every method of a row's awaited step whose answers come by another way.
func (h *Hub) remotes(r *row, set *policy.Set, now time.Time, f func(authenticator.Remote, authenticator.Request) error) error {
	j, known := set.Journey(r.purpose, r.channel)
	if !known {
		return nil
	}
	for _, code := range j.Judged(r.shown(), r.risk.up()).Allowed {
		p, _ := set.Policy(code)
		m, remote := h.methods[p.Method].(authenticator.Remote)
		if !remote {
			continue
		}
		if err := f(m, h.requestOf(r, p, set, now)); err != nil {
			return err
		}
	}
	return nil
}

// requestOf is what a method is told about a row.
func (h *Hub) requestOf(r *row, p policy.Policy, set *policy.Set, now time.Time) authenticator.Request {
	return authenticator.Request{
		Authentication: r.id, Customer: r.subject, Policy: p, Payment: r.paid, Purpose: r.purpose, Channel: r.channel, Set: set, Now: now,
		Proven: len(r.proofs) > 0,
	}
}

// asked reads how it stands with what the customer is asked by another way; nil when
// nothing is. Of several, an answer that is there comes first. Remote says whether anything can
// be asked so.
func (h *Hub) asked(tx *db.Tx, r *row, set *policy.Set) (best *Asked, remote bool, err error) {
	if r.over(tx.Now, set.Version) {
		return nil, false, nil
	}
	err = h.remotes(r, set, tx.Now, func(m authenticator.Remote, req authenticator.Request) error {
		remote = true
		s, err := m.Standing(tx, req)
		if err != nil || s.State == "" || best != nil && (best.State == authenticator.Agreed || s.State == authenticator.Lapsed) {
			return err
		}
		best = &Asked{s, req.Policy.Code}
		return nil
	})
	return best, remote, err
}

// remotely reports whether a journey has a step that is answered by another way.
func (h *Hub) remotely(j policy.Journey, set *policy.Set) bool {
	return slices.ContainsFunc(append(j.Codes(), j.Risk.StepUp...), func(code string) bool {
		p, _ := set.Policy(code)
		_, remote := h.methods[p.Method].(authenticator.Remote)
		return remote
	})
}

// cancel ends what is asked by another way for an authentication that has ended.
func (h *Hub) cancel(tx *db.Tx, r *row) error {
	for _, m := range h.methods {
		if m, remote := m.(authenticator.Remote); remote {
			if err := m.Cancel(tx, r.customer, r.id); err != nil {
				return err
			}
		}
	}
	return nil
}

// Wait is Get that waits while an answer is awaited by another way: until it comes, or the
// authentication ends, for most at the longest and never longer than MaxWait. It holds neither
// a transaction nor a connection while it waits.
func (h *Hub) Wait(ctx context.Context, by audit.Actor, handle string, most time.Duration) (out Outcome, err error) {
	if out, err = h.Get(ctx, by, handle); err != nil || !out.awaited() || most <= 0 {
		return out, err
	}
	select {
	case h.waits <- struct{}{}:
		defer func() { <-h.waits }()
	default:
		return out, nil
	}
	ctx, cancel := patience(ctx, most)
	defer cancel()
	_, id := h.named(handle)
	changed, stop := h.watch(out, id)
	defer stop()
	for out.awaited() {
		again, err := h.Get(ctx, by, handle)
		switch {
		case ctx.Err() != nil:
			return out, nil
		case err != nil:
			return out, err
		}
		if out = again; out.awaited() && !h.pause(ctx, changed) {
			return out, nil
		}
	}
	return out, nil
}

// awaited reports whether somebody is asked by another way and has not answered.
func (o Outcome) awaited() bool {
	return o.State == Open && o.Asked != nil && o.Asked.State == authenticator.Awaited
}

// pause waits for a change; false when there is no time left.
func (h *Hub) pause(ctx context.Context, changed <-chan struct{}) bool {
	t := time.NewTimer(lookWait)
	defer t.Stop()
	select {
	case <-changed:
	case <-t.C:
	case <-h.stopping:
		return false
	case <-ctx.Done():
		return false
	}
	return true
}

// patience bounds how long a call may wait, so that there is time left to answer it.
func patience(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	if end, bounded := ctx.Deadline(); bounded {
		early, stop := context.WithDeadline(ctx, end.Add(-timeToAnswer))
		ctx, cancel := context.WithTimeout(early, min(most, MaxWait))
		return ctx, func() { cancel(); stop() }
	}
	return context.WithTimeout(ctx, min(most, MaxWait))
}

// watch watches the method that is asked.
func (h *Hub) watch(o Outcome, id ident.ID) (<-chan struct{}, func()) {
	p, _ := h.policies.Active().Policy(o.Asked.Policy)
	if m, remote := h.methods[p.Method].(authenticator.Remote); remote {
		return m.Watch(id)
	}
	return nil, func() {}
}

// Ended is an authentication that its customer has ended.
type Ended struct {
	Channel string
	Purpose string
	Event   ident.ID // of the risk engine; zero where it is not asked
	Open    bool     // it was open until then
}

// Refuse denies an open authentication in the caller's transaction, because its customer
// has said no by another way: Declined or Disowned. Nothing is counted, for nobody has
// guessed. The engine is to be told after the commit.
func (h *Hub) Refuse(tx *db.Tx, by audit.Actor, customer, id ident.ID, why authenticator.Reason) (e Ended, err error) {
	r, found, err := loadAny(tx, customer, id)
	if err != nil || !found {
		return e, err
	}
	set := h.policies.Active()
	if err := r.loadRest(tx, set); err != nil {
		return e, err
	}
	e = Ended{Channel: r.channel, Purpose: r.purpose, Event: r.risk.event}
	n, err := tx.Exec(`UPDATE authentication SET state = 'denied', version = version + 1, last_result = 'refused', last_reason = $3, renewing = '', ended_at = $4
		WHERE customer = $1 AND id = $2 AND state = 'open'`, customer, id, string(why), tx.Now)
	if err != nil || n == 0 {
		return e, err
	}
	e.Open = true
	audit.Record(tx, audit.Event{Kind: AuditDenied, By: by, Customer: customer, Object: "authentication:" + id.String(), Details: detail{
		Purpose: r.purpose, Channel: r.channel, Payment: r.payment.String(), Version: r.policies, Reason: why, Factors: r.factors.String(), Risk: r.risk.decision,
	}})
	return e, h.cancel(tx, &r)
}
