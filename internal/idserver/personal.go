package idserver

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{
			Name:  "identity_request",
			Show:  "id client kind content payment confirm reference state reason person policies created_at expires_at ended_at",
			Inner: "transaction_handle",
		},
	}
}
