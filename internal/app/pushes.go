package app

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/internal/pushclient"
	"github.com/countersign-auth/countersign/internal/reach"
)

// addPushes opens the desk of pushes, and lets the outbox send them where they are configured.
// Where they are not, what prompts leave is delivered to nobody: phones look into their inbox.
func (a *App) addPushes() error {
	c := a.Config.Push
	a.Pushes = push.New(push.Config{DB: a.DB, Ring: a.Ring, Now: a.Now})
	if c.Contact == "" {
		for _, kind := range []string{prompt.MessagePush, pushclient.KindSend} {
			a.handlers[kind] = outbox.HandlerFunc(passcode.Nothing)
		}
		return nil
	}
	var err error
	if a.Pushes.Services, err = push.ParseServices(c.Services, c.Loopback); err != nil {
		return err
	}
	client, err := pushclient.New(pushclient.Config{
		Desk: a.Pushes, Outbox: a.Outbox, Tokens: a.wakeable, Contact: c.Contact, Now: a.Now, Rand: a.Rand, Log: a.Log.With(slog.String("part", "push")),
		Reach: reach.Reach{Loopback: c.Loopback}, Timeout: c.Timeout,
	})
	if err != nil {
		return err
	}
	for kind, h := range client.Handlers() {
		a.handlers[kind] = h
	}
	a.background = append(a.background, func(ctx context.Context) { <-ctx.Done(); client.Close() })
	a.measurePushes(client)
	return nil
}

// wakeable lists a customer's mobile tokens that are active and may answer under a policy.
func (a *App) wakeable(ctx context.Context, customer ident.ID, policy string) (tokens []ident.ID, err error) {
	set := a.Policies.Active()
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		tokens = nil
		all, err := mobiletoken.Of(tx, customer)
		for _, t := range all {
			application, known := set.Application(t.Application)
			if t.Status == mobiletoken.Active && known && application.Serves(policy) {
				tokens = append(tokens, t.ID)
			}
		}
		return err
	})
	return tokens, err
}

// endPushes ends where the pushes of a token went that has ended, or is in another device now.
func endPushes(tx *db.Tx, by audit.Actor, n mobiletoken.News) error {
	if n.Kind != mobiletoken.AuditArchived && n.Kind != mobiletoken.AuditRedistributed {
		return nil
	}
	return push.End(tx, by, n.Customer, n.Token)
}

// rotatePush replaces the key that push services know.
func (k keysRotateCmd) rotatePush(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		made, err := a.Pushes.Rotate(e.ctx, audit.System("cli"), k.Now)
		if err != nil {
			return err
		}
		if k.Now {
			return e.line(fmt.Sprintf("Push key %d takes over at once and the former ones are destroyed. Phones get no pushes until they are started again; they find what waits in their inbox.", made.Number))
		}
		return e.line(fmt.Sprintf("Phones subscribe under push key %d from their next start on. Former keys sign for the others, and are destroyed when nobody needs them.", made.Number))
	})
}

// measurePushes registers what the client tells of itself.
func (a *App) measurePushes(c *pushclient.Client) {
	for _, m := range []struct {
		name, help string
		value      func(pushclient.Stats) int64
	}{
		{"taken", "Pushes that a push service took since the node started.", func(s pushclient.Stats) int64 { return s.Taken }},
		{"gone", "Subscriptions that were no more since the node started.", func(s pushclient.Stats) int64 { return s.Gone }},
		{"late", "Pushes that were not sent because they would have come too late.", func(s pushclient.Stats) int64 { return s.Late }},
		{"refused", "Pushes that a push service refused for good since the node started.", func(s pushclient.Stats) int64 { return s.Refused }},
		{"failed", "Attempts that failed and could be repeated since the node started.", func(s pushclient.Stats) int64 { return s.Failed }},
	} {
		a.Metrics.Gauge("countersign_push_"+m.name, m.help, func() float64 { return float64(m.value(c.Stats())) })
	}
}
