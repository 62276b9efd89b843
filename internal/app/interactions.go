package app

import (
	"context"
	"math"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

const (
	interactionsEvery = 10 * time.Second // how soon what is due is learned
	interactionsBatch = 100
)

// addInteractions opens what is learned of the devices that customers live with, and has the risk
// engine ask it.
func (a *App) addInteractions() {
	a.Interactions = &interaction.Desk{DB: a.DB, Ring: a.Ring, Policies: a.Policies, Rand: a.Rand, Secret: a.Companions.Secret, Zone: a.Risk.Zone}
	a.Risk.Interactions = a.askInteractions
	a.Customers.Forget = append(a.Customers.Forget, interaction.Erase)
	a.background = append(a.background, func(ctx context.Context) {
		a.every(ctx, interactionsEvery, "learn what devices reported", a.learnInteractions)
	})
}

// learnInteractions learns all that is due.
func (a *App) learnInteractions(ctx context.Context) error {
	for {
		n, err := a.Interactions.Learn(ctx, interactionsBatch)
		if err != nil || n < interactionsBatch {
			return err
		}
	}
}

// askInteractions judges an event of the risk engine by the devices of its customer.
func (a *App) askInteractions(tx *db.Tx, q risk.Asked) (said score.Interaction, terms []score.Term, err error) {
	if q.Type == cardPayment { // whoever authorizes it asks about the devices at the till
		return said, nil, nil
	}
	ask := interaction.Ask{Customer: q.Customer, Reference: eventReference(q.Event), Access: judge.Access{Remote: true}}
	switch q.Kind {
	case score.KindSession:
		ask.Request.Kind = judge.Account
	case score.KindPayment:
		ask.Request.Kind = judge.Transaction
		ask.Request.Amount, ask.Currency = inAll(q.Items)
	default:
		ask.Request.Kind = judge.Service
	}
	x, judged, err := a.Interactions.Assess(tx, audit.System("risk"), ask)
	if err != nil || !judged {
		return said, nil, err
	}
	return score.Interaction{Decision: x.ID.String(), Outcome: string(x.Outcome), Shadow: !x.Counts(), Demand: x.Demand(), Spares: x.Spares()}, x.Scores(), nil
}

func eventReference(id ident.ID) string { return "risk:" + id.String() }

// inAll is what payments are worth together, in minor units. Of several currencies there is no
// sum: the currency is "", and the amount that of one.
func inAll(items []score.Item) (minor int64, currency string) {
	for i, x := range items {
		amount := int64(math.Round(x.Amount * math.Pow10(payment.Currency(x.Currency).Decimals())))
		if i > 0 && x.Currency != currency {
			return max(minor, amount), ""
		}
		minor, currency = minor+amount, x.Currency
	}
	return minor, currency
}
