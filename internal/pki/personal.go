package pki

import "github.com/countersign-auth/countersign/internal/held"

// Personal says what the package keeps of a customer, and what of it is handed out to them.
func Personal() []held.Table {
	return []held.Table{{
		Name:  "pki_certificate",
		Show:  "serial profile status reason certificate created_at expires_at changed_at",
		Inner: "issuer order_id key_hash chain told",
	}}
}
