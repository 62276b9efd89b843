package pushclient

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/prompt"
)

// order is the payload of both kinds; Token is of KindSend alone.
type order struct {
	prompt.Push

	Token   ident.ID `json:"token,omitzero"`
	Letters bool     `json:"letters,omitzero"` // Token is a device for which letters wait, and no token
}

// letterLife is how long a push about a letter waits at its push service: the device looks by itself now and then.
const letterLife = 24 * time.Hour

// Letter is the message for the outbox that wakes a device, because a letter waits for it. Of several that wait at the push service one comes.
func Letter(now time.Time, customer, device, letter ident.ID) (outbox.Message, error) {
	o := order{Push: prompt.Push{Customer: customer, Prompt: device, Expires: now.Add(letterLife)}, Token: device, Letters: true}
	payload, err := json.Marshal(o)
	return outbox.Message{Kind: KindSend, Customer: customer, Payload: payload, Expires: o.Expires, Dedupe: letter.String()}, err
}

// readOrder reads a payload. One that cannot be read is a mistake in the program.
func readOrder(m outbox.Message) (o order, err error) {
	if err := json.Unmarshal(m.Payload, &o); err != nil || o.Customer.IsZero() || o.Prompt.IsZero() || o.Expires.IsZero() {
		return o, outbox.Permanent(errors.New("pushclient: the payload is not an order")) // an error of json would quote it
	}
	return o, nil
}

// least is the least life that a push needs to be of use, the unit of the field TTL.
const least = time.Second

// spread makes of a prompt's push one for each subscription.
type spread struct{ *Client }

var (
	_ outbox.Recorder   = spread{}
	_ outbox.Undertaker = spread{}
)

// Deliver implements outbox.Handler: Hand, and a transaction of its own.
func (s spread) Deliver(ctx context.Context, m outbox.Message) error {
	return s.alone(ctx, m, s.Hand)
}

// alone does in a transaction of its own what a Recorder leaves.
func (c *Client) alone(ctx context.Context, m outbox.Message, hand func(context.Context, outbox.Message) (func(*db.Tx) error, error)) error {
	record, err := hand(ctx, m)
	if err != nil || record == nil {
		return err
	}
	return c.Desk.DB.Settle(context.WithoutCancel(ctx), m.ID, record)
}

// Hand implements outbox.Recorder. Nothing is sent yet.
func (s spread) Hand(ctx context.Context, m outbox.Message) (record func(*db.Tx) error, err error) {
	o, err := readOrder(m)
	if err != nil {
		return nil, err
	}
	if s.Now().Add(least).After(o.Expires) {
		s.stats.late.Add(1)
		return nil, nil
	}
	tokens, err := s.Tokens(ctx, o.Customer, o.Policy)
	if err != nil {
		return nil, err
	}
	all, err := s.Desk.Targets(ctx, o.Customer, tokens)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	messages := make([]outbox.Message, len(all))
	for i, t := range all {
		o.Token = t.Token
		payload, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		messages[i] = outbox.Message{Kind: KindSend, Customer: o.Customer, Payload: payload, Expires: o.Expires, Dedupe: o.Prompt.String() + ":" + t.Token.String()}
	}
	return func(tx *db.Tx) error {
		for _, m := range messages {
			if err := s.Outbox.Put(tx, m); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// Buried implements outbox.Undertaker.
func (s spread) Buried(tx *db.Tx, m outbox.Message, why string) error { return s.forget(tx, m, why) }

// forget leaves no dead message: a push that came to nothing is no matter for anybody.
func (c *Client) forget(tx *db.Tx, m outbox.Message, why string) error {
	if !m.Expires.IsZero() && !tx.Now.Before(m.Expires) {
		c.stats.late.Add(1)
	} else {
		c.stats.refused.Add(1)
	}
	return outbox.Bury(tx, audit.System("push"), m.ID, brief(why))
}

// brief fits a reason to what outbox.Bury takes.
func brief(why string) string {
	if len(why) > outbox.MaxReason || why == "" {
		return "the push was given up"
	}
	return why
}
