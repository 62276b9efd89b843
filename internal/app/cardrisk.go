package app

import (
	"context"
	"encoding/hex"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/internal/vault"
)

// cardPayment is what the risk engine calls a payment with a token.
const cardPayment = "card"

// riskOfCard has the risk engine judge a payment with a token, as the policies say. Whom the customer pays is the merchant; where they are is
// not known: the message came from a till.
func (a *App) riskOfCard(ctx context.Context, by audit.Actor, r *issuing.Request, t *vault.Token) (issuing.Risked, error) {
	p := a.Policies.Active().Payments
	currency, err := payment.ParseCurrency(r.Currency)
	known := err == nil
	if p.Risk == policy.PaymentRiskOff || !known { // the engine compares amounts of currencies that it knows
		return issuing.Risked{}, nil
	}
	said := issuing.Risked{Outcome: issuing.Approve, Counts: p.Risk == policy.PaymentRiskOn}
	call := risk.Call{Customer: t.Customer, Reference: "card:" + hex.EncodeToString(a.Ring.MAC("app.card_reference", []byte(r.Key))[:16]), Channel: cardPayment}
	paid := risk.Payment{Amount: payment.Amount{Minor: r.Amount, Currency: currency}, Payee: "merchant:" + r.Merchant.Country + ":" + r.Merchant.ID}
	x, err := a.Risk.Guard(ctx, p.Patience, func(ctx context.Context) (risk.Assessment, error) {
		return a.Risk.Payment(ctx, by, cardPayment, call, []risk.Payment{paid})
	})
	if err != nil {
		return said, err
	}
	switch said.Event = x.ID; x.Result.Decision {
	case score.StepUp:
		said.Outcome = issuing.StepUp
	case score.Block:
		said.Outcome = issuing.Decline
	case score.Allow:
	}
	if !x.ID.IsZero() && !x.Repeated {
		said.Done = func(ctx context.Context, paid bool) { a.tellRisk(ctx, t, x, paid) }
	}
	return said, nil
}

// tellRisk tells the engine what became of a payment. It was decided: a failure of this leaves an event open, and nothing else.
func (a *App) tellRisk(ctx context.Context, t *vault.Token, x risk.Assessment, paid bool) {
	end := a.Risk.Reject
	if paid {
		end = a.Risk.Complete
	}
	if _, err := end(ctx, audit.System("issuing"), t.Customer, x.ID); err != nil {
		a.Log.WarnContext(ctx, "the risk engine was not told what became of a payment", telemetry.Err(err))
	}
}
