package password

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "password", Show: "created_at changed_at used_at must_change", Withheld: "sealed scheme", Inner: "needs_rehash generation"},
		{Name: "password_former", Show: "ended_at", Withheld: "sealed", Inner: "generation"},
	}
}
