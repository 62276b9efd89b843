package prompt

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{
			Name:     "prompt",
			Show:     "id authentication policy method kind status content:json matching payment proven withheld asked token device created_at expires_at answered_at ended_at",
			Withheld: "control",
		},
		{Name: "prompt_holder", Show: "asked since:time payments payments_since:time proven proven_since:time"},
	}
}
