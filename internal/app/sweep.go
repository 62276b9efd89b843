package app

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/sms"
)

const (
	sweepEvery = time.Minute
	sweepBatch = 500     // rows at a time, so that logins get in between
	sweepWalk  = 100_000 // authentications that are looked at in one go: a walk of a hundred million takes a day
)

// sweep removes what has run out, in small batches, as long as the node runs.
func (a *App) sweep(ctx context.Context, report func(error)) {
	t := time.NewTicker(sweepEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := a.Sweep(ctx); err != nil && ctx.Err() == nil {
				report(err)
			}
		}
	}
}

// Sweep removes what has run out by now; of authentications, the next part of a
// large table.
func (a *App) Sweep(ctx context.Context) error {
	write := func(f func(*db.Tx, int) (int64, error)) func(context.Context, int) (int64, error) {
		return func(ctx context.Context, limit int) (n int64, err error) {
			err = a.DB.Write(ctx, func(tx *db.Tx) error { n, err = f(tx, limit); return err })
			return n, err
		}
	}
	for _, f := range []func(context.Context, int) (int64, error){
		write(authenticator.Sweep), write(identification.Sweep), a.Staff.Sweep, a.sessions().Sweep, a.Clients.Sweep, a.Answers.Sweep, a.Proposals.Sweep, a.Evidence.Sweep, a.Texts.Sweep, a.Mobile.Sweep, a.Pushes.Sweep, a.Providers.Sweep, a.Prompts.Sweep, a.SIMs.Sweep, a.MobileIDs.Sweep, a.Identity.Sweep, a.PKI.Sweep, a.Companions.Sweep, a.Interactions.Sweep, a.Issuing.Sweep, a.Wallets.Sweep,
		write(passcode.Sweep), write(sms.SweepBudget), write(exemption.Sweep), a.matured, a.sweepRisk,
	} {
		for {
			n, err := f(ctx, sweepBatch)
			if err != nil {
				return err
			}
			if n < sweepBatch {
				break
			}
		}
	}
	if err := a.Exemptions.Refresh(ctx); err != nil {
		return err
	}
	return a.walkAuthentications(ctx)
}

// walkAuthentications goes on with the walk through the authentications, which
// have no index by expiry.
func (a *App) walkAuthentications(ctx context.Context) error {
	for range sweepWalk / sweepBatch {
		_, end, err := a.Hub.Sweep(ctx, sweepBatch)
		if err != nil || end {
			return err
		}
	}
	return nil
}
