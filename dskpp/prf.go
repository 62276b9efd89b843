package dskpp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
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
		block = func(in []byte) []byte { return cmac(b, in) }
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

// cmac is AES-CMAC (NIST SP 800-38B, RFC 4493).
func cmac(b cipher.Block, msg []byte) []byte {
	var k1, k2, x [16]byte
	b.Encrypt(k1[:], k1[:])
	k1 = double(k1)
	k2 = double(k1)
	for len(msg) > 16 {
		xor(x[:], msg[:16])
		b.Encrypt(x[:], x[:])
		msg = msg[16:]
	}
	var last [16]byte
	n := copy(last[:], msg)
	if n == 16 {
		xor(last[:], k1[:])
	} else {
		last[n] = 0x80
		xor(last[:], k2[:])
	}
	xor(x[:], last[:])
	b.Encrypt(x[:], x[:])
	return x[:]
}

// double multiplies by x in GF(2^128), in constant time.
func double(a [16]byte) (out [16]byte) {
	carry := a[0] >> 7
	for i := range 15 {
		out[i] = a[i]<<1 | a[i+1]>>7
	}
	out[15] = a[15]<<1 ^ carry*0x87
	return out
}

// xor adds b into a, which is not shorter.
func xor(a, b []byte) {
	for i := range b {
		a[i] ^= b[i]
	}
}
