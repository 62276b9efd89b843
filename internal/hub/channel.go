package hub

import (
	"context"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// ChannelBlocked is the reason of an authentication that is denied because its channel is
// closed to the customer.
const ChannelBlocked authenticator.Reason = "channel_blocked"

// errBarred ends a unit that found the channel closed.
var errBarred = errors.New("hub: the channel is closed to the customer")

// sessionFor is how long after a grant somebody is taken to be still on the channel, who
// is asked for more there.
const sessionFor = time.Hour

// closed reports whether the row's channel is closed to its customer now.
func (r *row) closed(tx *db.Tx) (bool, error) {
	_, found, err := risk.BlockedChannel(tx, r.customer, r.channel)
	return found, err
}

// undisturbed makes sure that nobody has closed the channel of a judged authentication
// since it was looked at: the engine may have taken seconds. It ends with errChanged, and
// the next look finds the block.
func (r *row) undisturbed(tx *db.Tx) error {
	if r.risk.decision == "" || r.state == Denied {
		return nil
	}
	closed, err := r.closed(tx)
	if err == nil && closed {
		err = errChanged
	}
	return err
}

// barredStart stores an authentication of a channel that is closed, as one that risk has
// blocked is stored: neither engine nor method is asked, and a proof that came with it is
// not looked at.
func (h *Hub) barredStart(ctx context.Context, by audit.Actor, r row, j policy.Journey, proof *Proof, now time.Time) (Outcome, error) {
	if j.Risk.On {
		r.risk.decision, r.risk.fresh = score.Block, true
	}
	return h.shut(ctx, by, r, ChannelBlocked, proof, now)
}

// bar denies an authentication that is under way on a channel that was closed meanwhile,
// and answers that it is over: what the last proof was stands, and nothing is counted.
func (h *Hub) bar(ctx context.Context, by audit.Actor, r row) error {
	err := h.db.Settle(ctx, r.customer, func(tx *db.Tx) error {
		n := r
		n.state, n.reason, n.renewing, n.ended = Denied, ChannelBlocked, "", tx.Now
		n.outlook = authenticator.Outlook{}
		if n.risk.decision != "" {
			n.risk.decision, n.risk.fresh = score.Block, true
		}
		if err := h.cancel(tx, &n); err != nil {
			return err
		}
		switch stored, err := n.update(tx); {
		case err != nil:
			return err
		case !stored:
			return errChanged
		}
		audit.Record(tx, audit.Event{Kind: AuditDenied, By: by, Customer: n.customer, Object: "authentication:" + n.id.String(), Details: detail{
			Purpose: n.purpose, Channel: n.channel, Payment: n.payment.String(), Version: n.policies, Reason: n.reason, Factors: n.factors.String(), Risk: n.risk.decision,
		}})
		return nil
	})
	if err == nil {
		err = over()
	}
	return err
}

// closeChannel closes the channel of an authentication that is denied in this unit, when
// its risk was very high and the policies want it.
func (h *Hub) closeChannel(tx *db.Tx, by audit.Actor, r *row) error {
	if r.state != Denied || r.reason != Blocked || !r.risk.channel || h.risk == nil {
		return nil
	}
	j, known := h.policies.Active().Journey(r.purpose, r.channel)
	rule := j.Risk.ChannelBlock
	if !known || !j.Risk.On {
		return nil
	}
	switch rule.After {
	case policy.BlockAny:
	case policy.BlockProven:
		if proven, err := r.provenBefore(tx); err != nil || !proven {
			return err
		}
	case policy.BlockNever:
		return nil
	default:
		return nil
	}
	_, err := h.risk.BlockChannel(tx, by, risk.ChannelBlock{
		Customer: r.customer, Channel: r.channel, Cause: risk.CauseRisk, Event: r.risk.event, Authentication: r.id, Until: rule.Until(tx.Now),
	})
	return err
}

// provenBefore reports whether somebody who can show something of the customer's is
// behind an authentication: a right proof came in it, or it is asked of somebody who has
// logged in on the channel lately. A login itself proves nothing of that kind.
func (r *row) provenBefore(tx *db.Tx) (bool, error) {
	if r.factors != 0 || r.purpose == policy.PurposeLogin {
		return r.factors != 0, nil
	}
	var n int
	err := tx.Row("SELECT COUNT(*) FROM authentication WHERE customer = $1 AND channel = $2 AND state = 'granted' AND factors <> 0 AND ended_at > $3",
		r.customer, r.channel, tx.Now.Add(-sessionFor)).Scan(&n)
	return n > 0, err
}
