package client

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/fault"
)

// algorithms are those of private_key_jwt; "none" and shared secrets are not.
var algorithms = []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256, jose.PS256}

const (
	maxKeys     = 8
	maxKeysText = 64 << 10 // bytes
)

// ParseKeys reads a JWK set (RFC 7517) of 1 to 8 public signature keys: P-256,
// Ed25519, or RSA of 2048 to 8192 bits. Empty text gives an empty set. Faults
// name the field /keys.
func ParseKeys(text []byte) (jose.JSONWebKeySet, error) {
	var set jose.JSONWebKeySet
	if len(text) == 0 {
		return set, nil
	}
	if len(text) > maxKeysText {
		return set, badKeys("The key set is larger than 64 KiB.")
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return jose.JSONWebKeySet{}, badKeys("The keys are not a JWK set (RFC 7517).").WithCause(err)
	}
	if len(set.Keys) == 0 || len(set.Keys) > maxKeys {
		return jose.JSONWebKeySet{}, badKeys("A key set has 1 to %d keys.", maxKeys)
	}
	for i := range set.Keys {
		if err := checkKey(&set.Keys[i]); err != nil {
			return jose.JSONWebKeySet{}, err
		}
	}
	return set, nil
}

func checkKey(k *jose.JSONWebKey) error {
	switch {
	case !k.IsPublic():
		return badKeys("A key is private or symmetric: send public keys only, and replace this one, for it is not secret any more.")
	case k.Use != "" && k.Use != "sig":
		return badKeys("A key is not for signatures (use).")
	case len(algorithmsFor(k)) == 0:
		return badKeys("A key is not P-256, Ed25519 or RSA of 2048 to 8192 bits, or names another algorithm.")
	}
	return nil
}

// algorithmsFor returns the algorithms that a key may be used with: those of
// its type, or the one that it names.
func algorithmsFor(k *jose.JSONWebKey) (fit []jose.SignatureAlgorithm) {
	switch pub := k.Key.(type) {
	case *ecdsa.PublicKey:
		if pub.Curve == elliptic.P256() {
			fit = []jose.SignatureAlgorithm{jose.ES256}
		}
	case ed25519.PublicKey:
		fit = []jose.SignatureAlgorithm{jose.EdDSA}
	case *rsa.PublicKey:
		if n := pub.N.BitLen(); n >= 2048 && n <= 8192 {
			fit = []jose.SignatureAlgorithm{jose.RS256, jose.PS256}
		}
	}
	if k.Algorithm == "" {
		return fit
	}
	for _, a := range fit {
		if string(a) == k.Algorithm {
			return []jose.SignatureAlgorithm{a}
		}
	}
	return nil
}

func formatKeys(set jose.JSONWebKeySet) (string, error) {
	if len(set.Keys) == 0 {
		return "", nil
	}
	b, err := json.Marshal(set)
	return string(b), err
}

func badKeys(detail string, args ...any) *fault.Error {
	return fault.Invalidf("client.keys", detail, args...).WithField("/keys")
}
