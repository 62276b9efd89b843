package issuing

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Figure counts the decisions of one portfolio that came out alike.
type Figure struct {
	Portfolio ident.ID // zero: of a token that nobody knows, or of a customer who was erased
	Outcome   Outcome
	Reason    Reason
	Advices   bool // they were decided elsewhere
	Count     int
}

// Figures counts the decisions from one moment up to another, that one excluded, by portfolio, outcome and reason.
func (d *Desk) Figures(ctx context.Context, from, to time.Time) (all []Figure, err error) {
	// An id begins with its moment, so that a span of time is one of the primary key.
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(`SELECT t.portfolio, a.outcome, a.reason, a.kind, COUNT(*) FROM issuing_authorization a LEFT JOIN vault_token t ON t.id = a.token
			WHERE a.id >= $1 AND a.id < $2 GROUP BY t.portfolio, a.outcome, a.reason, a.kind ORDER BY a.outcome, a.reason, a.kind, t.portfolio`,
			[]any{first(from), first(to)}, func(r db.Row) error {
				var f Figure
				var kind string
				err := r.Scan(&f.Portfolio, (*string)(&f.Outcome), (*string)(&f.Reason), &kind, &f.Count)
				f.Advices = kind == kindAdvice
				all = append(all, f)
				return err
			})
	})
	return all, err
}

// first is below every id of a moment and above those before it.
func first(at time.Time) (id ident.ID) {
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i)) //nolint:gosec // one octet of it
	}
	return id
}
