package provider

import (
	"github.com/countersign-auth/countersign/internal/held"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{
			Name:     "provider_order",
			Show:     "id provider trans_id mode format profile named:" + userLabel + " services due created_at expires_at",
			Withheld: "handle",
			Inner:    "callback",
		},
	}
}

// Columns lists the columns of sealed values, for the rotation of keys.
func Columns() []keyring.Column {
	return []keyring.Column{{Table: "provider_order", Column: "named", Label: userLabel, Key: []string{"customer", "id"}, ID: func(key []any) ident.ID {
		id, ok := key[1].([]byte)
		if !ok || len(id) != len(ident.ID{}) {
			return ident.ID{}
		}
		return ident.ID(id)
	}}}
}
