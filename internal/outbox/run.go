package outbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
)

// Kinds of the audit records of this package.
const (
	AuditDead    = "outbox.given_up"
	AuditRetried = "outbox.retried"
)

// maxError is how much of an error is stored.
const maxError = 300

// Run delivers messages of the kinds that have a handler until ctx ends, then
// waits for the deliveries under way, which get a little time to finish. It wakes at once for messages that this
// process put, and every Poll for others.
func (o *Outbox) Run(ctx context.Context, handlers map[string]Handler) {
	tick := time.NewTicker(o.cfg.Poll)
	defer tick.Stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, o.cfg.Workers)
	purged := time.Time{}
	for ctx.Err() == nil {
		if now := o.cfg.Now(); now.Sub(purged) >= purgeEvery || now.Before(purged) {
			purged = now
			o.complain(ctx, "old messages could not be forgotten", o.purge(ctx))
		}
		n, err := o.dispatch(ctx, handlers, slots, &wg)
		o.complain(ctx, "messages could not be claimed", err)
		if n > 0 && err == nil {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-o.wake:
		case <-tick.C:
		}
	}
}

// Deliver delivers everything that is due now, waits for it, and returns how many
// attempts it made.
func (o *Outbox) Deliver(ctx context.Context, handlers map[string]Handler) (attempts int, err error) {
	var wg sync.WaitGroup
	defer wg.Wait()
	slots := make(chan struct{}, o.cfg.Workers)
	for {
		n, err := o.dispatch(ctx, handlers, slots, &wg)
		attempts += n
		if err != nil || n == 0 {
			return attempts, err
		}
	}
}

// dispatch waits for a free worker, claims as many messages as workers are free,
// and starts their deliveries. Claiming more would let leases run out in a queue.
func (o *Outbox) dispatch(ctx context.Context, handlers map[string]Handler, slots chan struct{}, wg *sync.WaitGroup) (int, error) {
	select {
	case slots <- struct{}{}:
		<-slots
	case <-ctx.Done():
		return 0, nil
	}
	got, err := o.claim(ctx, slices.Collect(maps.Keys(handlers)), cap(slots)-len(slots))
	for _, c := range got {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			o.attempt(ctx, c, handlers[c.Kind])
		})
	}
	return len(got), err
}

// attempt delivers one message and stores the outcome. The outcome is stored even
// when ctx has ended meanwhile.
func (o *Outbox) attempt(ctx context.Context, c claimed, h Handler) {
	o.stats.busy.Add(1)
	defer o.stats.busy.Add(-1)
	store := context.WithoutCancel(ctx)
	if !c.Expires.IsZero() && !o.cfg.Now().Before(c.Expires) {
		o.complain(store, "an outcome could not be stored", o.bury(store, c, h, "it expired before it could be delivered"))
		return
	}
	record, err := o.deliver(ctx, c, h)
	switch {
	case err == nil:
		err = o.sent(store, c, record)
	case IsPermanent(err) || c.Attempts >= o.cfg.Attempts:
		err = o.bury(store, c, h, err.Error())
	default:
		err = o.again(store, c, err)
	}
	o.complain(store, "an outcome could not be stored; the message will be delivered again when its lease has ended", err)
}

// deliver calls the handler. A panic is a temporary failure: it must not stop the
// node, and another attempt may go better.
func (o *Outbox) deliver(ctx context.Context, c claimed, h Handler) (record func(*db.Tx) error, err error) {
	if c.Payload, err = o.ring.Open(payloadLabel, c.ID, c.sealed); err != nil {
		return nil, err
	}
	ctx, cancel := o.patience(ctx)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the handler of %s panicked", c.Kind) // not with its value: that may hold the payload
		}
	}()
	if r, ok := h.(Recorder); ok {
		return r.Hand(ctx, c.Message)
	}
	return nil, h.Deliver(ctx, c.Message)
}

// patience is the time of a delivery. One that is under way when ctx ends may finish: cut
// off, the other side might have it and never say so, and would get it again.
func (o *Outbox) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	going, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.cfg.Lease*3/4)
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(o.cfg.Finish, cancel)
		context.AfterFunc(going, func() { t.Stop() })
	})
	return going, func() { stop(); cancel() }
}

func (o *Outbox) sent(ctx context.Context, c claimed, record func(*db.Tx) error) error {
	stood, err := o.settle(ctx, c, `state = 'sent', payload = NULL, ended_at = $3, reason = ''`, []any{o.cfg.Now()}, func(tx *db.Tx, _ bool) error {
		if record == nil {
			return nil
		}
		return record(tx)
	})
	o.count(stood, err, &o.stats.sent)
	return err
}

// again puts a message back to be tried later.
func (o *Outbox) again(ctx context.Context, c claimed, cause error) error {
	wait := o.backoff(c.Attempts)
	if f, ok := errors.AsType[*fault.Error](cause); ok {
		wait = max(wait, f.RetryAfter)
	}
	stood, err := o.settle(ctx, c, `due_at = $3, reason = $4`, []any{o.cfg.Now().Add(wait), short(cause.Error())}, nil)
	o.count(stood, err, &o.stats.failed)
	return err
}

// bury gives a message up, leaves a record of it and tells the handler.
func (o *Outbox) bury(ctx context.Context, c claimed, h Handler, why string) error {
	counter := &o.stats.dead
	if !c.Expires.IsZero() && !o.cfg.Now().Before(c.Expires) {
		counter = &o.stats.expired
	}
	stood, err := o.settle(ctx, c, `state = 'dead', ended_at = $3, reason = $4`, []any{o.cfg.Now(), short(why)}, func(tx *db.Tx, stood bool) error {
		if !stood {
			return nil
		}
		audit.Record(tx, audit.Event{
			Kind: AuditDead, By: audit.System("outbox"), Customer: c.Customer, Object: c.ID.String(),
			Details: map[string]any{"kind": c.Kind, "attempts": c.Attempts, "why": short(why)},
		})
		if u, ok := h.(Undertaker); ok {
			return u.Buried(tx, c.Message, short(why))
		}
		return nil
	})
	o.count(stood, err, counter)
	if stood {
		o.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "a message was given up", slog.String("message", c.ID.String()), slog.String("kind", c.Kind), slog.Int("attempts", c.Attempts))
	}
	return err
}

func (o *Outbox) count(stood bool, err error, c *atomic.Int64) {
	if err != nil {
		return
	}
	if !stood {
		c = &o.stats.overrun
	}
	c.Add(1)
}

// backoff is the wait after a number of failed attempts: doubling up to the cap,
// less up to a quarter at random, so that messages that failed together do not
// come back together.
func (o *Outbox) backoff(attempts int) time.Duration {
	wait := o.cfg.Longest
	if shift := attempts - 1; shift < 30 && o.cfg.First<<shift < wait {
		wait = o.cfg.First << shift
	}
	var b [8]byte
	if _, err := io.ReadFull(o.cfg.Rand, b[:]); err != nil {
		return wait
	}
	return wait - time.Duration(binary.BigEndian.Uint64(b[:])%uint64(wait/4+1)) //nolint:gosec // below wait
}

func (o *Outbox) complain(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		o.cfg.Log.LogAttrs(ctx, slog.LevelError, "the outbox has trouble", slog.String("what", what), slog.Any("error", err))
	}
}

func short(s string) string {
	if len(s) > maxError {
		s = s[:maxError]
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
}
