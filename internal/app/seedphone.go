package app

import (
	"context"
	"fmt"
	"sync"

	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/sms"
)

// seedPhones are the phones of customers whom the demo registers before it begins to
// serve: a gateway that keeps the last text of each number.
type seedPhones struct {
	app  *App
	mu   sync.Mutex // the outbox hands several messages at once
	last map[string]string
}

// Name implements sms.Gateway.
func (*seedPhones) Name() string { return "seed" }

// Submit implements sms.Gateway.
func (p *seedPhones) Submit(_ context.Context, o sms.Outgoing) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last[o.To] = o.Body
	return nil, nil
}

// read sends what waits and returns the last text that came to a number.
func (p *seedPhones) read(ctx context.Context, number string) (string, error) {
	desk := *p.app.Texts
	desk.Gateways = []sms.Gateway{p}
	_, err := p.app.Outbox.Deliver(ctx, map[string]outbox.Handler{sms.Kind: &desk, passcode.Kind: outbox.HandlerFunc(passcode.Nothing)})
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil && p.last[number] == "" {
		err = fmt.Errorf("no text came to %s", number)
	}
	return p.last[number], err
}

// postToSIMs delivers what waits for SIM cards and for the authority, before the node serves.
func (a *App) postToSIMs(ctx context.Context) error {
	handlers := map[string]outbox.Handler{}
	for _, kind := range []string{sim.Kind, mobileid.MessageCertify, mobileid.MessageValidate, mobileid.MessageStamp, mobileid.MessageNothing} {
		if h, there := a.handlers[kind]; there {
			handlers[kind] = h
		}
	}
	_, err := a.Outbox.Deliver(ctx, handlers)
	return err
}
