package push

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{
			Name:     "push_binding",
			Show:     "token holder service moved failures reason bound_at success_at failure_at gone_at",
			Withheld: "endpoint subscription",
			Inner:    "key_number",
		},
	}
}
