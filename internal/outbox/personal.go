package outbox

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "outbox", Show: "id kind state attempts due_at created_at expires_at ended_at reason", Withheld: "payload", Inner: "dedupe lease"},
	}
}
