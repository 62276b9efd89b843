package envelope

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Scheme is how a device signs.
type Scheme uint8

// The schemes.
const (
	Ed25519 Scheme = 1 // RFC 8032; 64 octets
	P256    Scheme = 2 // ECDSA with SHA-256: r ‖ s, of the two s that verify the lower; 64 octets
	HMAC    Scheme = 3 // HMAC-SHA256 with a key of 32 octets, for small devices: the server can forge it
)

// secretBytes is the length of the key of an HMAC.
const secretBytes = 32

// Schemes lists all schemes.
func Schemes() []Scheme { return []Scheme{Ed25519, P256, HMAC} }

// String returns the word of reports and registrations.
func (s Scheme) String() string {
	switch s {
	case Ed25519:
		return "ed25519"
	case P256:
		return "ecdsa-p256"
	case HMAC:
		return "hmac-sha256"
	}
	return "unknown"
}

// ReadScheme reads the word of a scheme; false for none.
func ReadScheme(word string) (Scheme, bool) {
	for _, s := range Schemes() {
		if s.String() == word {
			return s, true
		}
	}
	return 0, false
}

// bytes is the length of a signature; 0 for an unknown scheme.
func (s Scheme) bytes() int {
	switch s {
	case Ed25519, P256:
		return 64
	case HMAC:
		return sha256.Size
	}
	return 0
}

// Signer signs for a device. It never prints its key.
type Signer struct {
	scheme Scheme
	ed     ed25519.PrivateKey
	ec     *ecdsa.PrivateKey
	secret []byte
}

// NewSigner makes a signer of the secret of a scheme: 32 octets, which are the seed of [Ed25519], the scalar of
// [P256], or the key of [HMAC].
func NewSigner(scheme Scheme, secret []byte) (*Signer, error) {
	if len(secret) != secretBytes {
		return nil, errors.New("envelope: the secret of a signer has 32 octets")
	}
	s := &Signer{scheme: scheme}
	switch scheme {
	case Ed25519:
		s.ed = ed25519.NewKeyFromSeed(secret)
	case P256:
		k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
		if err != nil {
			return nil, errors.New("envelope: this is no scalar of P-256; draw another one")
		}
		s.ec = k
	case HMAC:
		s.secret = append([]byte(nil), secret...)
	default:
		return nil, errors.New("envelope: unknown scheme")
	}
	return s, nil
}

// Scheme returns the scheme of the signer.
func (s *Signer) Scheme() Scheme { return s.scheme }

// Public returns what [NewVerifier] reads. Of an [HMAC] it is nil: its secret is shared at enrollment, sealed.
func (s *Signer) Public() []byte {
	switch s.scheme {
	case Ed25519:
		return []byte(s.ed[ed25519.PrivateKeySize-ed25519.PublicKeySize:])
	case P256:
		b, _ := s.ec.PublicKey.Bytes() // cannot fail: the curve is P-256
		return b
	case HMAC:
	}
	return nil
}

// String hides the key.
func (s *Signer) String() string { return "envelope.Signer(" + s.scheme.String() + ", hidden)" }

// GoString hides the key.
func (s *Signer) GoString() string { return s.String() }

// Sign signs a message. Equal messages have equal signatures (ECDSA as RFC 6979).
func (s *Signer) Sign(message []byte) ([]byte, error) {
	switch s.scheme {
	case Ed25519:
		return ed25519.Sign(s.ed, message), nil
	case P256:
		return s.ecdsa(message)
	case HMAC:
		return tag(s.secret, message), nil
	}
	return nil, errors.New("envelope: unknown scheme")
}

// ecdsa signs with the lower s.
func (s *Signer) ecdsa(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	der, err := s.ec.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var inner cryptobyte.String
	r, low, in := new(big.Int), new(big.Int), cryptobyte.String(der)
	if !in.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(low) {
		return nil, errors.New("envelope: the signature has no r and s")
	}
	if n := elliptic.P256().Params().N; !lower(low) {
		low.Sub(n, low)
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	low.FillBytes(out[32:])
	return out, nil
}

// lower reports whether s is the lower one of s and n-s. Without this rule whoever stands in between
// could turn one message into another one that verifies.
func lower(s *big.Int) bool {
	half := new(big.Int).Rsh(elliptic.P256().Params().N, 1)
	return s.Cmp(half) <= 0
}

func tag(secret, message []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write(message)
	return h.Sum(nil)
}

// Verifier checks what a device signed.
type Verifier struct {
	scheme Scheme
	ed     ed25519.PublicKey
	ec     *ecdsa.PublicKey
	secret []byte
}

// NewVerifier makes a verifier of a public key: 32 octets of [Ed25519], an uncompressed point of 65 octets of
// [P256]; of [HMAC] it is the secret of 32 octets.
func NewVerifier(scheme Scheme, key []byte) (*Verifier, error) {
	v := &Verifier{scheme: scheme}
	switch scheme {
	case Ed25519:
		if len(key) != ed25519.PublicKeySize {
			return nil, errors.New("envelope: a public key of Ed25519 has 32 octets")
		}
		v.ed = ed25519.PublicKey(append([]byte(nil), key...))
	case P256:
		k, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key)
		if err != nil {
			return nil, errors.New("envelope: a public key of P-256 is an uncompressed point on the curve")
		}
		v.ec = k
	case HMAC:
		if len(key) != secretBytes {
			return nil, errors.New("envelope: a key of an HMAC has 32 octets")
		}
		v.secret = append([]byte(nil), key...)
	default:
		return nil, errors.New("envelope: unknown scheme")
	}
	return v, nil
}

// Scheme returns the scheme of the verifier.
func (v *Verifier) Scheme() Scheme { return v.scheme }

// Verify reports whether the signature is right.
func (v *Verifier) Verify(message, signature []byte) bool {
	if len(signature) != v.scheme.bytes() {
		return false
	}
	switch v.scheme {
	case Ed25519:
		return ed25519.Verify(v.ed, message, signature)
	case P256:
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		digest := sha256.Sum256(message)
		return lower(s) && ecdsa.Verify(v.ec, digest[:], r, s)
	case HMAC:
		return hmac.Equal(tag(v.secret, message), signature)
	}
	return false
}
