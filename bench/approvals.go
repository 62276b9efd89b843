package main

import (
	"context"
	"fmt"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
)

// What scenario approvals measures, in turns, besides the limit.
const (
	modeApproval = "payments approved on the phone"
	modePicture  = "payments approved by picture"
)

// approvalsBench is the scenario under way.
type approvalsBench struct {
	*bench
	found map[string]series
}

// approvals measures payments that customers approve on their phones: started, asked, answered
// and taken, through hub and desk, in this process.
func (b *bench) approvals(ctx context.Context) (*Scenario, error) {
	t := &approvalsBench{b, map[string]series{}}
	s := &Scenario{
		Name: fmt.Sprintf("approvals: %d payments under way at once", b.Connections), Data: t.found,
		Head: []string{"DATABASE", "WHAT", "RATE/S", "OF LIMIT", "P50 MS", "P99 MS", "CPU US: NODE", "DATABASE", "ELSEWHERE %"},
		Notes: []string{
			"in this process, the phones included: an approval costs four settlements (start, ask, approve, take), a picture three and a signature (ES256); HTTP and the delivery of pushes are not in it",
		},
	}
	for _, d := range b.rig.Dialects() {
		if err := t.dialect(ctx, d); err != nil {
			return nil, err
		}
		t.report(s, d)
	}
	return s, nil
}

func (t *approvalsBench) dialect(ctx context.Context, d db.Dialect) error {
	store, err := t.rig.Store(ctx, d)
	if err != nil {
		return err
	}
	server, err := store.Server(ctx)
	if err != nil {
		return err
	}
	err = store.With(ctx, func(a *app.App) error {
		x, err := store.Approvers(ctx, a, t.Connections) // each worker has a customer: one's approvals come one after another
		if err != nil {
			return err
		}
		for round := range t.Rounds {
			t.rig.Sayf("approvals, %s: round %d of %d", d, round+1, t.Rounds)
			if err := t.round(ctx, d, store, server, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return store.Drop(ctx)
}

func (t *approvalsBench) round(ctx context.Context, d db.Dialect, store *rig.Store, server int, x *rig.Approvers) error {
	limit, err := t.limit(ctx, store, server)
	if err != nil {
		return err
	}
	t.found[key(d, modeLimit)] = append(t.found[key(d, modeLimit)], limit)
	for mode, f := range map[string]func(context.Context, int) error{modeApproval: x.Approve, modePicture: x.Read} {
		s, err := t.drive(ctx, server, t.Connections, func(ctx context.Context, worker, _ int) error { return f(ctx, worker) })
		if err != nil {
			return err
		}
		t.found[key(d, mode)] = append(t.found[key(d, mode)], s)
	}
	return nil
}

func (t *approvalsBench) report(s *Scenario, d db.Dialect) {
	base := t.found[key(d, modeLimit)].of(rate)
	for _, mode := range []string{modeLimit, modeApproval, modePicture} {
		all := t.found[key(d, mode)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(p50), m(p99), m(func(s Sample) float64 { return s.NodeCPU }),
			m(func(s Sample) float64 { return s.DatabaseCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
	}
	least := 0.25 // where a commit waits for the disk
	if d == db.Postgres {
		least = 0.05 // where it hardly does, the statements are what counts: about thirty against one
	}
	s.goal(d.String()+": approvals / one-row commits", ">=", least, figure.Ratio(t.found[key(d, modeApproval)].of(rate), base))
}
