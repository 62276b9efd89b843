package risk

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "risk_event", Elsewhere: "risk"},
		{Name: "risk_profile", Elsewhere: "risk"},
		{Name: "risk_channel", Elsewhere: "risk"},
		{Name: "risk_claim", Where: "of_customer = $1", Show: "of_event claimed_at until:time", Inner: "holder"},
		{Name: "risk_probe", Show: "visit signals:json malformed machine expires_at", Inner: "seq spent"},
		{Name: "risk_probe_event", Show: "event visit expires_at"},
	}
}
