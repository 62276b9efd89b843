package dskpp

import (
	"crypto/pbkdf2"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // PBKDF2 of PKCS #5 has HMAC-SHA1 by default (IP-04)
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"slices"
)

// Lengths of MACs in octets, with either PRF (IP-20, IP-09).
const (
	authenticationMACLen = 16
	confirmationMACLen   = sha256.Size
	serverMACLen         = 16
)

// Iterations of PBKDF2 (RFC 6063, section 3.4.1.2): the least, and the one for a K
// that is itself a shared secret.
const (
	MinIterations = 100_000
	oneIteration  = 1
)

// PublicKeyOctets is K where it is a public key: the DER encoding of its
// SubjectPublicKeyInfo (IP-01).
func PublicKeyOctets(key *rsa.PublicKey) ([]byte, error) { return x509.MarshalPKIXPublicKey(key) }

// deriveKAC is K_AC = PBKDF2(AC->password, R_C || K, iter_count, 16) (section
// 3.4.1.2); the password is taken as the characters of the code (IP-02).
func deriveKAC(password string, rc, k []byte, iterations int) ([]byte, error) {
	return pbkdf2.Key(sha1.New, password, slices.Concat(rc, k), iterations, 16)
}

// authenticationMAC is the MAC of the user (section 3.4.1.2); rs is empty in the
// two-pass variant.
func authenticationMAC(prf, password, clientID, url string, rc, rs, k []byte, iterations int) ([]byte, error) {
	kac, err := deriveKAC(password, rc, k, iterations)
	if err != nil {
		return nil, err
	}
	return PRF(prf, kac, slices.Concat([]byte(clientID), []byte(url), rc, rs), authenticationMACLen)
}

// PassphraseKey is the K of the user's MAC in the two-pass variant with passphrase
// wrap (IP-26): PBKDF2-HMAC-SHA1 over the passphrase in its SASLprep form, with the
// first 16 octets of SHA-256("DSKPP passphrase K" || 0 || ClientID || 0 || URL) as
// salt and 100,000 iterations; 16 octets.
func PassphraseKey(passphrase, clientID, url string) ([]byte, error) {
	salt := sha256.Sum256([]byte("DSKPP passphrase K\x00" + clientID + "\x00" + url))
	return pbkdf2.Key(sha1.New, passphrase, salt[:16], MinIterations, 16)
}

// provisioningKey is K_PROV = DSKPP-PRF(R_C, "Key generation" || K || R_S, n)
// (section 4.1.2).
func provisioningKey(prf string, rc, k, rs []byte, n int) ([]byte, error) {
	return PRF(prf, rc, slices.Concat([]byte("Key generation"), k, rs), n)
}

// split is K_PROV = K_MAC || K_TOKEN (IP-10).
func split(kprov []byte) (kmac, ktoken []byte) {
	half := len(kprov) / 2
	return kprov[:half], kprov[half:]
}

// confirmationMAC is MAC 1 (sections 4.2.4 and 5.2.2); serverID is empty in the
// four-pass variant. Messages are as they traveled (IP-07).
func confirmationMAC(prf string, kmac []byte, serverID string, messages ...[]byte) ([]byte, error) {
	hash := sha256.Sum256(slices.Concat(messages...))
	return PRF(prf, macKey(prf, kmac), slices.Concat([]byte("MAC 1 computation"), hash[:], []byte(serverID)), confirmationMACLen)
}

// helloMAC is the MAC of a ServerHello that replaces a key (section 4.2.3), over
// what RFC 4758 says (IP-08). r is empty if the client sent no nonce.
func helloMAC(prf string, old, r, rs []byte) ([]byte, error) {
	return PRF(prf, macKey(prf, old), slices.Concat([]byte("MAC 1 computation"), r, rs), len(rs))
}

// replacementMAC is MAC 2 (section 5.2.2), with R = R_C (IP-09).
func replacementMAC(prf string, old []byte, serverID string, rc []byte) ([]byte, error) {
	return PRF(prf, macKey(prf, old), slices.Concat([]byte("MAC 2 computation"), []byte(serverID), rc), serverMACLen)
}

// maskNonce encrypts and decrypts R_C under a shared key (section 4.2.3):
// E = R_C ^ DSKPP-PRF(K_SHARED, "Encryption" || R_S, len(R_C)). A K_SHARED that is too
// long for prf-aes-128 gives its first octets, as K_MAC does.
func maskNonce(prf string, shared, rs, nonce []byte) ([]byte, error) {
	if prf == PRFAES {
		shared = macKey(prf, shared)
	}
	out, err := PRF(prf, shared, slices.Concat([]byte("Encryption"), rs), len(nonce))
	if err != nil {
		return nil, err
	}
	subtle.XORBytes(out, out, nonce)
	return out, nil
}
