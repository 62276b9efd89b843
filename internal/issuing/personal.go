package issuing

import (
	"context"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "issuing_authorization", Show: "id token kind outcome reason detail amount approved returned currency code path merchant number counter judged risk told created_at"},
		{Name: "issuing_return", Show: "payment amount", Inner: "id"},
		{
			Name: "issuing_message", Where: "decision IN (SELECT id FROM issuing_authorization WHERE customer = $1)",
			Show: "decision reversed paid created_at", Withheld: "digest content", Inner: "answer",
		},
	}
}

// Erase forgets the payments of a customer here; the bank's books have them.
func Erase(tx *db.Tx, customer ident.ID) error {
	for _, sql := range []string{
		"DELETE FROM issuing_message WHERE decision IN (SELECT id FROM issuing_authorization WHERE customer = $1)",
		"DELETE FROM issuing_return WHERE customer = $1",
		"DELETE FROM issuing_authorization WHERE customer = $1",
	} {
		if _, err := tx.Exec(sql, customer); err != nil {
			return err
		}
	}
	return nil
}

// keepMessages is how long a message is known again, in days: longer than any network repeats one.
const keepMessages = 40

// Sweep forgets, at most n, messages that nobody will repeat. It returns how many.
func (d *Desk) Sweep(ctx context.Context, n int) (gone int64, err error) {
	err = d.DB.Write(ctx, func(tx *db.Tx) error {
		gone, err = tx.Exec("DELETE FROM issuing_message WHERE digest IN (SELECT digest FROM issuing_message WHERE created_at < $1 ORDER BY created_at LIMIT $2)", tx.Now.AddDate(0, 0, -keepMessages), n)
		return err
	})
	return gone, err
}
