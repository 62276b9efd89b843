package dskpp

import (
	"crypto/x509"
	"slices"

	"github.com/countersign-auth/countersign/pskc"
)

// Policy is what a server permits. What it does not list does not happen, whatever
// a client prefers (RFC 6063, section 10.2.2); among what it lists the client's
// order decides.
type Policy struct {
	// MinVersion is the lowest version spoken.
	MinVersion Version
	// Variants in the server's order: the schema gives the client's no order.
	Variants []Variant
	KeyTypes []string // URIs
	MACs     []string // PRFAES, PRFSHA256
	// NonceEncryption protects R_C in the four-pass variant: RSAOAEP, PRFAES,
	// PRFSHA256, and RSA15 only if it must be (IP-24).
	NonceEncryption []string
	// Methods and KeyEncryption protect K_PROV in the two-pass variant.
	Methods       []string
	KeyEncryption []string
	Packages      []string
	// MaxIterations bounds the PBKDF2 iterations of a client: work that somebody
	// asks for who is not authenticated yet.
	MaxIterations int
	// PassphraseIterations are those of the package under a passphrase.
	PassphraseIterations int
	// MinRSABits is the least length of a client's key.
	MinRSABits int
	// VerifyCertificate, if set, must accept a client's certificate.
	VerifyCertificate func(*x509.Certificate) error
	// IgnoreDevice goes on without a DeviceID that may not be accepted (section
	// 4.2.2), in place of ending the run. It is not bound to the key then.
	IgnoreDevice bool
}

// DefaultPolicy permits all that RFC 6063 demands and nothing that it merely
// allows: no PKCS #1 v1.5 where the server decrypts.
func DefaultPolicy() Policy {
	return Policy{
		MinVersion:           spoken(),
		Variants:             []Variant{FourPass, TwoPass},
		KeyTypes:             []string{pskc.AlgorithmHOTP, pskc.AlgorithmTOTP, pskc.AlgorithmOCRA},
		MACs:                 []string{PRFSHA256, PRFAES},
		NonceEncryption:      []string{RSAOAEP, PRFSHA256, PRFAES},
		Methods:              []string{Transport, Wrap, PassphraseWrap},
		KeyEncryption:        []string{RSAOAEP, RSA15, AESWrap, AESCBC},
		Packages:             []string{FormatPSKC},
		MaxIterations:        200_000,
		PassphraseIterations: MinIterations,
		MinRSABits:           2048,
	}
}

// first returns the first of the client's list that the policy permits, in the
// spelling that we send.
func first(wanted, permitted []string) (string, bool) {
	for _, w := range wanted {
		if permits(permitted, w) {
			return canonicalAlgorithm(w), true
		}
	}
	return "", false
}

func permits(permitted []string, uri string) bool {
	return slices.ContainsFunc(permitted, func(p string) bool { return sameAlgorithm(p, uri) })
}

// suits tells whether an encryption algorithm belongs to a protection method
// (sections 5.1.1 to 5.1.3).
func suits(method, algorithm string) bool {
	switch canonicalAlgorithm(algorithm) {
	case RSA15, RSAOAEP:
		return method == Transport
	case AESWrap, AESCBC:
		return method == Wrap || method == PassphraseWrap
	}
	return false
}
