package customer

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "customer", Where: "id = $1", Show: "id number name locale status created_at changed_at erased_at", Inner: "name_key"},
		{Name: "contact", Elsewhere: "contacts"},
		{Name: "customer_session", Show: "began_at seen_at device agent", Withheld: "digest"},
	}
}
