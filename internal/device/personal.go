package device

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{
			Name:  "device",
			Show:  "id kind manufacturer serial model name status created_at assigned_at starts_at expires_at note replaced_by changed_at",
			Inner: "import_id",
		},
	}
}
