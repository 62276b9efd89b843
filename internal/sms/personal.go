package sms

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "sms", Show: "id class phone:sms.phone state gateway parts reason created_at expires_at sent_at ended_at", Withheld: "body", Inner: "dedupe"},
	}
}
