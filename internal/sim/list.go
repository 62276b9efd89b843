package sim

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Query says which cards are listed.
type Query struct {
	State CardState // "" for all
	After ident.ID  // the last one of the page before; zero for the first page
	Limit int       // at most MaxList
}

// MaxList is how many cards or messages a list has at most.
const MaxList = 500

// List returns cards by when they came; those of one import that came in the same millisecond in no order.
func (d *Desk) List(ctx context.Context, q Query) (all []Card, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		where, args := "id > $1 AND "+seen, []any{q.After, limited(q.Limit)}
		if q.After.IsZero() {
			args[0] = make([]byte, len(q.After)) // the zero id is NULL
		}
		if q.State != "" {
			where, args = where+" AND state = $3", append(args, string(q.State))
		}
		return tx.Each("SELECT "+cardColumns+" FROM sim_card WHERE "+where+" ORDER BY id LIMIT $2", args, func(r db.Row) error {
			c, err := d.scan(r)
			all = append(all, c)
			return err
		})
	})
	return all, err
}

func limited(n int) int {
	if n <= 0 || n > MaxList {
		return MaxList
	}
	return n
}

// Find returns a card by its serial number, or by its phone number in any international form. Fault: "sim.card"
// (NotFound).
func (d *Desk) Find(ctx context.Context, name string) (c Card, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		var ok bool
		if c, ok, err = d.ByICCID(tx, name); err != nil || ok {
			return err
		}
		n, err := readNumber(name)
		if err != nil {
			return noCard()
		}
		if c, ok, err = d.CardOf(tx, n); err == nil && !ok {
			return noCard()
		}
		return err
	})
	return c, err
}

// KeySet is what is told of a key set.
type KeySet struct {
	Number    int
	Algorithm string // "aes" or "3des"
	Counter   uint64 // the last one that a packet had
	Left      uint64 // packets that it can still make
}

// KeySets returns the key sets of a card, without their keys.
func (d *Desk) KeySets(ctx context.Context, card ident.ID) (all []KeySet, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT number, algorithm, counter FROM sim_key_set WHERE card = $1 ORDER BY number", []any{card}, func(r db.Row) error {
			var k KeySet
			var algorithm int
			var counter int64
			err := r.Scan(&k.Number, &algorithm, &counter)
			k.Algorithm, k.Counter, k.Left = algorithmName(algorithm), uint64(counter), uint64(lastCounter-counter) //nolint:gosec // a CHECK keeps it between
			all = append(all, k)
			return err
		})
	})
	return all, err
}

const sendingColumns = "id, card, customer, class, state, key_set, counter, parts, gateway, reason, created_at, expires_at, sent_at, ended_at"

func scanSending(r db.Row) (s Sending, err error) {
	var counter int64
	err = r.Scan(&s.ID, &s.Card, &s.Customer, &s.Class, (*string)(&s.State), &s.KeySet, &counter, &s.Parts, &s.Gateway, &s.Reason, &s.Created, &s.Expires, &s.Sent, &s.Ended)
	s.Counter = uint64(counter) //nolint:gosec // never below 0
	return s, err
}

// Sending returns what is known of a message; ok is false when there is none (any more).
func (d *Desk) Sending(tx *db.Tx, id ident.ID) (s Sending, ok bool, err error) {
	s, err = scanSending(tx.Row("SELECT "+sendingColumns+" FROM sim_message WHERE id = $1", id))
	if errors.Is(err, db.ErrNoRow) {
		return s, false, nil
	}
	return s, err == nil, err
}

// Sendings returns the newest messages to a card.
func (d *Desk) Sendings(ctx context.Context, card ident.ID, limit int) (all []Sending, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT "+sendingColumns+" FROM sim_message WHERE card = $1 ORDER BY key_set DESC, counter DESC LIMIT $2", []any{card, limited(limit)}, func(r db.Row) error {
			s, err := scanSending(r)
			all = append(all, s)
			return err
		})
	})
	return all, err
}

// Count returns how many cards there are in each state.
func (d *Desk) Count(ctx context.Context) (counts map[CardState]int64, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		counts = map[CardState]int64{}
		return tx.Each("SELECT state, COUNT(*) FROM sim_card WHERE "+seen+" GROUP BY state", nil, func(r db.Row) error {
			var s string
			var n int64
			err := r.Scan(&s, &n)
			counts[CardState(s)] = n
			return err
		})
	})
	return counts, err
}
