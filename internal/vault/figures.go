package vault

import (
	"context"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Figure counts the tokens of one portfolio in one state.
type Figure struct {
	Portfolio ident.ID
	Status    Status
	Count     int
}

// Figures counts all tokens by portfolio and state.
func (d *Desk) Figures(ctx context.Context) (all []Figure, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each("SELECT portfolio, status, COUNT(*) FROM vault_token GROUP BY portfolio, status ORDER BY portfolio, status", nil, func(r db.Row) error {
			var f Figure
			err := r.Scan(&f.Portfolio, (*string)(&f.Status), &f.Count)
			all = append(all, f)
			return err
		})
	})
	return all, err
}

// Portfolio returns one. The fault "vault.portfolio" (NotFound) says that there is none.
func (d *Desk) Portfolio(ctx context.Context, id ident.ID) (p Portfolio, err error) {
	err = d.DB.Read(ctx, func(tx *db.Tx) error {
		p, err = needPortfolio(tx, id)
		return err
	})
	return p, err
}
