package issuing

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// Risked is what the risk engine says of a payment.
type Risked struct {
	Event   ident.ID // zero: nothing was judged
	Outcome Outcome  // Approve, StepUp or Decline
	Counts  bool     // false in the shadow: it is kept, and decides nothing
	// Done tells the engine what became of the payment, after it was decided; may be nil.
	Done func(ctx context.Context, paid bool)
}

// Risker judges payments by the risk of their circumstances, before the transaction that decides them. An engine that fails says StepUp: an outage never allows.
type Risker func(ctx context.Context, by audit.Actor, r *Request, t *vault.Token) (Risked, error)

// risked asks the risk engine about a payment that its token could pay and whose cryptogram is right. Others are not worth a look, and would let anybody
// who can send messages write events of a customer.
func (d *Desk) risked(ctx context.Context, by audit.Actor, r *Request, digest []byte) (said Risked, s sight, err error) {
	if d.Risk == nil || r.Amount == 0 || d.Risky != nil && !d.Risky() {
		return said, s, nil
	}
	if s, err = d.look(ctx, r, digest); err == nil && s.worth {
		said, err = d.Risk(ctx, by, r, &s.pay.Token)
	}
	return said, s, err
}

// byRisk is what the risk engine adds to a payment that nothing else speaks against.
func (x *attempt) byRisk(outcome Outcome, why Reason, out *Decision) (Outcome, Reason) {
	out.Risk = x.said.Event
	if !x.said.Counts || x.said.Outcome == Approve || x.said.Event.IsZero() && x.said.Outcome == "" {
		return outcome, why
	}
	out.Approved = 0
	return x.said.Outcome, Risk
}
