package companion

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Signer is how a device signs its messages.
type Signer string

// The ways to sign.
const (
	Unsigned Signer = ""            // it sends none
	Ed25519  Signer = "ed25519"     // RFC 8032
	P256     Signer = "ecdsa-p256"  // with SHA-256
	HMAC     Signer = "hmac-sha256" // of small devices
)

// Keys are the keys of a device, or none.
type Keys struct {
	Signer   Signer
	Verifier []byte // public key: 32 octets, or an uncompressed point of 65; of an HMAC nothing
	Secret   []byte // of an HMAC, 32 octets; only where a device enrolls
	Sealer   []byte // public key that answers are sealed to, as package envelope has it
}

// maxSealer is the longest public key that answers are sealed to: that of ML-KEM-768 with
// X25519, 1216 octets.
const maxSealer = 1216

// Check refuses keys that nothing can be verified with: the fault "companion.keys" (Invalid).
func (k Keys) Check() error {
	bad := func(why string) error {
		return fault.Invalidf("companion.keys", "The device's keys are refused: %s", why).WithField("/keys")
	}
	if len(k.Sealer) > maxSealer {
		return bad("the key that answers are sealed to is too long.")
	}
	switch k.Signer {
	case Unsigned:
		if len(k.Verifier)+len(k.Secret)+len(k.Sealer) > 0 {
			return bad("say how the device signs.")
		}
	case Ed25519:
		if len(k.Verifier) != ed25519.PublicKeySize || len(k.Secret) > 0 {
			return bad("a key of Ed25519 has 32 octets.")
		}
	case P256:
		if _, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), k.Verifier); err != nil || len(k.Secret) > 0 {
			return bad("a key of P-256 is an uncompressed point of 65 octets on the curve.")
		}
	case HMAC:
		if len(k.Secret) != 32 || len(k.Verifier) > 0 {
			return bad("a key of an HMAC has 32 octets.")
		}
	default:
		return bad("use ed25519, ecdsa-p256 or hmac-sha256.")
	}
	return nil
}
