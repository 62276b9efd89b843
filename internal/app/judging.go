package app

import (
	"context"
	"log/slog"
	"strings"
	"time"
	_ "time/tzdata" // a machine may have no time zones

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/place"
	"github.com/countersign-auth/countersign/internal/risk/rule"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

const (
	rulesEvery   = time.Second // how soon a node knows that other rules are in force
	lessonsEvery = 2 * time.Second
	lessonsBatch = 500
	trialsEvery  = 5 * time.Second // how soon a node goes on with the tests of another
)

// addRisk opens the risk engine with the places, the time zone and the preset that
// the operator has named.
func (a *App) addRisk(ctx context.Context) error {
	c := a.Config.Risk
	preset, err := rule.Preset(c.Preset)
	if err != nil {
		return err
	}
	d := &risk.Desk{
		DB: a.DB, Ring: a.Ring, Rand: a.Rand, Log: a.Log, Preset: preset,
		Compile: func(doc []byte) (score.Rules, error) { return rule.Parse(doc) },
	}
	if d.Zone, err = time.LoadLocation(c.Zone); err != nil {
		return err
	}
	if c.Places != "" {
		if d.Places, err = place.Open(strings.Split(c.Places, ",")...); err != nil {
			return err
		}
	}
	if err := d.Reload(ctx); err != nil {
		return err
	}
	a.Risk = d
	a.Proposals.Executors[policy.ActRules] = d.RuleExecutor()
	a.Proposals.Executors[policy.ActFinding] = a.reviews().Executor()
	a.Customers.Forget = append(a.Customers.Forget, d.Erase)
	a.background = append(a.background,
		func(ctx context.Context) { a.every(ctx, rulesEvery, "reload the risk rules", a.Risk.Reload) },
		func(ctx context.Context) { a.every(ctx, lessonsEvery, "count what risk has learned", a.foldLessons) },
		func(ctx context.Context) { a.every(ctx, trialsEvery, "try rules on the past", a.reviews().WorkTrials) })
	return nil
}

// reviews is where analysts work.
func (a *App) reviews() *risk.Review { return &risk.Review{Desk: a.Risk, Policies: a.Policies} }

// foldLessons adds what was learned to the counts of all customers.
func (a *App) foldLessons(ctx context.Context) error {
	for {
		n, err := a.Risk.Fold(ctx, lessonsBatch)
		if err != nil || n < lessonsBatch {
			return err
		}
	}
}

// sweepRisk deletes what the engine has kept for long enough.
func (a *App) sweepRisk(ctx context.Context, limit int) (int64, error) {
	s, err := a.Risk.Sweep(ctx, audit.System("risk"), risk.DefaultKeep(), limit)
	return s.Rows(), err
}

// untold logs what kept the engine from learning an outcome.
func (a *App) untold(ctx context.Context, err error) {
	a.Log.WarnContext(ctx, "the risk engine was not told how an authentication ended", telemetry.Err(err))
}

// every does a piece of background work again and again until ctx ends.
func (a *App) every(ctx context.Context, pause time.Duration, what string, f func(context.Context) error) {
	t := time.NewTicker(pause)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if err := f(ctx); err != nil && ctx.Err() == nil {
				a.Log.WarnContext(ctx, "background work failed; it is tried again", slog.String("work", what), telemetry.Err(err))
			}
		}
	}
}
