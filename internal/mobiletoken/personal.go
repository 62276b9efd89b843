package mobiletoken

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{
			Name:     "mobile_code",
			Show:     "client_id token device purpose status way extended failures blocks blocked_until:time created_at created_by expires_at ended_at",
			Withheld: "password",
		},
		{Name: "mobile_holder", Show: "application tokens"},
		{
			Name:     "mobile_key",
			Show:     "id token device state usage algorithm digits step suite model app_version uses failures blocks blocked_until:time created_at expires_at used_at compared_at",
			Withheld: "seed next_value key_id device_key",
			Inner:    "drift moved",
		},
		{Name: "mobile_migration", Show: "id old_token new_token keep_serial status created_at created_by ended_at"},
		{
			Name:  "mobile_token",
			Show:  "id application serial name device status blocked_by until_at before_status reason model app_version platform locale failures blocks blocked_until:time settled_at:time created_at changed_at",
			Inner: "counted version",
		},
	}
}
