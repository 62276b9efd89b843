package simcard

import (
	"crypto/x509"

	"github.com/countersign-auth/countersign/ota/applet"
)

// PrivateKey opens a slot of a memory by its PIN and returns the key in PKCS #8, so that tests
// can look for it. Nothing outside tests does that.
func (m *Memory) PrivateKey(r applet.Role, pin string) ([]byte, error) {
	k, err := m.open(r, pin)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(k)
}
