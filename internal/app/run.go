package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/telemetry"
)

// Run serves until ctx ends, then stops gracefully: see the package comment. It
// returns nil after an orderly stop, also after one that came before it served.
func (a *App) Run(ctx context.Context) error {
	// What was read when the node was opened may be too old by now to let anybody in.
	err := a.Clients.Refresh(ctx)
	if toldToStop(ctx, err) {
		return nil
	} else if err != nil {
		return err
	}
	servers, err := a.listen() //nolint:contextcheck // requests bring contexts of their own
	if err != nil {
		return err
	}
	if a.announce != nil {
		if err := a.announce(); err != nil {
			return errors.Join(err, closeAll(servers))
		}
	}
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	failed := make(chan error, len(servers)+1)
	wait := a.work(work, failed)
	for _, s := range servers {
		a.Log.InfoContext(ctx, "listening", slog.String("face", s.name), slog.String("url", s.url))
		go func() { failed <- s.serve() }()
	}
	select {
	case <-ctx.Done():
	case err = <-failed:
		a.Log.ErrorContext(ctx, "the node stops", telemetry.Err(err))
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Config.Limits.Grace)
	defer cancel()
	err = errors.Join(err, a.leave(grace, servers))
	stopWork()
	wait()
	if _, sealErr := a.Audit.Seal(grace); sealErr != nil {
		a.Log.WarnContext(ctx, "the last records are not sealed yet; the next node does it", telemetry.Err(sealErr))
	}
	a.Log.InfoContext(ctx, "stopped")
	return err
}

// toldToStop reports whether err says only that the node was told to stop before it served:
// that is no failure, and whoever watches over the process should not be told of one.
func toldToStop(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}

// work begins the background work; wait returns when all of it has ended, after ctx.
func (a *App) work(ctx context.Context, failed chan<- error) (wait func()) {
	var wg sync.WaitGroup
	for _, f := range a.jobs() {
		wg.Go(func() { f(ctx) })
	}
	wg.Go(func() { // the one job that may end the node: the database was replaced under it
		if err := a.Audit.Run(ctx); err != nil && ctx.Err() == nil {
			failed <- err
		}
	})
	return wg.Wait
}

// leave takes no more requests, and lets those under way end before grace does.
func (a *App) leave(grace context.Context, servers []*server) (err error) {
	a.stopOnce.Do(func() { close(a.stopping) })
	for _, s := range servers {
		err = errors.Join(err, s.stop(grace))
	}
	a.faceWork.Wait()
	return err
}

// jobs are the background work of a node.
func (a *App) jobs() []func(context.Context) {
	report := func(what string) func(error) {
		return func(err error) {
			a.Log.Warn("background work failed; it is tried again", slog.String("work", what), telemetry.Err(err))
		}
	}
	return append([]func(context.Context){
		a.Policies.Run,
		func(ctx context.Context) { a.Ring.Run(ctx, report("refresh the keys")) },
		func(ctx context.Context) { a.Clients.Run(ctx, report("refresh the clients")) },
		func(ctx context.Context) { a.Outbox.Run(ctx, a.handlers) },
		func(ctx context.Context) { a.sweep(ctx, report("remove what has run out")) },
	}, a.background...)
}

// ready reports why the node should get no requests; nil when it should.
func (a *App) ready(ctx context.Context) error {
	select {
	case <-a.stopping:
		return errors.New("the node is stopping")
	default:
	}
	before := a.Now()
	there, err := a.DB.Clock(ctx)
	if err != nil {
		return err
	}
	after := a.Now()
	if off := max(before.Sub(there), there.Sub(after)); off > time.Second {
		return fmt.Errorf("the node's clock is %s from the database's: check time synchronization", off.Round(time.Millisecond))
	}
	return nil
}
