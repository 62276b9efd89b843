package evidence

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
)

// checkHash verifies a signature over a SHA-256 digest, of form Plain: PKCS #1 v1.5 (RFC 8017,
// section 8.2) or ECDSA.
func checkHash(c *x509.Certificate, digest [32]byte, signature []byte) error {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, digest[:], signature)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(k, digest[:], signature) {
			return nil
		}
		return errors.New("it does not fit")
	}
	return errors.New("its key is of another kind")
}
