package mobiletoken

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

var b64 = base64.RawURLEncoding

// NewDeviceKey makes the key by which a phone signs its requests, in PKCS #8.
func NewDeviceKey() ([]byte, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKCS8PrivateKey(k)
}

// publicJWK is the public half of a device key as a JWK (RFC 7517).
func publicJWK(private []byte) (map[string]string, error) {
	k, err := deviceKey(private)
	if err != nil {
		return nil, err
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	return map[string]string{"kty": "EC", "crv": "P-256", "x": b64.EncodeToString(point[1:33]), "y": b64.EncodeToString(point[33:])}, nil
}

func deviceKey(private []byte) (*ecdsa.PrivateKey, error) {
	k, err := x509.ParsePKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	key, ok := k.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("mobiletoken: a device key of type %T", k)
	}
	return key, nil
}

// proof signs a request (header Token-Proof): method, address without query, time, a random
// name and the body.
func (t *Token) proof(random io.Reader, method, address string, body []byte, now time.Time) (string, error) {
	name := make([]byte, 16)
	if _, err := io.ReadFull(random, name); err != nil {
		return "", err
	}
	sum := sha256.Sum256(body)
	return Sign(t.Device, map[string]string{"typ": "token-proof+jwt", "alg": "ES256", "kid": t.ID}, map[string]any{
		"htm": method, "htu": address, "iat": now.Unix(), "jti": b64.EncodeToString(name), "bh": b64.EncodeToString(sum[:]),
	})
}

// Sign makes a compact JWS (RFC 7515) with ES256, by a private key in PKCS #8.
func Sign(private []byte, header, payload any) (string, error) {
	k, err := deviceKey(private)
	if err != nil {
		return "", err
	}
	h, err1 := json.Marshal(header)
	p, err2 := json.Marshal(payload)
	if err1 != nil || err2 != nil {
		return "", fmt.Errorf("mobiletoken: %w, %w", err1, err2)
	}
	signed := b64.EncodeToString(h) + "." + b64.EncodeToString(p)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return signed + "." + b64.EncodeToString(signature), nil
}
