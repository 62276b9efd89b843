package envelope

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"errors"
)

// Suite is a choice of algorithms of HPKE (RFC 9180, section 7).
type Suite uint8

// The suites.
const (
	X25519 Suite = 1 // DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM
	Hybrid Suite = 2 // ML-KEM-768 with X25519, HKDF-SHA256, AES-256-GCM: the default, for places live long
)

// Suites lists all suites.
func Suites() []Suite { return []Suite{X25519, Hybrid} }

// String returns the word of configurations and documents.
func (s Suite) String() string {
	switch s {
	case X25519:
		return "x25519"
	case Hybrid:
		return "mlkem768-x25519"
	}
	return "unknown"
}

func (s Suite) known() bool { return s == X25519 || s == Hybrid }

func (s Suite) kem() hpke.KEM {
	if s == Hybrid {
		return hpke.MLKEM768X25519()
	}
	return hpke.DHKEM(ecdh.X25519())
}

func (s Suite) aead() hpke.AEAD {
	if s == Hybrid {
		return hpke.AES256GCM()
	}
	return hpke.AES128GCM()
}

// encBytes is the length of an encapsulated key.
func (s Suite) encBytes() int {
	if s == Hybrid {
		return 1120
	}
	return 32
}

// Lengths of public keys, by which their suite is known.
const (
	x25519Bytes = 32
	hybridBytes = 1216
)

// KeyID names a public key: the first 8 octets of SHA-256("countersign/v1 key" ‖ suite ‖ key).
type KeyID [8]byte

// PublicKey is a key that messages, or answers, are sealed to.
type PublicKey struct {
	suite Suite
	id    KeyID
	key   hpke.PublicKey
}

// ReadPublicKey reads a public key; its length says of which suite it is: 32 octets of [X25519], 1216 of [Hybrid]
// (the ML-KEM-768 key, then the X25519 key).
func ReadPublicKey(b []byte) (*PublicKey, error) {
	suite := X25519
	switch len(b) {
	case x25519Bytes:
	case hybridBytes:
		suite = Hybrid
	default:
		return nil, errors.New("envelope: a public key has 32 or 1216 octets")
	}
	k, err := suite.kem().NewPublicKey(b)
	if err != nil {
		return nil, errors.New("envelope: this is no public key")
	}
	return publicKey(suite, k), nil
}

func publicKey(s Suite, k hpke.PublicKey) *PublicKey {
	h := sha256.New()
	h.Write([]byte("countersign/v1 key"))
	h.Write([]byte{byte(s)})
	h.Write(k.Bytes())
	return &PublicKey{s, KeyID(h.Sum(nil)[:8]), k}
}

// Suite returns the suite of the key.
func (k *PublicKey) Suite() Suite { return k.suite }

// ID returns the name of the key.
func (k *PublicKey) ID() KeyID { return k.id }

// Bytes returns what [ReadPublicKey] reads.
func (k *PublicKey) Bytes() []byte { return k.key.Bytes() }

// PrivateKey opens what was sealed to its public key. It never prints itself.
type PrivateKey struct {
	public *PublicKey
	key    hpke.PrivateKey
}

// NewPrivateKey makes the key of a suite of 32 octets: what [PrivateKey.Bytes] gives, or new random ones.
func NewPrivateKey(s Suite, secret []byte) (*PrivateKey, error) {
	if !s.known() {
		return nil, ErrSuite
	}
	k, err := s.kem().NewPrivateKey(secret)
	if err != nil {
		return nil, errors.New("envelope: a private key has 32 octets")
	}
	return &PrivateKey{publicKey(s, k.PublicKey()), k}, nil
}

// Public returns the public key.
func (k *PrivateKey) Public() *PublicKey { return k.public }

// Bytes returns the 32 octets of the secret, for sealed storage.
func (k *PrivateKey) Bytes() ([]byte, error) { return k.key.Bytes() }

// String hides the key.
func (*PrivateKey) String() string { return "envelope.PrivateKey(hidden)" }

// GoString hides the key.
func (k *PrivateKey) GoString() string { return k.String() }
