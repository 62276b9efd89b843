package mssserver

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/telemetry"
)

// MessageNotification is the outbox kind of notifications (MSS_Notification).
const MessageNotification = "mss.notification"

const (
	noticeEvery = time.Second
	noticePage  = 200
	noticeLife  = time.Hour // a notification that could not be delivered for so long is given up
)

// Orders are what notifications are due for; provider.Register keeps them.
type Orders interface {
	Due(ctx context.Context, after ident.ID, limit int) ([]provider.Order, error)
	Take(ctx context.Context, o provider.Order, send func(*db.Tx) error) (bool, error)
	Order(ctx context.Context, customer, id ident.ID) (provider.Order, bool, error)
	Get(ctx context.Context, id ident.ID) (provider.Provider, error)
}

// notice is the payload of a notification: what it says is read when it is sent.
type notice struct {
	Customer ident.ID `json:"customer"`
	ID       ident.ID `json:"id"`
	Handle   string   `json:"handle"`
}

// Run leaves a notification to be sent for every transaction of the mode asynchServerServer that
// has ended, on whatever node, until ctx ends. Whoever takes an order first sends it.
func (n *Notifier) Run(ctx context.Context) {
	tick := time.NewTicker(noticeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := n.Look(ctx); err != nil && ctx.Err() == nil {
			n.Log.WarnContext(ctx, "notifications could not be looked for; this is tried again", telemetry.Err(err))
		}
	}
}

// Look looks once at all orders that are due, and returns how many notifications it has left to
// be sent.
func (n *Notifier) Look(ctx context.Context) (left int, err error) {
	var after ident.ID
	for {
		due, err := n.Orders.Due(ctx, after, noticePage)
		if err != nil {
			return left, err
		}
		for _, o := range due {
			after = o.ID
			taken, err := n.look(ctx, o)
			if err != nil {
				return left, err
			}
			if taken {
				left++
			}
		}
		if len(due) < noticePage {
			return left, nil
		}
	}
}

// look takes one order when its transaction has ended. One that is not there any more is taken
// and forgotten: its customer was erased.
func (n *Notifier) look(ctx context.Context, o provider.Order) (bool, error) {
	t, found, err := n.transaction(ctx, o.Handle)
	if err != nil || found && t.Status.Open() {
		return false, err
	}
	payload, err := json.Marshal(notice{o.Customer, o.ID, o.Handle})
	if err != nil {
		return false, err
	}
	taken, err := n.Orders.Take(ctx, o, func(tx *db.Tx) error {
		if !found {
			return nil
		}
		return n.Outbox.Put(tx, outbox.Message{Kind: MessageNotification, Customer: o.Customer, Payload: payload, Expires: tx.Now.Add(noticeLife)})
	})
	return taken && found, err
}

// read finds what a notification is about; found is false when it was forgotten meanwhile.
func (n *Notifier) read(ctx context.Context, payload []byte) (t mobileid.Transaction, o provider.Order, p provider.Provider, found bool, err error) {
	var x notice
	if err = json.Unmarshal(payload, &x); err != nil {
		return t, o, p, false, outbox.Permanent(err)
	}
	if o, found, err = n.Orders.Order(ctx, x.Customer, x.ID); err != nil || !found {
		return t, o, p, false, err
	}
	if p, err = n.Orders.Get(ctx, o.Provider); err != nil {
		return t, o, p, false, err
	}
	t, found, err = n.transaction(ctx, x.Handle)
	if !found && err == nil {
		n.Log.DebugContext(ctx, "the transaction of a notification was forgotten", slog.String("order", x.ID.String()))
	}
	return t, o, p, found, err
}

// transaction finds a transaction; false for one that is there no more.
func (n *Notifier) transaction(ctx context.Context, handle string) (mobileid.Transaction, bool, error) {
	t, err := n.Signer.Get(ctx, mobileid.AnyProvider, handle)
	if fault.Is(err, "mobileid.transaction") {
		return t, false, nil
	}
	return t, err == nil, err
}
