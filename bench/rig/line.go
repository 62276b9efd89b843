package rig

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/emulator/smscenter"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/smppclient"
	"github.com/countersign-auth/countersign/internal/sms"
)

// Line is the way of texts, all in this process: desk, outbox, SMPP client and the
// emulated center, over TCP on loopback, with the settings that a node has. It stands
// between client and desk to know when a text's receipt is stored.
type Line struct {
	desk *sms.Desk
	d    *db.DB

	mu      sync.Mutex
	texts   map[ident.ID]chan struct{} // closed with the receipt
	taken   map[string]ident.ID        // by reference: submitted, no receipt yet
	early   map[string]bool            // receipts that were stored before the submission was told
	gateway sms.Gateway
}

// Name implements sms.Gateway.
func (l *Line) Name() string { return l.gateway.Name() }

// Submit implements sms.Gateway.
func (l *Line) Submit(ctx context.Context, o sms.Outgoing) ([]string, error) {
	references, err := l.gateway.Submit(ctx, o)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range references {
		l.taken[r] = o.ID
		l.match(r)
	}
	return references, err
}

// Receive implements sms.Receiver.
func (l *Line) Receive(ctx context.Context, r sms.Receipt) error {
	err := l.desk.Receive(ctx, r)
	if err == nil && r.State == sms.Delivered {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.early[r.Reference] = true
		l.match(r.Reference)
	}
	return err
}

// match tells who waits for a text once both are there; the lock is held.
func (l *Line) match(reference string) {
	id, taken := l.taken[reference]
	if !taken || !l.early[reference] {
		return
	}
	close(l.texts[id])
	delete(l.texts, id)
	delete(l.taken, reference)
	delete(l.early, reference)
}

// Texting runs a line on a store that is open while f runs.
func (s *Store) Texting(ctx context.Context, a *app.App, f func(*Line) error) (err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	l := &Line{d: a.DB, texts: map[ident.ID]chan struct{}{}, taken: map[string]ident.ID{}, early: map[string]bool{}}
	box := outbox.New(a.DB, a.Ring, outbox.Config{Now: s.rig.Now, Rand: rand.Reader})
	l.desk = &sms.Desk{DB: a.DB, Ring: a.Ring, Outbox: box, Now: s.rig.Now, Rand: rand.Reader, Gateways: []sms.Gateway{l}}
	center := smscenter.New(smscenter.Config{Now: s.rig.Now})
	client, err := smppclient.New(smppclient.Config{Name: "bench", Address: listener.Addr().String(), SystemID: "bank", Source: "Bank", Receiver: l, Now: s.rig.Now, Rand: rand.Reader})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	l.gateway = client
	var all sync.WaitGroup
	served := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	all.Go(func() { served <- center.Serve(ctx, listener) })
	working, rest := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { client.Run(working) })
	work.Go(func() { box.Run(working, map[string]outbox.Handler{sms.Kind: l.desk}) })
	err = errors.Join(bound(ctx, client), f(l))
	rest()
	work.Wait()
	stop()
	all.Wait()
	return errors.Join(err, <-served)
}

// bound waits for the session.
func bound(ctx context.Context, c *smppclient.Client) error {
	for range 1000 {
		if c.Stats().Sessions > 0 {
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return fmt.Errorf("the client is not bound: %s", c.Stats().Why)
}

// Text sends a code to the i-th customer, in a settlement as the hub does, and waits
// until its receipt is stored.
func (l *Line) Text(ctx context.Context, i int) error {
	arrived := make(chan struct{})
	customer := ident.Derive("bench", "texted", strconv.Itoa(i))
	var id ident.ID
	err := l.d.Settle(ctx, customer, func(tx *db.Tx) (err error) {
		id = ident.New(tx.Now, rand.Reader)
		l.mu.Lock()
		l.texts[id] = arrived
		l.mu.Unlock()
		_, err = l.desk.Send(tx, by, sms.Text{
			ID: id, Customer: customer, To: fmt.Sprintf("+479%07d", i), Body: "Pay EUR 90.00 to Paula Payee: your code is 123456\n@bank.example #123456",
			Class: sms.ClassCode, Expires: tx.Now.Add(5 * time.Minute),
		})
		return err
	})
	if err != nil {
		return err
	}
	select {
	case <-arrived:
		return nil
	case <-time.After(time.Minute):
		return fmt.Errorf("text %s had no receipt for a minute", id)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Ended counts the texts that were sent and those that are known to have arrived.
func (l *Line) Ended(ctx context.Context) (all, delivered int64, err error) {
	figures, err := l.desk.Figures(ctx, time.Unix(0, 0))
	for _, f := range figures {
		all += f.N
		if f.State == sms.Delivered {
			delivered += f.N
		}
	}
	return all, delivered, err
}
