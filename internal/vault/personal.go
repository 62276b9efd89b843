package vault

import (
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	const ofTokens = "token IN (SELECT id FROM vault_token WHERE customer = $1)"
	return []held.Table{
		{Name: "vault_account", Show: "id portfolio last4 expires sequence status created_at changed_at", Withheld: "pan pan_hash"},
		{Name: "vault_token", Show: "id account portfolio device last4 status expires_at counter renewals created_at changed_at", Withheld: "number number_hash", Inner: "ready behind"},
		{Name: "vault_reason", Where: ofTokens, Show: "token reason about created_at"},
		{Name: "vault_grant", Where: ofTokens, Show: "token kind number key_set uses used amount charged currency elsewhere expires_at ended_at created_at", Inner: "misses"},
	}
}

// Erase forgets the cards and tokens of a customer. What was paid with them is kept with the payments.
func Erase(tx *db.Tx, customer ident.ID) error {
	for _, sql := range []string{
		"DELETE FROM vault_reason WHERE token IN (SELECT id FROM vault_token WHERE customer = $1)",
		"DELETE FROM vault_grant WHERE token IN (SELECT id FROM vault_token WHERE customer = $1)",
		"DELETE FROM vault_token WHERE customer = $1",
		"DELETE FROM vault_account WHERE customer = $1",
	} {
		if _, err := tx.Exec(sql, customer); err != nil {
			return err
		}
	}
	return nil
}
