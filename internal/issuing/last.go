package issuing

import (
	"context"
	"errors"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Last is what was decided last of a token, without code and cryptogram; the zero Decision when nothing was.
func (d *Desk) Last(ctx context.Context, token ident.ID) (out Decision, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.Row("SELECT id, customer, token, outcome, reason, detail, approved, currency, created_at FROM issuing_authorization WHERE token = $1 ORDER BY id DESC LIMIT 1", token).
			Scan(&out.ID, &out.Customer, &out.Token, (*string)(&out.Outcome), (*string)(&out.Reason), &out.Detail, &out.Approved, &out.Currency, &out.Created)
	})
	if errors.Is(err, db.ErrNoRow) {
		err = nil
	}
	return out, err
}
