package identification

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "identification", Show: "id actor way answers:json needed policy_version created_at expires_at"},
		{Name: "identification_attempts", Show: "failures blocks blocked_until:time"},
	}
}
