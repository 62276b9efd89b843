package audit

import (
	"context"

	"github.com/countersign-auth/countersign/internal/db"
)

// Sealed is a record and its leaf.
type Sealed struct {
	Leaf  int64 `json:"leaf"`
	Entry Entry `json:"entry"`
}

// Tail returns up to limit (1 to 500) sealed records from leaf on, in the order of
// the tree. Whoever follows the log asks again from the leaf after the last one:
// nothing is missed and nothing comes twice. A deleted record is left out.
func (l *Log) Tail(ctx context.Context, from int64, limit int) (out []Sealed, err error) {
	limit = min(max(limit, 1), maxPage)
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		out = nil
		spans, err := spansFrom(tx, from, limit)
		for _, s := range spans {
			if err == nil && len(out) < limit {
				err = s.each(tx, from, limit-len(out), func(r Sealed) { out = append(out, r) })
			}
		}
		return err
	})
	return out, err
}

// spansFrom reads the spans that hold the leaves from on; at most limit of them.
func spansFrom(tx *db.Tx, from int64, limit int) (spans []span, err error) {
	err = tx.Each(`SELECT first_leaf, boot, slot, first_seq, length FROM audit_span
WHERE first_leaf >= COALESCE((SELECT max(first_leaf) FROM audit_span WHERE first_leaf <= $1), 0) ORDER BY first_leaf LIMIT $2`,
		[]any{from, limit + 1}, func(r db.Row) error {
			var s span
			err := r.Scan(&s.first, &s.boot, &s.slot, &s.seq, &s.length)
			spans = append(spans, s)
			return err
		})
	return spans, err
}

// each reads up to limit records of the span whose leaves are at or behind from.
func (s span) each(tx *db.Tx, from int64, limit int, f func(Sealed)) error {
	skip := max(0, from-s.first)
	if skip >= s.length {
		return nil
	}
	return tx.Each(`SELECT `+allColumns+` FROM journal WHERE boot = $1 AND slot = $2 AND seq BETWEEN $3 AND $4 ORDER BY seq LIMIT $5`,
		[]any{s.boot, s.slot, s.seq + skip, s.seq + s.length - 1, limit}, func(r db.Row) error {
			var e Entry
			err := e.scan(r)
			f(Sealed{s.first + e.ID.Seq - s.seq, e})
			return err
		})
}
