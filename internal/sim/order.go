package sim

import (
	"context"
	"log/slog"
	"sync"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
)

// turns lets the packets of one card go one after the other on this node. The zero value is ready.
type turns struct {
	mu    sync.Mutex
	cards map[ident.ID]*turn
}

// turn is the right to hand packets of a card over: whoever has put something into it has it.
type turn struct {
	has   chan struct{}
	users int
	taken map[ident.ID]bool // packets that a center has, while that is not stored yet
}

// take waits for the turn of a card. The error is that of ctx.
func (t *turns) take(ctx context.Context, card ident.ID) (*turn, error) {
	t.mu.Lock()
	if t.cards == nil {
		t.cards = map[ident.ID]*turn{}
	}
	x := t.cards[card]
	if x == nil {
		x = &turn{has: make(chan struct{}, 1), taken: map[ident.ID]bool{}}
		t.cards[card] = x
	}
	x.users++
	t.mu.Unlock()
	select {
	case x.has <- struct{}{}:
		return x, nil
	case <-ctx.Done():
		t.leave(card)
		return nil, ctx.Err()
	}
}

// give ends a turn.
func (t *turns) give(card ident.ID, x *turn) {
	<-x.has
	t.leave(card)
}

// leave forgets a card for which nobody waits, and of which all is stored.
func (t *turns) leave(card ident.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.cards[card]
	if x.users--; x.users == 0 && len(x.taken) == 0 {
		delete(t.cards, card)
	}
}

// keep remembers that a center has a packet, and forgets it again.
func (t *turns) keep(card, id ident.ID, taken bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.cards[card]
	switch {
	case taken:
		x.taken[id] = true
	case x != nil:
		delete(x.taken, id)
		if x.users == 0 && len(x.taken) == 0 {
			delete(t.cards, card)
		}
	}
}

// has reports whether a center has a packet, which only is not stored yet.
func (t *turns) has(card, id ident.ID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cards[card] != nil && t.cards[card].taken[id]
}

// before hands over the packets of a card that were made before one of them and that no center has: a card
// takes no counter below one that it has seen, so a packet that is overtaken is lost. The outbox knows no order.
// What a center refuses for good does not hold up what comes after it.
func (d *Desk) before(ctx context.Context, card, id ident.ID) error {
	earlier, err := d.earlier(ctx, id)
	if err != nil {
		return err
	}
	for _, m := range earlier {
		if d.turns.has(card, m) {
			continue // asked before the row is read: the commit may come in between
		}
		o, state, err := d.outgoing(ctx, m)
		if err != nil {
			return err
		}
		if state != Waiting || o.Parts == nil || o.To == "" {
			continue
		}
		b, references, err := d.carry(ctx, o)
		if outbox.IsPermanent(err) {
			d.log().LogAttrs(ctx, slog.LevelWarn, "a packet is skipped by those after it", slog.String("message", m.String()), slog.Any("error", err))
			continue
		}
		if err != nil {
			return err
		}
		d.stats.sent.Add(1)
		if err := d.DB.Settle(context.WithoutCancel(ctx), m, func(tx *db.Tx) error { return d.taken(tx, m, b.Name(), references) }); err != nil {
			return err
		}
	}
	return nil
}

// earlier lists the packets before one, of the same key set, that wait and have not run out, the first one first.
func (d *Desk) earlier(ctx context.Context, id ident.ID) (all []ident.ID, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(`SELECT e.id FROM sim_message m JOIN sim_message e ON e.address = m.address AND e.card = m.card AND e.key_set = m.key_set AND e.counter < m.counter
 WHERE m.id = $1 AND e.ended_at IS NULL AND e.state = 'waiting' AND e.packet IS NOT NULL AND e.expires_at > $2 ORDER BY e.counter`, []any{id, tx.Now}, func(r db.Row) error {
			var x ident.ID
			err := r.Scan(&x)
			all = append(all, x)
			return err
		})
	})
	return all, err
}
