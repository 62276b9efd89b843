package authenticator

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{
			Name: "authenticator",
			Show: "policy status failures blocks blocked_until:time successes challenges created_at expires_at succeeded_at failed_at challenged_at mistakes streak",
		},
		{Name: "challenge", Show: "id policy authentication created_at expires_at used_at", Withheld: "question"},
	}
}
