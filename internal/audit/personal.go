package audit

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "journal", Show: "at:time kind actor object details:json", Inner: "boot slot seq salt digest"},
	}
}
