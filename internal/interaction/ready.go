package interaction

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/policy"
)

// readyFor is how long an application stays ready by one answer.
const readyFor = 10 * time.Minute

// Words for why an application becomes ready, or does not.
const (
	ReadyPattern  = "pattern"  // the device is used as usual (DI-103)
	ReadyPresence = "presence" // a worn device feels its owner (DI-104)
	ReadyUnusual  = "unusual"
	ReadyUnknown  = "unknown" // too little is known, or patterns are not in use
)

// Readiness is Ready for whoever asks on behalf of a primary: an application of the bank that
// runs beside the transaction application. The fault "companion.unknown" (NotFound).
func (d *Desk) Readiness(ctx context.Context, customer, primary ident.ID) (r report.Ready, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		c, found, err := companion.Get(tx, customer, primary)
		if err == nil && !found {
			err = fault.NotFoundf("companion.unknown", "The customer has no such device.")
		}
		if err != nil {
			return err
		}
		r, err = d.Ready(tx, c)
		return err
	})
	return r, err
}

// Ready says whether the transaction application of a primary may become active by itself
// (DI-103 to DI-106): in an unusual context its owner has to open it. Nothing is kept of the question.
func (d *Desk) Ready(tx *db.Tx, c companion.Companion) (report.Ready, error) {
	r := d.rules()
	if r.Mode != policy.InteractionOn || !c.May(companion.Primary) || c.Fresh(tx.Now) {
		return report.Ready{Why: ReadyUnknown}, nil
	}
	w, found, err := d.look(tx, r, Ask{Customer: c.Customer, Primary: c.ID, Request: judge.Request{Kind: judge.Service}, Access: judge.Access{Remote: true}})
	if err != nil || !found {
		return report.Ready{Why: ReadyUnknown}, err
	}
	yes := report.Ready{Ready: true, Until: tx.Now.Add(readyFor).UnixMilli()}
	for _, v := range w.recent.Devices {
		if v.Active && !v.Fresh && v.Proof.Authenticated() {
			yes.Why = ReadyPresence
			return yes, nil
		}
	}
	var res judge.Result
	switch r.judge.Score(w.state, &w.recent, &res); res.Outcome {
	case judge.Allow:
		yes.Why = ReadyPattern
		return yes, nil
	default:
		if res.Zone == judge.Thin {
			return report.Ready{Why: ReadyUnknown}, nil
		}
	}
	return report.Ready{Why: ReadyUnusual}, nil
}
