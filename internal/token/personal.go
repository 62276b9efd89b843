package token

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "token_handover", Show: "device replaces created_at created_by", Withheld: "question"},
		{
			Name:     "token_key",
			Where:    "device IN (SELECT id FROM device WHERE customer = $1)",
			Show:     "device key_id usage algorithm suite hash digits step uses max_uses starts_at expires_at used_at",
			Withheld: "seed pin_hash pin_sealed next_value",
			Inner:    "epoch drift proven resync_first pin_mode pin_min pin_max holding",
		},
	}
}
