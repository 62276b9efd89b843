package pki

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring"
)

// Algorithm of an authority's key.
type Algorithm string

// Algorithms.
const (
	P256    Algorithm = "ecdsa-p256"
	P384    Algorithm = "ecdsa-p384"
	RSA3072 Algorithm = "rsa-3072"
)

// Vault keeps the private keys of the authority. [RingVault] seals them in the database; one
// over PKCS #11 keeps them in a device, and what it hands out are names.
type Vault interface {
	// Make makes a key pair. The handle is stored in the row with the id, and opens it again.
	Make(ctx context.Context, id ident.ID, a Algorithm) (handle []byte, public crypto.PublicKey, err error)
	// Signer returns the key of a handle.
	Signer(ctx context.Context, id ident.ID, handle []byte) (crypto.Signer, error)
}

// RingVault keeps keys sealed by the keyring.
type RingVault struct{ Ring *keyring.Ring }

// privateLabel is the label of sealed private keys.
const privateLabel = "pki.private"

// Make implements Vault. Keys are made from the system's randomness: the standard library takes
// no other.
func (v RingVault) Make(_ context.Context, id ident.ID, a Algorithm) ([]byte, crypto.PublicKey, error) {
	key, err := MakeKey(a)
	if err != nil {
		return nil, nil, err
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("pki: %w", err)
	}
	defer clear(plain)
	return v.Ring.Seal(privateLabel, id, plain), key.Public(), nil
}

// Signer implements Vault.
func (v RingVault) Signer(_ context.Context, id ident.ID, handle []byte) (crypto.Signer, error) {
	plain, err := v.Ring.Open(privateLabel, id, handle)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	parsed, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, fmt.Errorf("pki: %w", err)
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, errors.New("pki: a key that cannot sign")
	}
	return key, nil
}

// MakeKey makes a key pair in memory.
func MakeKey(a Algorithm) (key crypto.Signer, err error) {
	switch a {
	case P256, "":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case P384:
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case RSA3072:
		const bits = 3072
		key, err = rsa.GenerateKey(rand.Reader, bits)
	default:
		return nil, fmt.Errorf("pki: no key algorithm %q", a)
	}
	return key, err
}

// Columns lists the sealed columns of this package, for the rotation of keys.
func Columns() []keyring.Column {
	return []keyring.Column{{Label: privateLabel, Table: "pki_authority", Key: []string{"id"}, Column: "private"}}
}
