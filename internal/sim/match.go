package sim

import (
	"context"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/ota"
)

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

// setAt names a key set, and setKeys is one, of a card whose application has the TAR.
type (
	setAt struct {
		card   ident.ID
		number int
	}
	setKeys struct {
		keySet

		tar ota.TAR
	}
)

// match finds the message that one of the packets answers, by number, TAR, key set and counter, and by
// the checksum, which is what counts. Messages and keys are read once for all packets.
func (d *Desk) match(ctx context.Context, gateway string, from []byte, packets [][]byte) (m matched, ok bool, err error) {
	var parsed []ota.ResponsePacket
	for _, b := range packets {
		if p, err := ota.ParseResponse(b); err == nil {
			parsed = append(parsed, p)
		}
	}
	if len(parsed) == 0 {
		d.stats.strange.Add(1)
		return m, false, nil
	}
	var all []sent
	sets := map[setAt]setKeys{}
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		if all, err = d.recent(tx, from); err != nil {
			return err
		}
		clear(sets)
		return d.keysFor(tx, all, sets)
	})
	if err != nil {
		return m, false, err
	}
	for _, p := range parsed {
		if m, ok := d.opens(p, all, sets); ok {
			return m, true, nil
		}
	}
	d.hint(ctx, gateway, from, parsed[0], all, sets)
	return m, false, nil
}

// opens finds the message that a packet answers.
func (d *Desk) opens(p ota.ResponsePacket, all []sent, sets map[setAt]setKeys) (m matched, ok bool) {
	for at, set := range sets {
		if set.tar != p.TAR {
			continue
		}
		d.stats.tries.Add(1)
		r, err := p.Open(set.profile, set.keys)
		if err != nil {
			continue
		}
		for _, s := range all {
			if s.counter == r.Counter && at == (setAt{s.card, s.set}) {
				return matched{Answer{Message: s.id, Card: s.card, Customer: s.customer, Class: s.class, Status: r.Status, Data: r.Data}, r.Counter}, true
			}
		}
	}
	return m, false
}

// keysFor opens the key sets that messages were sent with.
func (d *Desk) keysFor(tx *db.Tx, all []sent, sets map[setAt]setKeys) error {
	seen := map[setAt]bool{}
	for _, s := range all {
		at := setAt{s.card, s.set}
		if seen[at] {
			continue
		}
		seen[at] = true
		c, ok, err := d.Card(tx, s.card)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		set, ok, err := d.keySet(tx, s.card, s.set)
		if err != nil {
			return err
		}
		if ok {
			sets[at] = setKeys{set, c.TAR}
		}
	}
	return nil
}
