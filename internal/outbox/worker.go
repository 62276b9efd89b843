package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// counters counts what the worker did.
type counters struct {
	sent, failed, dead atomic.Int64
}

// Stats is what the worker of this process did since it started.
type Stats struct {
	Sent   int64 // messages delivered
	Failed int64 // attempts that failed and are repeated
	Dead   int64 // messages given up
}

// Stats returns the counts.
func (o *Outbox) Stats() Stats {
	return Stats{Sent: o.stats.sent.Load(), Failed: o.stats.failed.Load(), Dead: o.stats.dead.Load()}
}

// Run delivers due messages until ctx ends; handlers has one for each kind. A
// message of a kind without a handler waits: another node may have it.
func (o *Outbox) Run(ctx context.Context, handlers map[string]Handler) {
	t := time.NewTicker(o.cfg.Poll)
	defer t.Stop()
	for {
		if err := o.Deliver(ctx, handlers); err != nil && ctx.Err() == nil {
			o.cfg.Log.WarnContext(ctx, "messages wait: the outbox cannot be read", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-o.wake:
		}
	}
}

// Deliver delivers everything that is due now.
func (o *Outbox) Deliver(ctx context.Context, handlers map[string]Handler) error {
	for kind, h := range handlers {
		for {
			c, found, err := o.claim(ctx, kind)
			if err != nil {
				return err
			}
			if !found {
				break
			}
			if err := o.deliver(ctx, h, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// claimed is a message under a lease.
type claimed struct {
	Message
	lease  ident.ID
	sealed []byte
}

// claim takes the due message of a kind that waits longest.
func (o *Outbox) claim(ctx context.Context, kind string) (c claimed, found bool, err error) {
	lease := ident.New(o.cfg.Now(), o.cfg.Rand)
	err = o.db.Write(ctx, func(tx *db.Tx) error {
		skip := ""
		if tx.Dialect() == db.Postgres {
			skip = " FOR UPDATE SKIP LOCKED"
		}
		found = false
		n, err := tx.Exec(`UPDATE outbox SET lease = $1, due_at = $2, attempts = attempts + 1 WHERE id = (SELECT id FROM outbox
			WHERE state = 'waiting' AND due_at <= $3 AND kind = $4 ORDER BY due_at LIMIT 1`+skip+`)`,
			lease, tx.Now.Add(o.cfg.Lease), tx.Now, kind)
		if err != nil || n == 0 {
			return err
		}
		found, c.lease = true, lease
		return tx.Row("SELECT id, kind, customer, payload, state, attempts, created_at, expires_at FROM outbox WHERE lease = $1 AND kind = $2 AND state = 'waiting'", lease, kind).
			Scan(&c.ID, &c.Kind, &c.Customer, &c.sealed, &c.State, &c.Attempts, &c.Created, &c.Expires)
	})
	return c, found, err
}

// deliver hands a message to its handler and records the result.
func (o *Outbox) deliver(ctx context.Context, h Handler, c claimed) (err error) {
	if c.Payload, err = o.ring.Open(sealLabel, c.ID, c.sealed); err != nil {
		return o.end(ctx, c, Dead, "its payload cannot be opened")
	}
	if !c.Expires.IsZero() && o.cfg.Now().After(c.Expires) {
		return o.end(ctx, c, Dead, "it expired before it could be delivered")
	}
	bounded, cancel := context.WithTimeout(ctx, o.cfg.Lease*3/4)
	err = h.Deliver(bounded, c.Message)
	cancel()
	clear(c.Payload)
	var final permanent
	switch {
	case err == nil:
		return o.end(ctx, c, Sent, "")
	case errors.As(err, &final):
		return o.end(ctx, c, Dead, err.Error())
	case c.Attempts >= o.cfg.Attempts:
		return o.end(ctx, c, Dead, fmt.Sprintf("given up after %d attempts: %v", c.Attempts, err))
	}
	return o.postpone(ctx, c, err)
}

// end records that a message was sent or given up, unless its lease was lost. It
// does not listen to ctx: what was delivered should be recorded.
func (o *Outbox) end(ctx context.Context, c claimed, to State, reason string) error {
	if to == Dead {
		o.stats.dead.Add(1)
		o.cfg.Log.WarnContext(ctx, "a message was given up", slog.String("message", c.ID.String()), slog.String("kind", c.Kind), slog.String("reason", reason))
	} else {
		o.stats.sent.Add(1)
	}
	return o.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		payload := c.sealed // a dead message can be tried again
		if to == Sent {
			payload = nil
		}
		_, err := tx.Exec("UPDATE outbox SET state = $3, ended_at = $4, reason = $5, payload = $6, lease = NULL WHERE id = $1 AND lease = $2",
			c.ID, c.lease, string(to), tx.Now, reason, payload)
		return err
	})
}

// postpone sets the time of the next attempt.
func (o *Outbox) postpone(ctx context.Context, c claimed, cause error) error {
	o.stats.failed.Add(1)
	wait := o.cfg.Longest
	if n := c.Attempts - 1; n < 20 {
		wait = min(o.cfg.First<<n, o.cfg.Longest)
	}
	return o.db.Write(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE outbox SET due_at = $3, reason = $4, lease = NULL WHERE id = $1 AND lease = $2", c.ID, c.lease, tx.Now.Add(wait), cause.Error())
		return err
	})
}
