package sms

import (
	"context"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// maxCode is how much of a network's word for a failure is kept.
const maxCode = 20

var _ Receiver = (*Desk)(nil)

// Receive implements Receiver. A receipt for a part that is not known yet is
// kept: the gateway's answer may be slower than the phone. Repetitions, and receipts
// after the end, change nothing.
func (d *Desk) Receive(ctx context.Context, r Receipt) error {
	switch r.State {
	case Delivered, Failed, Expired, Unknown:
	default:
		return nil
	}
	if r.Reference == "" || len(r.Reference) > 100 {
		return nil // it names no message of ours
	}
	return d.DB.Settle(ctx, ident.Derive("sms receipt", r.Gateway, r.Reference), func(tx *db.Tx) error {
		id, news, err := arrive(tx, r)
		if err != nil || !news || id.IsZero() {
			return err
		}
		return judge(tx, id)
	})
}

// arrive stores what a receipt says of its part. News is false when the part had
// come to its end before; id is zero when no message has that part yet.
func arrive(tx *db.Tx, r Receipt) (id ident.ID, news bool, err error) {
	err = tx.Each(`INSERT INTO sms_part (gateway, reference, state, code, seen_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (gateway, reference) DO UPDATE SET state = excluded.state, code = excluded.code
WHERE sms_part.state IN ('sent', 'unknown') RETURNING message`,
		[]any{r.Gateway, r.Reference, string(r.State), clean(r.Code), tx.Now}, func(row db.Row) error {
			news = true
			return row.Scan(&id)
		})
	return id, news, err
}

func clean(code string) string {
	code = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, code)
	return code[:min(len(code), maxCode)]
}

// judge sets a message's state from those of its parts. The row is locked first:
// receipts of two parts that come together must see each other. Units of one group
// share a transaction, whose locks do not part them, so the change is a
// compare-and-swap, too; one that lost looks again, at a state that is nearer the end.
func judge(tx *db.Tx, id ident.ID) error {
	var m Message
	err := tx.Each(`UPDATE sms SET state = state WHERE id = $1 AND state IN ('sent', 'unknown') RETURNING customer, state, gateway, parts`, []any{id}, func(r db.Row) error {
		return r.Scan(&m.Customer, &m.State, &m.Gateway, &m.Parts)
	})
	if err != nil || m.State == "" {
		return err
	}
	state, code, err := ofParts(tx, id, m)
	if err != nil || state == Sent || state == m.State {
		return err
	}
	n, err := tx.Exec(`UPDATE sms SET state = $2, reason = $3, ended_at = $4 WHERE id = $1 AND state = $5`, id, string(state), code, tx.Now, string(m.State))
	if err != nil {
		return err
	}
	if n == 0 {
		return judge(tx, id)
	}
	recordEnd(tx, id, m.Customer, state, m.Gateway, code)
	return nil
}

// ofParts sums up: one part that failed or expired spoils the message; it is
// delivered when all parts are.
func ofParts(tx *db.Tx, id ident.ID, m Message) (sum State, code string, err error) {
	counts := map[State]int{}
	err = tx.Each(`SELECT state, code FROM sms_part WHERE message = $1 AND gateway = $2 ORDER BY reference`, []any{id, m.Gateway}, func(r db.Row) error {
		var s State
		var c string
		err := r.Scan(&s, &c)
		if counts[s]++; s != Delivered && code == "" {
			code = c
		}
		return err
	})
	switch {
	case err != nil:
		return Sent, "", err
	case counts[Failed] > 0:
		return Failed, code, nil
	case counts[Expired] > 0:
		return Expired, code, nil
	case counts[Sent] > 0 || counts[Delivered]+counts[Unknown] < m.Parts:
		return Sent, "", nil
	case counts[Unknown] > 0:
		return Unknown, code, nil
	}
	return Delivered, "", nil
}
