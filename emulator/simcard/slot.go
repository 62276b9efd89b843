package simcard

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/countersign-auth/countersign/ota/applet"
)

// Tries that a person has.
const (
	pinTries = 3
	pukTries = 10
)

// iterations of PBKDF2: a moment for a person, and a nuisance for whoever has the file.
const iterations = 100_000

// errWrong says that a PIN or PUK is not the right one.
var errWrong = errors.New("simcard: wrong PIN or PUK")

// Slot is where a role's key lies; empty at first.
type Slot struct {
	Algorithm applet.Algorithm `json:"algorithm,omitempty"`
	Public    Hex              `json:"public,omitempty"`
	Key       Hex              `json:"key,omitempty"`    // the private key, PKCS #8, under a random key
	Salt      Hex              `json:"salt,omitempty"`   // of the PIN
	ByPIN     Hex              `json:"by_pin,omitempty"` // the random key under the PIN
	ByPUK     Hex              `json:"by_puk,omitempty"` // and to the PUK's public key
	Tries     int              `json:"tries,omitempty"`
}

// PUKLock opens a slot without its PIN.
type PUKLock struct {
	Salt   Hex `json:"salt"`
	Public Hex `json:"public"` // X25519; the private half follows from the PUK
	Tries  int `json:"tries"`
}

// stretched is a key from a PIN or PUK.
func stretched(secret string, salt []byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, secret, salt, iterations, 32)
}

func newPUKLock(random io.Reader, puk string) (PUKLock, error) {
	l := PUKLock{Salt: make([]byte, 16), Tries: pukTries}
	if _, err := io.ReadFull(random, l.Salt); err != nil {
		return l, err
	}
	k, err := l.private(puk)
	if err != nil {
		return l, err
	}
	l.Public = k.PublicKey().Bytes()
	return l, nil
}

func (l PUKLock) private(puk string) (*ecdh.PrivateKey, error) {
	b, err := stretched(puk, l.Salt)
	if err != nil {
		return nil, err
	}
	return ecdh.X25519().NewPrivateKey(b)
}

// label binds what is sealed to the card and the role.
func (m *Memory) label(r applet.Role) []byte { return fmt.Appendf(nil, "simcard %s %s", m.ICCID, r) }

// fill puts a new key into a slot, with its PIN.
func (m *Memory) fill(random io.Reader, r applet.Role, a applet.Algorithm, pin string) (crypto.Signer, error) {
	signer, public, err := newKey(a)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		return nil, err
	}
	inner := make([]byte, 32)
	if _, err := io.ReadFull(random, inner); err != nil {
		return nil, err
	}
	s := Slot{Algorithm: a, Public: public, Salt: make([]byte, 16), Tries: pinTries}
	if s.Key, err = seal(random, inner, der, m.label(r)); err != nil {
		return nil, err
	}
	if s.ByPUK, err = m.PUK.seal(inner, m.label(r)); err != nil {
		return nil, err
	}
	if err := s.setPIN(random, pin, inner, m.label(r)); err != nil {
		return nil, err
	}
	*m.slot(r) = s
	return signer, nil
}

// setPIN seals the slot's random key under a PIN.
func (s *Slot) setPIN(random io.Reader, pin string, inner, label []byte) error {
	if _, err := io.ReadFull(random, s.Salt); err != nil {
		return err
	}
	k, err := stretched(pin, s.Salt)
	if err != nil {
		return err
	}
	s.ByPIN, err = seal(random, k, inner, label)
	return err
}

// open gets the private key by a PIN; errWrong when it is another.
func (m *Memory) open(r applet.Role, pin string) (crypto.Signer, error) {
	s := m.slot(r)
	k, err := stretched(pin, s.Salt)
	if err != nil {
		return nil, err
	}
	inner, err := unseal(k, s.ByPIN, m.label(r))
	if err != nil {
		return nil, errWrong
	}
	der, err := unseal(inner, s.Key, m.label(r))
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errMemory
	}
	return signer, nil
}

// reset gives a slot a new PIN by what opened with the PUK.
func (m *Memory) reset(random io.Reader, r applet.Role, inner []byte, pin string) error {
	s := m.slot(r)
	s.Salt = make([]byte, 16)
	if err := s.setPIN(random, pin, inner, m.label(r)); err != nil {
		return err
	}
	s.Tries = pinTries
	return nil
}

// byPUK gets a slot's random key by the PUK; errWrong when it is another.
func (m *Memory) byPUK(r applet.Role, puk string) ([]byte, error) {
	k, err := m.PUK.private(puk)
	if err != nil {
		return nil, err
	}
	if string(k.PublicKey().Bytes()) != string(m.PUK.Public) {
		return nil, errWrong
	}
	private, err := hpke.NewDHKEMPrivateKey(k)
	if err != nil {
		return nil, err
	}
	return hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), m.label(r), m.slot(r).ByPUK)
}

func (l PUKLock) seal(inner, label []byte) ([]byte, error) {
	k, err := ecdh.X25519().NewPublicKey(l.Public)
	if err != nil {
		return nil, err
	}
	public, err := hpke.NewDHKEMPublicKey(k)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), label, inner)
}

// newKey makes a pair, and its public half as the answer has it.
func newKey(a applet.Algorithm) (crypto.Signer, []byte, error) {
	if a == applet.RSA2048 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, nil, err
		}
		return k, k.N.FillBytes(make([]byte, 256)), nil
	}
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	point, err := k.PublicKey.Bytes()
	return k, point, err
}

func seal(random io.Reader, key, plain, label []byte) ([]byte, error) {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, a.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, err
	}
	return a.Seal(nonce, nonce, plain, label), nil
}

func unseal(key, sealed, label []byte) ([]byte, error) {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	if len(sealed) < a.NonceSize() {
		return nil, errMemory
	}
	return a.Open(nil, sealed[:a.NonceSize()], sealed[a.NonceSize():], label)
}

// clone is a copy that shares nothing.
func (m *Memory) clone() (*Memory, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	out := &Memory{}
	return out, json.Unmarshal(b, out)
}
