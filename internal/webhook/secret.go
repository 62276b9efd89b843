package webhook

import (
	"encoding/base64"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// secretPrefix begins secrets of Standard Webhooks in their text form.
const secretPrefix = "whsec_"

// ParseSecret reads a signing secret: "whsec_" and 24 to 64 bytes in base64.
func ParseSecret(text string) (keyring.Secret, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), secretPrefix)
	b, err := base64.StdEncoding.DecodeString(rest)
	if !ok || err != nil || len(b) < 24 || len(b) > 64 {
		return nil, fault.Invalidf("webhook.secret", "A webhook secret is %s and 24 to 64 random bytes in base64, such as printf '%s'; head -c 32 /dev/urandom | base64.", secretPrefix, secretPrefix)
	}
	return b, nil
}
