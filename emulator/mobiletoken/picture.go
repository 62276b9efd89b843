package mobiletoken

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
)

// ErrPicture says that a picture is not signed by the bank.
var ErrPicture = errors.New("mobiletoken: the picture is not one of the bank's")

// ReadPicture verifies what a picture says, a compact JWS, by the keys of the bank that the phone
// kept when it was last online, and returns the content to be shown and signed.
func (t *Token) ReadPicture(picture string) (content string, err error) {
	part := strings.Split(picture, ".")
	if len(part) != 3 {
		return "", ErrPicture
	}
	head, err1 := b64.Strict().DecodeString(part[0])
	payload, err2 := b64.Strict().DecodeString(part[1])
	signature, err3 := b64.Strict().DecodeString(part[2])
	var h struct{ Typ, Alg, Kid string }
	if err1 != nil || err2 != nil || err3 != nil || json.Unmarshal(head, &h) != nil || h.Typ != "token-picture+jwt" || h.Alg != "ES256" || len(signature) != 64 {
		return "", ErrPicture
	}
	key, found := pictureKey(t.Pictures, h.Kid)
	sum := sha256.Sum256([]byte(part[0] + "." + part[1]))
	if !found || !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "", ErrPicture
	}
	if _, err := ParseContent(string(payload)); err != nil {
		return "", err
	}
	return string(payload), nil
}

// pictureKey finds a key in a JWK set.
func pictureKey(set []byte, kid string) (*ecdsa.PublicKey, bool) {
	var all struct {
		Keys []struct{ Kty, Crv, Kid, X, Y string }
	}
	if json.Unmarshal(set, &all) != nil {
		return nil, false
	}
	for _, k := range all.Keys {
		if k.Kid != kid || k.Kty != "EC" || k.Crv != "P-256" {
			continue
		}
		x, err1 := b64.DecodeString(k.X)
		y, err2 := b64.DecodeString(k.Y)
		if err1 != nil || err2 != nil || len(x) != 32 || len(y) != 32 {
			continue
		}
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
		return key, err == nil
	}
	return nil, false
}
