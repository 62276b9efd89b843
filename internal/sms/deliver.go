package sms

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// stored is a row of the table.
type stored struct {
	Message
	phone, body []byte
}

func row(tx *db.Tx, id ident.ID) (s stored, ok bool, err error) {
	err = tx.Each(`SELECT `+columns+`, body FROM sms WHERE id = $1`, []any{id}, func(r db.Row) error {
		ok = true
		return r.Scan(append(s.dest(&s.phone), &s.body)...)
	})
	return s, ok, err
}

// Deliver implements outbox.Handler: Hand, and a transaction of its own for what that
// leaves to be stored.
func (d *Desk) Deliver(ctx context.Context, m outbox.Message) error {
	record, err := d.Hand(ctx, m)
	if err != nil || record == nil {
		return err
	}
	return d.DB.Settle(context.WithoutCancel(ctx), m.ID, record)
}

// Hand implements outbox.Recorder: it hands a message to the first gateway that takes
// it, and leaves to be stored what the gateway calls it.
func (d *Desk) Hand(ctx context.Context, m outbox.Message) (record func(*db.Tx) error, err error) {
	s, ok, err := d.read(ctx, m.ID)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, nil // forgotten with its customer
	case s.State != Waiting && s.State != Dead:
		return nil, nil // handed over before; only the outbox did not hear of it
	}
	o, err := d.open(s)
	if err != nil {
		return nil, err
	}
	g, references, err := d.submit(ctx, o)
	if err != nil {
		return nil, err
	}
	return func(tx *db.Tx) error { return taken(tx, m.ID, g.Name(), references) }, nil
}

func (d *Desk) read(ctx context.Context, id ident.ID) (s stored, ok bool, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		s, ok, err = row(tx, id)
		return err
	})
	return s, ok, err
}

func (d *Desk) open(s stored) (o Outgoing, err error) {
	phone, err := d.Ring.Open(phoneLabel, s.ID, s.phone)
	if err != nil {
		return o, err
	}
	body, err := d.Ring.Open(bodyLabel, s.ID, s.body)
	return Outgoing{ID: s.ID, To: string(phone), Body: string(body), Class: s.Class, Expires: s.Expires}, err
}

// submit tries the gateways in turn. When all fail for a while, the message is
// tried again when the first of them may be ready.
func (d *Desk) submit(ctx context.Context, o Outgoing) (Gateway, []string, error) {
	if len(d.Gateways) == 0 {
		return nil, nil, fault.Unavailablef(nil, "sms.no_gateway", "No SMS gateway is configured.")
	}
	var failed []error
	for _, g := range d.Gateways {
		references, err := g.Submit(ctx, o)
		if err == nil || outbox.IsPermanent(err) {
			return g, references, err
		}
		d.refused(ctx, g, o.ID, err)
		failed = append(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, nil, soonest(failed)
}

// soonest joins errors and keeps the shortest wait that was asked for, 0 if
// one asks for none.
func soonest(failed []error) error {
	var wait time.Duration
	for i, err := range failed {
		var asked time.Duration
		if f, ok := errors.AsType[*fault.Error](err); ok {
			asked = f.RetryAfter
		}
		if i == 0 || asked < wait {
			wait = asked
		}
	}
	err := errors.Join(failed...)
	return fault.Unavailablef(err, "sms.not_taken", "No gateway took the message.").WithRetry(wait)
}

// taken stores that a gateway has the message. The message comes before its parts: a
// receipt that comes between finds no part and leaves its own, which is seen here; one
// that comes later finds the part, and a message that is sent.
func taken(tx *db.Tx, id ident.ID, gateway string, references []string) error {
	n, err := tx.Exec(`UPDATE sms SET state = 'sent', body = NULL, gateway = $2, parts = $3, sent_at = $4, ended_at = NULL, reason = ''
WHERE id = $1 AND state IN ('waiting', 'dead')`, id, gateway, max(1, len(references)), tx.Now)
	if err != nil {
		return err
	}
	waits := true                                                                  // for the receipts of all parts
	for _, ref := range slices.Compact(slices.Sorted(slices.Values(references))) { // rows are locked in one order
		fresh, err := part(tx, id, gateway, ref)
		if err != nil {
			return err
		}
		waits = waits && fresh
	}
	if n == 0 || waits {
		return nil
	}
	return judge(tx, id)
}

// part stores a part of a message; fresh is false when its receipt came before.
func part(tx *db.Tx, id ident.ID, gateway, reference string) (fresh bool, err error) {
	err = tx.Each(`INSERT INTO sms_part (gateway, reference, message, state, code, seen_at) VALUES ($1, $2, $3, 'sent', '', $4)
ON CONFLICT (gateway, reference) DO UPDATE SET message = excluded.message WHERE sms_part.message IS NULL RETURNING state`,
		[]any{gateway, reference, id, tx.Now}, func(r db.Row) error {
			var s State
			err := r.Scan(&s)
			fresh = s == Sent
			return err
		})
	return fresh, err
}

// Buried implements outbox.Undertaker: the message was given up.
func (d *Desk) Buried(tx *db.Tx, m outbox.Message, why string) error {
	state, body := Dead, "body"
	if !tx.Now.Before(m.Expires) {
		state, body = Expired, "NULL"
	}
	n, err := tx.Exec(`UPDATE sms SET state = $2, reason = $3, ended_at = $4, body = `+body+` WHERE id = $1 AND state IN ('waiting', 'dead')`,
		m.ID, string(state), why, tx.Now)
	if err == nil && n == 1 {
		recordEnd(tx, m.ID, m.Customer, state, "", "")
	}
	return err
}

func recordEnd(tx *db.Tx, id, customer ident.ID, s State, gateway, code string) {
	audit.Record(tx, audit.Event{
		Kind: AuditEnded, By: audit.System("sms"), Customer: customer, Object: id.String(),
		Details: map[string]any{"state": s, "gateway": gateway, "code": code},
	})
}
