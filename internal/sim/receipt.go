package sim

import (
	"context"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// maxCode is how much of a network's word for a failure is kept.
const maxCode = 20

// Receipt implements Receiver: what the network says of a part. It is no proof of anything, and
// ends only messages that the card has not acknowledged. A receipt for a part that is not known
// yet is kept for minutes: the bearer's answer may be slower than the phone.
func (d *Desk) Receipt(ctx context.Context, r Receipt) error {
	if r.Reference == "" || len(r.Reference) > 100 || r.Fate() == "" {
		return nil // no news, or of no message of ours
	}
	return d.DB.Settle(ctx, ident.Derive("sim receipt", r.Gateway, r.Reference), func(tx *db.Tx) error {
		var id ident.ID
		news := false
		err := tx.Each(`INSERT INTO sim_receipt (gateway, reference, fate, code, seen_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (gateway, reference) DO UPDATE SET fate = excluded.fate, code = excluded.code, seen_at = excluded.seen_at
 WHERE sim_receipt.fate = '' OR sim_receipt.message IS NULL RETURNING message`,
			[]any{r.Gateway, r.Reference, string(r.State), clean(r.Code), tx.Now}, func(row db.Row) error {
				news = true
				return row.Scan(&id)
			})
		if err != nil || !news || id.IsZero() {
			return err
		}
		return d.judge(tx, id)
	})
}

// Fate is what became of the part; "" when the receipt says nothing that is final.
func (r Receipt) Fate() Fate {
	switch r.State {
	case FateDelivered, FateFailed, FateExpired:
		return r.State
	}
	return ""
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

// judge moves a message by the receipts of its parts. The row is locked first: receipts of two
// parts that come together must see each other.
func (d *Desk) judge(tx *db.Tx, id ident.ID) error {
	var state string
	var parts int
	if err := tx.Each("UPDATE sim_message SET state = state WHERE id = $1 AND state IN ('waiting', 'sent') RETURNING state, parts", []any{id}, func(r db.Row) error {
		return r.Scan(&state, &parts)
	}); err != nil || state == "" {
		return err
	}
	counts, code, err := fates(tx, id)
	switch {
	case err != nil:
		return err
	case counts[FateFailed] > 0:
		return d.lose(tx, id, Failed, Undelivered, code)
	case counts[FateExpired] > 0:
		return d.lose(tx, id, Expired, TimedOut, code)
	case counts[FateDelivered] < parts:
		return nil
	}
	_, err = tx.Exec("UPDATE sim_message SET state = 'delivered' WHERE id = $1 AND state IN ('waiting', 'sent')", id)
	return err
}

func fates(tx *db.Tx, id ident.ID) (counts map[Fate]int, code string, err error) {
	counts = map[Fate]int{}
	err = tx.Each("SELECT fate, code FROM sim_receipt WHERE message = $1 ORDER BY reference", []any{id}, func(r db.Row) error {
		var f Fate
		var c string
		err := r.Scan((*string)(&f), &c)
		if counts[f]++; f != FateDelivered && code == "" {
			code = c
		}
		return err
	})
	return counts, code, err
}
