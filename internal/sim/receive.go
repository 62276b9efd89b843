package sim

import (
	"context"
	"log/slog"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota"
)

// Receive implements Receiver. It returns nil for everything that needs no repetition: what is
// no answer, what nobody asked, what was forged, what is a copy.
func (d *Desk) Receive(ctx context.Context, a Arrival) error {
	s, fits := segment(a.Data)
	address, ok := number(a.From)
	if !fits || !ok {
		d.stats.strange.Add(1)
		return nil
	}
	var err error
	from := d.hash(address)
	packets := [][]byte{s.Body}
	if s.Total > 1 {
		if packets, err = d.join(ctx, from, s); err != nil || len(packets) == 0 {
			return err
		}
	}
	for _, packet := range packets {
		m, ok, err := d.match(ctx, from, packet)
		if err != nil {
			return err
		}
		if ok {
			return d.DB.Settle(ctx, m.key(), func(tx *db.Tx) error { return d.settle(tx, m, from, s) })
		}
	}
	return nil
}

// segment reads what may be a part of an answer.
func segment(b []byte) (s ota.Segment, ok bool) {
	s, err := ota.ParseSegment(b)
	return s, err == nil && s.Kind != ota.Commands && int(s.Total) <= maxAnswerParts
}

// number reads a sender as centers write them.
func number(from string) (e164 string, ok bool) {
	digits := strings.TrimPrefix(strings.TrimPrefix(from, "+"), "00")
	return "+" + digits, len(digits) >= 3 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// matched is an answer with the message that it belongs to.
type matched struct {
	answer  Answer
	counter uint64
}

// key is what settlements about the answer are ordered by: its customer, whom the Handler settles
// something for, or the message where there is none.
func (m matched) key() ident.ID {
	if m.answer.Customer.IsZero() {
		return m.answer.Message
	}
	return m.answer.Customer
}

// sent is a message that an answer may belong to.
type sent struct {
	id, card, customer ident.ID
	class              string
	set                int
	counter            uint64
}

// How many messages to a number are looked at: those that are open, of which there are few,
// and the newest, so that a copy of an old answer is known for what it is.
const (
	lookOpen = 64
	lookBack = 16
)

func (d *Desk) recent(tx *db.Tx, from []byte) (all []sent, err error) {
	const columns = "SELECT id, card, customer, class, key_set, counter FROM sim_message WHERE address = $1"
	read := func(r db.Row) error {
		var s sent
		var counter int64
		err := r.Scan(&s.id, &s.card, &s.customer, &s.class, &s.set, &counter)
		s.counter = uint64(counter) //nolint:gosec // never below 0
		all = append(all, s)
		return err
	}
	if err := tx.Each(columns+" AND ended_at IS NULL LIMIT $2", []any{from, lookOpen}, read); err != nil {
		return nil, err
	}
	err = tx.Each(columns+" ORDER BY id DESC LIMIT $2", []any{from, lookBack}, read)
	return all, err
}

// match finds the message that a packet answers, by number, TAR, key set and counter, and by
// the checksum, which is what counts.
func (d *Desk) match(ctx context.Context, from, packet []byte) (m matched, ok bool, err error) {
	p, err := ota.ParseResponse(packet)
	if err != nil {
		d.stats.strange.Add(1)
		return m, false, nil
	}
	var all []sent
	sets := map[[2]any]keySet{}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if all, err = d.recent(tx, from); err != nil {
			return err
		}
		clear(sets)
		return d.keysFor(tx, all, p.TAR, sets)
	})
	if err != nil {
		return m, false, err
	}
	for at, set := range sets {
		r, err := p.Open(set.profile, set.keys)
		if err != nil {
			continue
		}
		for _, s := range all {
			if s.counter == r.Counter && at == [2]any{s.card, s.set} {
				return matched{Answer{Message: s.id, Card: s.card, Customer: s.customer, Class: s.class, Status: r.Status, Data: r.Data}, r.Counter}, true, nil
			}
		}
	}
	d.hint(ctx, p, len(all))
	return m, false, nil
}

// keysFor opens the key sets that messages were sent with, of cards whose application has the TAR.
func (d *Desk) keysFor(tx *db.Tx, all []sent, tar ota.TAR, sets map[[2]any]keySet) error {
	seen := map[[2]any]bool{}
	for _, s := range all {
		at := [2]any{s.card, s.set}
		if seen[at] {
			continue
		}
		seen[at] = true
		c, ok, err := d.Card(tx, s.card)
		if err != nil {
			return err
		}
		if !ok || c.TAR != tar {
			continue
		}
		set, ok, err := d.keySet(tx, s.card, s.set)
		if err != nil {
			return err
		}
		if ok {
			sets[at] = set
		}
	}
	return nil
}

// hint tells of an answer that proves nothing. An error without protection is what cards
// send when they could not check the command; anybody could have made it.
func (d *Desk) hint(ctx context.Context, p ota.ResponsePacket, asked int) {
	if r, ok := p.Unprotected(); ok && asked > 0 {
		d.stats.hints.Add(1)
		d.log().LogAttrs(ctx, slog.LevelWarn, "a card, or somebody else, says without protection that a packet failed", slog.String("status", r.Status.String()), slog.String("tar", p.TAR.String()))
		return
	}
	d.stats.forged.Add(1)
	d.log().LogAttrs(ctx, slog.LevelWarn, "an answer does not have the checksum of any card that was asked", slog.String("tar", p.TAR.String()))
}
