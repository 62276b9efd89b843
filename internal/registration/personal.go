package registration

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "activation_attempts", Show: "failures blocks blocked_until:time"},
		{
			Name:     "activation_code",
			Show:     "id policy form status extended failures blocks blocked_until:time created_at created_by expires_at ended_at",
			Withheld: "value",
		},
		{Name: "registration", Show: "id code policy channel state device created_at expires_at ended_at", Withheld: "question"},
		{Name: "registration_part", Show: "id policy proven_at", Withheld: "kept"},
	}
}
