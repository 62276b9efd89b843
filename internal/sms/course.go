package sms

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Part is what is known of one part of a message that a gateway took.
type Part struct {
	Gateway   string
	Reference string // as the gateway named it
	State     State  // Sent until its receipt came
	Code      string // the network's own word for a failure
	Seen      time.Time
}

// maxParts is how many parts a course has at most; several gateways may have some
// when a node died between two of them.
const maxParts = 100

// Course returns the parts of a message with what their receipts said, by gateway and
// reference. A message that no gateway took has none, and so has one whose gateway
// sends no receipts.
func (d *Desk) Course(ctx context.Context, id ident.ID) (all []Part, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(`SELECT gateway, reference, state, code, seen_at FROM sms_part WHERE message = $1 ORDER BY gateway, reference LIMIT $2`, []any{id, maxParts}, func(r db.Row) error {
			var p Part
			err := r.Scan(&p.Gateway, &p.Reference, &p.State, &p.Code, &p.Seen)
			all = append(all, p)
			return err
		})
	})
	return all, err
}

// Figure is how many messages of a gateway are in a state.
type Figure struct {
	Gateway string // "" for messages that none took
	State   State
	N       int64
}

// Figures counts the messages that were made since a moment, by gateway and state.
func (d *Desk) Figures(ctx context.Context, since time.Time) (all []Figure, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(`SELECT gateway, state, COUNT(*) FROM sms WHERE id >= $1 GROUP BY gateway, state ORDER BY gateway, state`, []any{first7(since)}, func(r db.Row) error {
			var f Figure
			err := r.Scan(&f.Gateway, &f.State, &f.N)
			all = append(all, f)
			return err
		})
	})
	return all, err
}

// first7 is the lowest id that a moment can have: ids begin with their millisecond.
func first7(t time.Time) ident.ID { return ident.New(t, zeros{}) }

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
