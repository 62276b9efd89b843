package passcode

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{
		{Name: "passcode_code", Show: "id authentication policy phone issued withheld prefix made_at resend_at expires_at used_at", Withheld: "mac last_key"},
		{Name: "passcode_phone", Show: "id contact status failures blocks blocked_until:time created_at until_at verified_at ended_at"},
	}
}
