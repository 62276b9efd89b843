package dskpp

import (
	"github.com/countersign-auth/countersign/pskc"
)

// What tests of the known answers need to see.

func CRC16(s string) uint16 { return crc16(s) }

func DeriveKAC(password string, rc, k []byte, n int) ([]byte, error) {
	return deriveKAC(password, rc, k, n)
}

func AuthMAC(prf, password, clientID, url string, rc, rs, k []byte, n int) ([]byte, error) {
	return authenticationMAC(prf, password, clientID, url, rc, rs, k, n)
}

func ProvisioningKey(prf string, rc, k, rs []byte, n int) ([]byte, error) {
	return provisioningKey(prf, rc, k, rs, n)
}

func ConfirmationMAC(prf string, kmac []byte, id string, messages ...[]byte) ([]byte, error) {
	return confirmationMAC(prf, kmac, id, messages...)
}
func HelloMAC(prf string, old, r, rs []byte) ([]byte, error) { return helloMAC(prf, old, r, rs) }
func ReplacementMAC(prf string, old []byte, id string, rc []byte) ([]byte, error) {
	return replacementMAC(prf, old, id, rc)
}

func MaskNonce(prf string, shared, rs, n []byte) ([]byte, error) {
	return maskNonce(prf, shared, rs, n)
}

// OpenWrapped opens a container under a wrapping key or a passphrase.
func OpenWrapped(method string, container *pskc.Element, name string, key []byte, passphrase string, tolerant bool) (*pskc.KeyPackage, error) {
	return (&keys{wrapping: key, name: name, passphrase: passphrase, tolerant: tolerant}).open(method, container)
}

// Secrets are R_C and K of a run that is not over.
func (r *Run) Secrets() (rc, k []byte) { return r.rc, r.k }

// OpenFor opens a container of a two-pass run with the keys of a client.
func OpenFor(c *Client, container *pskc.Element) (*pskc.KeyPackage, error) {
	return (&keys{wrapping: c.Shared, name: c.SharedName, passphrase: c.Passphrase, private: c.Private, rand: c.Rand}).open(c.Method, container)
}
