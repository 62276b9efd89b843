package exemption

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "exemption_account", Show: "scheme account added_at"},
		{Name: "exemption_customer", Show: "strong_at strong_id access_at low_cents low_count", Inner: "warrant warrant_hash"},
		{Name: "exemption_fraud", Show: "use_id day exemption instrument cents reported_at reported_by withdrawn_at"},
		{Name: "exemption_payee", Show: "scheme account name authentication added_at"},
		{Name: "exemption_provider", Show: "provider strong_at"},
		{Name: "exemption_series", Show: "id scheme account name minor currency authentication begun_at last_at payments ended_at"},
		{
			Name:  "exemption_use",
			Show:  "id at:time exemption instrument channel minor currency cents orders payment decision authentication policies",
			Inner: "day",
		},
	}
}
