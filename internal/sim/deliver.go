package sim

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/ota"
)

// Deliver implements outbox.Handler: Hand, and a transaction of its own for what that
// leaves to be stored.
func (d *Desk) Deliver(ctx context.Context, m outbox.Message) error {
	record, err := d.Hand(ctx, m)
	if err != nil || record == nil {
		return err
	}
	return d.DB.Settle(context.WithoutCancel(ctx), m.ID, record)
}

// Hand implements outbox.Recorder: it hands the stored packet to the first bearer that takes it, after those
// of the card that were made before it. One that no bearer has yet is the same packet in every attempt.
func (d *Desk) Hand(ctx context.Context, m outbox.Message) (record func(*db.Tx) error, err error) {
	o, _, err := d.outgoing(ctx, m.ID)
	if err != nil || o.card.IsZero() {
		return nil, err
	}
	turn, err := d.turns.take(ctx, o.card)
	if err != nil {
		return nil, err
	}
	defer d.turns.give(o.card, turn)
	o, state, err := d.outgoing(ctx, m.ID)
	switch {
	case err != nil:
		return nil, err
	case state != Waiting || o.Parts == nil:
		return nil, nil // handed over before, or ended; only the outbox did not hear of it
	case o.To == "":
		return nil, outbox.Permanent(errors.New("sim: the card has no number any more"))
	}
	if err := d.before(ctx, o.card, m.ID); err != nil {
		return nil, err
	}
	b, references, err := d.carry(ctx, o)
	if err != nil {
		return nil, err
	}
	d.stats.sent.Add(1)
	d.turns.keep(o.card, m.ID, true)
	return func(tx *db.Tx) error {
		tx.After(func() { d.turns.keep(o.card, m.ID, false) })
		return d.taken(tx, m.ID, b.Name(), references)
	}, nil
}

// outgoing reads a message that may be handed over; it has no parts when there is nothing to
// hand over any more, and no number when its card is not in use.
func (d *Desk) outgoing(ctx context.Context, id ident.ID) (o Outgoing, s State, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		o, s = Outgoing{ID: id}, ""
		var packet []byte
		var state string
		var counter int64
		err := tx.Row("SELECT card, state, counter, packet, expires_at FROM sim_message WHERE id = $1", id).Scan(&o.card, &state, &counter, &packet, &o.Expires)
		if errors.Is(err, db.ErrNoRow) {
			return nil // forgotten with its customer
		}
		if s = State(state); err != nil || packet == nil {
			return err
		}
		if o.Parts, err = ota.Segments(ota.Commands, packet, byte(counter)); err != nil { //nolint:gosec // the lower octet is meant
			return err
		}
		c, ok, err := d.Card(tx, o.card)
		if ok && c.State == Active {
			o.To = c.MSISDN
		}
		return err
	})
	return o, s, err
}

// carry tries the bearers in turn. When all fail for a while, the packet is tried again when
// the first of them may be ready.
func (d *Desk) carry(ctx context.Context, o Outgoing) (Bearer, []string, error) {
	if len(d.Bearers) == 0 {
		return nil, nil, fault.Unavailablef(nil, "sim.no_bearer", "No message center for SIM cards is configured.")
	}
	var failed []error
	var wait time.Duration
	for i, b := range d.Bearers {
		references, err := b.Carry(ctx, o)
		if err == nil || outbox.IsPermanent(err) {
			return b, references, err
		}
		d.log().LogAttrs(ctx, slog.LevelWarn, "a message center did not take a packet", slog.String("gateway", b.Name()), slog.String("message", o.ID.String()), slog.Any("error", err))
		failed = append(failed, err)
		if asked := fault.From(err).RetryAfter; i == 0 || asked < wait {
			wait = asked
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, nil, fault.Unavailablef(errors.Join(failed...), "sim.not_taken", "No message center took the packet.").WithRetry(wait)
}

// taken stores that a bearer has the packet. The message comes before its references, and each
// reference meets its receipt on one key: whichever is first, the second sees it.
func (d *Desk) taken(tx *db.Tx, id ident.ID, gateway string, references []string) error {
	var created time.Time
	if err := tx.Each(`UPDATE sim_message SET packet = NULL, gateway = $2, sent_at = $3,
 state = CASE WHEN state = 'waiting' THEN 'sent' ELSE state END WHERE id = $1 AND packet IS NOT NULL RETURNING created_at`, []any{id, gateway, tx.Now}, func(r db.Row) error {
		return r.Scan(&created)
	}); err != nil || created.IsZero() {
		return err // the answer was quicker than the center, and ended it
	}
	early := false
	for _, ref := range slices.Compact(slices.Sorted(slices.Values(references))) { // rows are locked in one order
		fate, err := refer(tx, id, created, gateway, ref)
		if err != nil {
			return err
		}
		early = early || fate != ""
	}
	if !early {
		return nil
	}
	return d.judge(tx, id)
}

// refer stores under what reference the center has a part, and returns what a receipt has said of it
// already. What was said before there was the message is about another one: centers use references
// again. A message that had the reference before gives it up.
func refer(tx *db.Tx, id ident.ID, created time.Time, gateway, ref string) (fate string, err error) {
	err = tx.Each(`INSERT INTO sim_receipt (gateway, reference, message, fate, code, seen_at) VALUES ($1, $2, $3, '', '', $4)
ON CONFLICT (gateway, reference) DO UPDATE SET message = excluded.message, seen_at = excluded.seen_at, fate = CASE
 WHEN sim_receipt.message = excluded.message THEN sim_receipt.fate
 WHEN sim_receipt.message IS NULL AND (sim_receipt.seen_at > $5 OR sim_receipt.seen_at = $5 AND sim_receipt.fate = 'delivered') THEN sim_receipt.fate
 ELSE '' END RETURNING fate`,
		[]any{gateway, ref, id, tx.Now, created}, func(r db.Row) error { return r.Scan(&fate) })
	return fate, err
}

// Buried implements outbox.Undertaker: the packet was given up.
func (d *Desk) Buried(tx *db.Tx, m outbox.Message, why string) error {
	state, reason := Failed, Refused
	if !tx.Now.Before(m.Expires) {
		state, reason = Expired, TimedOut
	}
	return d.lose(tx, m.ID, state, reason, why)
}

func (d *Desk) log() *slog.Logger {
	if d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Log
}
