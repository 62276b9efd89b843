package dskpp

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // rsa-oaep-mgf1p is defined with SHA-1
	"crypto/sha256"
	"io"
)

// nonceLen is how many octets of R_C and R_S this package draws: as many as the
// MAC algorithm takes for a key (IP-16).
func nonceLen(prf string) int { return macKeyLen(prf) }

// encryptNonce puts R_C under the server's public key (RFC 6063, section 4.2.3).
func encryptNonce(rand io.Reader, algorithm string, key *rsa.PublicKey, rc []byte) ([]byte, error) {
	if sameAlgorithm(algorithm, RSA15) {
		return rsa.EncryptPKCS1v15(rand, key, rc) //nolint:staticcheck // only if the server's policy asks for it
	}
	return rsa.EncryptOAEP(sha1.New(), rand, key, rc, nil) //nolint:gosec // see the import
}

// decryptNonce never fails: a value that cannot be decrypted gives octets that
// depend on it and on a secret alone, so that the user's MAC, which covers R_C, is
// what fails, and nobody learns whether a padding was right (IP-24). rsa-1_5 takes
// only nonces of the length that this package draws.
func decryptNonce(rand io.Reader, secret []byte, algorithm string, key crypto.Decrypter, prf string, in []byte) []byte {
	n := nonceLen(prf)
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("DSKPP implicit rejection\x00"))
	m.Write(in)
	fake := m.Sum(nil)[:n]
	if sameAlgorithm(algorithm, RSA15) {
		// With the length given, the standard library replaces what is wrong itself,
		// in constant time, but by fresh octets; both are as good.
		out, err := key.Decrypt(rand, in, &rsa.PKCS1v15DecryptOptions{SessionKeyLen: n}) //nolint:staticcheck // only by explicit setting
		if err != nil || len(out) != n {
			return fake
		}
		return out
	}
	out, err := key.Decrypt(rand, in, &rsa.OAEPOptions{Hash: crypto.SHA1, MGFHash: crypto.SHA1})
	if err != nil || len(out) < minNonce || len(out) > maxNonce {
		return fake
	}
	return out
}
