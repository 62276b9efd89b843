package webpush

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"time"
)

// MaxTokenLife is how far in the future a token may run out (RFC 8292, section 2).
const MaxTokenLife = 24 * time.Hour

// maxAuthorization bounds the header field, in bytes.
const maxAuthorization = 4096

// Errors of an identification. A push service answers the first with 401 and the others
// with 403 (RFC 8292, section 4.2).
var (
	ErrNotIdentified = errors.New("webpush: there is no VAPID identification")
	ErrToken         = errors.New("webpush: the VAPID token is malformed or its signature does not verify")
	ErrAudience      = errors.New("webpush: the VAPID token is for another push service")
	ErrExpired       = errors.New("webpush: the VAPID token has run out, or runs out in more than a day")
)

// Claims are what an application server says of itself (RFC 8292, section 2).
type Claims struct {
	Audience string    // origin of the push service
	Expires  time.Time // whole seconds, within MaxTokenLife
	Subject  string    // mailto: or https: address of somebody who can be told of trouble; may be empty
}

// claims is their form in a token.
type claims struct {
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
	Subject  string `json:"sub,omitempty"`
}

// tokenHeader is the whole header of tokens that Sign writes.
var tokenHeader = text.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`))

// Sign returns the value of the header field Authorization (RFC 8292, section 3). The
// key must be of the curve P-256.
func Sign(key *ecdsa.PrivateKey, c Claims) (string, error) {
	if key.Curve != elliptic.P256() {
		return "", errors.New("webpush: VAPID keys are of the curve P-256")
	}
	payload, err := json.Marshal(claims{c.Audience, c.Expires.Unix(), c.Subject})
	if err != nil {
		return "", err
	}
	signed := tokenHeader + "." + text.EncodeToString(payload)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		return "", err
	}
	var signature [64]byte
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	public, err := FormatKey(&key.PublicKey)
	if err != nil {
		return "", err
	}
	return "vapid t=" + signed + "." + text.EncodeToString(signature[:]) + ", k=" + public, nil
}

// FormatKey writes a public key as subscriptions and header fields have it: an uncompressed
// point in base64url (RFC 8292, section 3.2).
func FormatKey(key *ecdsa.PublicKey) (string, error) {
	point, err := key.Bytes()
	return text.EncodeToString(point), err
}

// ParseKey reads a public key as FormatKey writes it.
func ParseKey(s string) (*ecdsa.PublicKey, error) {
	point, err := text.DecodeString(s)
	if err != nil {
		return nil, ErrToken
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, ErrToken
	}
	return key, nil
}

// Verify reads and checks the value of the header field Authorization at a push service with
// the given origin, at the moment now. It returns the claims, and the key that signed them as
// FormatKey writes it. Errors are those of this file.
func Verify(authorization, origin string, now time.Time) (c Claims, key string, err error) {
	token, key, err := parameters(authorization)
	if err != nil {
		return c, "", err
	}
	public, err := ParseKey(key)
	if err != nil {
		return c, "", err
	}
	if c, err = open(token, public); err != nil {
		return c, "", err
	}
	switch {
	case c.Audience != origin:
		return c, key, ErrAudience
	case !c.Expires.After(now) || c.Expires.After(now.Add(MaxTokenLife)):
		return c, key, ErrExpired
	}
	return c, key, nil
}

// parameters reads "vapid t=TOKEN, k=KEY"; others are passed over (RFC 8292, section 3).
func parameters(authorization string) (token, key string, err error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(authorization), " ")
	if !strings.EqualFold(scheme, "vapid") {
		return "", "", ErrNotIdentified
	}
	if len(authorization) > maxAuthorization {
		return "", "", ErrToken
	}
	seen := map[string]string{}
	for p := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(p), "=")
		name = strings.ToLower(name)
		if _, twice := seen[name]; !ok || twice {
			return "", "", ErrToken
		}
		seen[name] = value
	}
	return seen["t"], seen["k"], nil
}

// open checks the signature of a token and reads its claims.
func open(token string, key *ecdsa.PublicKey) (c Claims, err error) {
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 {
		return c, ErrToken
	}
	header, payload, ok := strings.Cut(token[:dot], ".")
	var h struct {
		Algorithm string `json:"alg"`
	}
	var p claims
	signature, err := text.DecodeString(token[dot+1:])
	if !ok || err != nil || len(signature) != 64 || !part(header, &h) || h.Algorithm != "ES256" || !part(payload, &p) {
		return c, ErrToken
	}
	digest := sha256.Sum256([]byte(token[:dot]))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(key, digest[:], r, s) {
		return c, ErrToken
	}
	return Claims{p.Audience, time.Unix(p.Expires, 0).UTC(), p.Subject}, nil
}

// part reads a part of a token.
func part(s string, into any) bool {
	data, err := text.DecodeString(s)
	return err == nil && json.Unmarshal(data, into) == nil
}

// Origin returns the origin of an endpoint, which is the audience of tokens for it (RFC 6454,
// section 6.1): the port stands only where it is not the scheme's own.
func Origin(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", errors.New("webpush: the endpoint is not an address") // its error would quote it, and it is a secret
	}
	host := strings.ToLower(u.Host)
	if p := u.Port(); p == "" || u.Scheme == "https" && p == "443" || u.Scheme == "http" && p == "80" {
		host = strings.TrimSuffix(host, ":"+p)
	}
	return fmt.Sprintf("%s://%s", u.Scheme, host), nil
}
