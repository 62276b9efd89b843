package hub

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{
			Name:     "authentication",
			Show:     "id client purpose channel payment_hash policy_version state step factors last_result last_reason created_at expires_at ended_at proofs:json renewing grounds:json",
			Withheld: "last_key",
			Inner:    "version last_left last_permanent",
		},
		{Name: "authentication_payment", Show: "id canonical:json"},
		{Name: "authentication_risk", Show: "id event decision exempt"},
	}
}
