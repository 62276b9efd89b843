package wallet

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "wallet_set", Show: "token device created_at", Withheld: "box pin", Inner: "tries"},
		{Name: "wallet_stood", Show: "token number"},
		{Name: "wallet_peer", Show: "device token"},
		{Name: "wallet_letter", Show: "device token kind created_at", Withheld: "body", Inner: "id"},
	}
}

// Erase forgets what devices of a customer were given.
func Erase(tx *db.Tx, customer ident.ID) error {
	for _, table := range []string{"wallet_letter", "wallet_peer", "wallet_stood", "wallet_set"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE customer = $1", customer); err != nil {
			return err
		}
	}
	return nil
}
