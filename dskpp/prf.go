package dskpp

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/countersign-auth/countersign/cmac"
)

// PRF is DSKPP-PRF (RFC 6063, section 3.4.2 and appendix D): n octets that a key
// and a text determine. The algorithm is PRFAES, whose key has exactly 16 octets,
// or PRFSHA256, whose key has 16 or more. The error is a [*StatusError].
func PRF(algorithm string, key, s []byte, n int) ([]byte, error) {
	if len(key) < prfKey {
		return nil, fail(InitializationFailed, "a key of %d octets for the PRF, which needs 16", len(key))
	}
	if n < 0 || n > maxDerived {
		return nil, fail(InitializationFailed, "derived data too long")
	}
	var block func(in []byte) []byte
	switch algorithm {
	case PRFAES:
		b, err := aes.NewCipher(key)
		if err != nil || len(key) != prfKey {
			return nil, fail(InitializationFailed, "a key of %d octets for the PRF with AES, which takes 16", len(key))
		}
		block = func(in []byte) []byte {
			mac := cmac.Sum(b, in)
			return mac[:]
		}
	case PRFSHA256:
		block = func(in []byte) []byte {
			h := hmac.New(sha256.New, key)
			h.Write(in)
			return h.Sum(nil)
		}
	default:
		return nil, fail(NoSupportedMacAlgorithms, "the PRF %s", clip(algorithm))
	}
	var out []byte
	for i := uint32(1); len(out) < n; i++ {
		out = append(out, block(append(binary.BigEndian.AppendUint32(nil, i), s...))...)
	}
	return out[:n], nil
}

const (
	prfKey     = 16
	maxDerived = 4096 // octets; a nonce, a MAC or K_PROV has 256 at most
)

// macKeyLen is how many octets of K_MAC an algorithm takes (section 5.2.2, IP-15).
func macKeyLen(algorithm string) int {
	if algorithm == PRFAES {
		return prfKey
	}
	return sha256.Size
}

// macKey is K_MAC as the algorithm takes it: its first octets (section 5.2.2).
func macKey(algorithm string, kmac []byte) []byte {
	return kmac[:min(len(kmac), macKeyLen(algorithm))]
}
