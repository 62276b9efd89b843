package rig

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/ota"
)

// Cards are SIM cards that answer at once, all in this process: the messaging server and its outbox as a node has
// them, and in place of the network a center that opens each packet and brings the card's answer.
type Cards struct {
	desk  *sim.Desk
	d     *db.DB
	cards []sim.Card

	mu      sync.Mutex
	waiting map[ident.ID]chan struct{} // closed with the answer
	failed  error
	working sync.WaitGroup
}

// cardKeys are those of all the cards.
func cardKeys() ota.Keys {
	return ota.Keys{KIc: []byte("0123456789abcdef"), KID: []byte("fedcba9876543210")}
}

// Cards makes n cards on a store that is open and runs the messaging server while f runs.
func (s *Store) Cards(ctx context.Context, a *app.App, n int, f func(*Cards) error) (err error) {
	c := &Cards{d: a.DB, waiting: map[ident.ID]chan struct{}{}}
	box := outbox.New(a.DB, a.Ring, outbox.Config{Now: s.rig.Now, Rand: rand.Reader})
	c.desk = &sim.Desk{DB: a.DB, Ring: a.Ring, Outbox: box, Now: s.rig.Now, Rand: rand.Reader, Bearers: []sim.Bearer{c}, Handler: c}
	if err := c.make(ctx, n); err != nil {
		return err
	}
	working, rest := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { box.Run(working, map[string]outbox.Handler{sim.Kind: c.desk}) })
	err = f(c)
	rest()
	work.Wait()
	c.working.Wait()
	return errors.Join(err, c.failed)
}

// make imports the cards, unless an earlier round did.
func (c *Cards) make(ctx context.Context, n int) error {
	text := new(strings.Builder)
	_, _ = text.WriteString("iccid,msisdn,set,algorithm,kic,kid\n")
	k := cardKeys()
	for i := range n {
		_, _ = fmt.Fprintf(text, "89470%014d,%s,1,aes,%s,%s\n", i, number(i), hex.EncodeToString(k.KIc), hex.EncodeToString(k.KID))
	}
	if _, err := c.desk.Find(ctx, number(0)); err != nil {
		_, err := c.desk.ImportFile(ctx, by, sim.Import{Name: "bench.csv", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text.String())), nil }})
		if err != nil {
			return err
		}
	}
	for i := range n {
		card, err := c.desk.Find(ctx, number(i))
		if err != nil {
			return err
		}
		c.cards = append(c.cards, card)
	}
	return nil
}

func number(i int) string { return fmt.Sprintf("+479%07d", i) }

// Name implements sim.Bearer.
func (c *Cards) Name() string { return "bench" }

// Carry implements sim.Bearer: the card answers when the center has said that it took the packet.
func (c *Cards) Carry(ctx context.Context, o sim.Outgoing) ([]string, error) {
	answer, err := reply(o)
	if err != nil {
		return nil, err
	}
	c.working.Go(func() {
		if err := c.desk.Receive(context.WithoutCancel(ctx), sim.Arrival{Gateway: "bench", From: o.To, Coding: 0xF6, Data: answer}); err != nil {
			c.mu.Lock()
			c.failed = err
			c.mu.Unlock()
		}
	})
	return nil, nil
}

// reply is what a card answers to a packet.
func reply(o sim.Outgoing) ([]byte, error) {
	parts := make([]ota.Segment, len(o.Parts))
	for i, b := range o.Parts {
		var err error
		if parts[i], err = ota.ParseSegment(b); err != nil {
			return nil, err
		}
	}
	_, packet, _, err := ota.Assemble(parts)
	if err != nil {
		return nil, err
	}
	p, err := ota.ParseCommand(packet)
	if err != nil {
		return nil, err
	}
	command, err := p.Open(cardKeys())
	if err != nil {
		return nil, err
	}
	r := ota.Response{TAR: command.TAR, Counter: command.Counter, Data: make([]byte, 90)} // a signature by ECDSA
	if packet, err = r.Pack(command.Security, cardKeys()); err != nil {
		return nil, err
	}
	all, err := ota.Segments(ota.Responses, packet, 0)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Acknowledged implements sim.Handler.
func (c *Cards) Acknowledged(*db.Tx, sim.Answer) error { return nil }

// Answered implements sim.Handler.
func (c *Cards) Answered(tx *db.Tx, a sim.Answer) error {
	tx.After(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if w, ok := c.waiting[a.Message]; ok {
			close(w)
			delete(c.waiting, a.Message)
		}
	})
	return nil
}

// Lost implements sim.Handler.
func (c *Cards) Lost(_ *db.Tx, _ ident.ID, why sim.Reason) error {
	return errors.New("a message to a card was lost: " + string(why))
}

// Ask sends a message to the i-th card, in a settlement as a request does, and waits until its answer is
// stored.
func (c *Cards) Ask(ctx context.Context, i int) error {
	answered := make(chan struct{})
	customer := ident.Derive("bench", "card", strconv.Itoa(i))
	err := c.d.Settle(ctx, customer, func(tx *db.Tx) error {
		id, err := c.desk.Send(tx, by, sim.Message{Card: c.cards[i].ID, Customer: customer, Data: make([]byte, 160), Expires: tx.Now.Add(5 * time.Minute), Class: "sign"})
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.waiting[id] = answered
		c.mu.Unlock()
		return nil
	})
	if err != nil {
		return err
	}
	select {
	case <-answered:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
