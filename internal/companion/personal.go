package companion

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{
			Name:     "companion",
			Show:     "id number kind place class can roles hub signer seen_at changed_at",
			Withheld: "requestor verifier secret sealer",
			Inner:    "epoch taken",
		},
		{Name: "companion_holder", Show: "last"},
		{Name: "companion_identifier", Show: "companion kind", Withheld: "digest value"},
		{
			Name:     "companion_invitation",
			Show:     "id kind place name status companion created_by created_at expires_at ended_at",
			Withheld: "digest",
		},
		{Name: "companion_answer", Show: "companion until_at", Withheld: "answer digest", Inner: "epoch number"},
	}
}

// Erase forgets the devices of a customer.
func Erase(tx *db.Tx, customer ident.ID) error {
	for _, table := range []string{"companion_answer", "companion_identifier", "companion_invitation", "companion", "companion_holder"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE customer = $1", customer); err != nil {
			return err
		}
	}
	return nil
}

// Sweep forgets, at most n rows of each kind, what is of no use any more: answers that nobody will ask for, and
// invitations a month after their end. It returns the most that it did of one kind.
func (d *Desk) Sweep(ctx context.Context, n int) (most int64, err error) {
	err = d.write(ctx, func(tx *db.Tx) error {
		most = 0
		for _, x := range []struct {
			sql    string
			before time.Time
		}{
			{"DELETE FROM companion_answer WHERE (customer, companion, epoch, number) IN (SELECT customer, companion, epoch, number FROM companion_answer WHERE until_at < $1 ORDER BY until_at LIMIT $2)", tx.Now},
			{"DELETE FROM companion_invitation WHERE (customer, id) IN (SELECT customer, id FROM companion_invitation WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)", tx.Now.AddDate(0, -1, 0)},
		} {
			gone, err := tx.Exec(x.sql, x.before, n)
			if err != nil {
				return err
			}
			most = max(most, gone)
		}
		return nil
	})
	return most, err
}
