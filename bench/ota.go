package main

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/ota"
)

// Modes of the scenario.
const (
	modeCipher   = "the same AES alone, bare"
	modeCommand  = "command: pack, and open as the card does"
	modeResponse = "response: open, and refuse one that was changed"
	modeMessages = "messages, from Send to the card's answer"
)

// commandOctets are the data of a request to sign: a payment in the GSM alphabet with its TLVs, in two short
// messages.
const commandOctets = 160

// otaBench is the scenario under way.
type otaBench struct {
	*bench
	found map[string]series
}

// ota measures secured packets on one core, against nothing but the AES in them, and the messaging server: counter,
// packet, outbox, and an answer that is believed for its checksum.
func (b *bench) ota(ctx context.Context) (*Scenario, error) {
	t := &otaBench{b, map[string]series{}}
	s := &Scenario{
		Name: "ota: secured packets to SIM cards", Data: t.found,
		Head: []string{"DATABASE", "WHAT", "RATE/S", "OF LIMIT", "P50 MS", "P99 MS", "CPU US: NODE", "DATABASE", "ELSEWHERE %"},
		Notes: []string{
			fmt.Sprintf("packets are of one worker, so of one core: AES-128, %d octets of data, two short messages", commandOctets),
			fmt.Sprintf("messages: %d cards, each with one message under way; the center and the card are in this process and cost next to nothing", t.Connections),
		},
	}
	for round := range t.Rounds {
		t.rig.Sayf("ota, packets: round %d of %d", round+1, t.Rounds)
		for _, m := range t.codec() {
			x, err := t.drive(ctx, 0, 1, m.do)
			if err != nil {
				return nil, err
			}
			t.found[m.name] = append(t.found[m.name], x)
		}
	}
	t.reportCodec(s)
	for _, d := range b.rig.Dialects() {
		if err := t.messages(ctx, d); err != nil {
			return nil, err
		}
		t.report(s, d)
	}
	return s, nil
}

type mode struct {
	name string
	do   work
}

// codec is what is done with packets.
func (t *otaBench) codec() []mode {
	k := ota.Keys{KIc: bytes.Repeat([]byte{1}, 16), KID: bytes.Repeat([]byte{2}, 16)}
	c := ota.Command{Security: ota.Profile(1, ota.AES), TAR: ota.SignatureTAR, Data: make([]byte, commandOctets)}
	return []mode{
		{modeCipher, bare(k)},
		{modeCommand, func(context.Context, int, int) error {
			c.Counter++
			packet, err := c.Pack(k)
			if err != nil {
				return err
			}
			p, err := ota.ParseCommand(packet)
			if err != nil {
				return err
			}
			_, err = p.Open(k)
			return err
		}},
		{modeResponse, func(context.Context, int, int) error { return answered(c.Security, k) }},
	}
}

// bare does the AES of packing and opening one command, and nothing else: two CBCs and two MACs over as many blocks.
func bare(k ota.Keys) work {
	c, err := aes.NewCipher(k.KIc)
	if err != nil {
		return func(context.Context, int, int) error { return err }
	}
	text, mac := make([]byte, (commandOctets+14+15)/16*16), make([]byte, (commandOctets+14+16+15)/16*16)
	zero := make([]byte, aes.BlockSize)
	return func(context.Context, int, int) error {
		cipher.NewCBCEncrypter(c, zero).CryptBlocks(text, text)
		cipher.NewCBCDecrypter(c, zero).CryptBlocks(text, text)
		for range 2 {
			cipher.NewCBCEncrypter(c, zero).CryptBlocks(mac, mac)
		}
		return nil
	}
}

// answered packs an answer, opens it, and has one refused that was changed.
func answered(s ota.Security, k ota.Keys) error {
	r := ota.Response{TAR: ota.SignatureTAR, Counter: 1, Data: make([]byte, 90)} // a signature by ECDSA
	packet, err := r.Pack(s, k)
	if err != nil {
		return err
	}
	for _, changed := range []byte{0, 1} {
		packet[len(packet)-1] ^= changed
		p, err := ota.ParseResponse(packet)
		if err != nil {
			return err
		}
		if _, err := p.Open(s, k); (err != nil) != (changed != 0) {
			return errors.Join(errors.New("an answer was taken for another"), err)
		}
	}
	return nil
}

func (t *otaBench) reportCodec(s *Scenario) {
	base := t.found[modeCipher].of(rate)
	for _, name := range []string{modeCipher, modeCommand, modeResponse} {
		all := t.found[name]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row("-", name, m(rate), figure.Ratio(all.of(rate), base).Median, m(p50), m(p99), m(func(s Sample) float64 { return s.NodeCPU }), 0.0,
			100*m(func(s Sample) float64 { return s.Elsewhere }))
	}
	s.goal("commands packed and opened / bare AES", ">=", 0.3, figure.Ratio(t.found[modeCommand].of(rate), base))
}

// messages sends to cards for a while, on one database.
func (t *otaBench) messages(ctx context.Context, d db.Dialect) error {
	store, err := t.rig.Store(ctx, d)
	if err != nil {
		return err
	}
	server, err := store.Server(ctx)
	if err != nil {
		return err
	}
	for round := range t.Rounds {
		t.rig.Sayf("ota, %s: round %d of %d", d, round+1, t.Rounds)
		limit, err := t.limit(ctx, store, server)
		if err != nil {
			return err
		}
		sent, err := t.exchange(ctx, store, server)
		if err != nil {
			return err
		}
		t.found[key(d, modeLimit)] = append(t.found[key(d, modeLimit)], limit)
		t.found[key(d, modeMessages)] = append(t.found[key(d, modeMessages)], sent)
	}
	return store.Drop(ctx)
}

func (t *otaBench) exchange(ctx context.Context, store *rig.Store, server int) (s Sample, err error) {
	err = store.With(ctx, func(a *app.App) error {
		return store.Cards(ctx, a, t.Connections, func(c *rig.Cards) (err error) {
			s, err = t.drive(ctx, server, t.Connections, func(ctx context.Context, worker, _ int) error { return c.Ask(ctx, worker) })
			return err
		})
	})
	return s, errors.Join(err, ctx.Err())
}

func (t *otaBench) report(s *Scenario, d db.Dialect) {
	base := t.found[key(d, modeLimit)].of(rate)
	for _, mode := range []string{modeLimit, modeMessages} {
		all := t.found[key(d, mode)]
		m := func(f func(Sample) float64) float64 { return figure.Median(all.of(f)) }
		s.row(d, mode, m(rate), figure.Ratio(all.of(rate), base).Median, m(p50), m(p99), m(func(s Sample) float64 { return s.NodeCPU }),
			m(func(s Sample) float64 { return s.DatabaseCPU }), 100*m(func(s Sample) float64 { return s.Elsewhere }))
	}
	s.goal(d.String()+": messages answered / one-row commits", ">=", 0.2, figure.Ratio(t.found[key(d, modeMessages)].of(rate), base))
}
