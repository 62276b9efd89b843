package tokenserver

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

const (
	// proofHeader has the signature of a request.
	proofHeader = "Token-Proof"
	// proofType is the typ of its header (RFC 8725, section 3.11).
	proofType = "token-proof+jwt"
	// maxProof bounds it, in bytes, and clockSlack how far a phone's clock may be off.
	maxProof   = 2048
	clockSlack = 300 * time.Second
)

// Proof is what a phone signs of a request.
type Proof struct {
	Method  string `json:"htm"`
	Address string `json:"htu"` // in full, without query
	At      int64  `json:"iat"` // seconds since 1970
	Name    string `json:"jti"` // 16 random bytes in base64url
	Body    string `json:"bh"`  // SHA-256 of the body in base64url; of nothing when there is none
}

// header is that of the JWS.
type header struct {
	Type      string `json:"typ"`
	Algorithm string `json:"alg"`
	KeyID     string `json:"kid"`
}

// unknown is the one answer to all that is wrong with a signed request.
func unknown() error {
	return &refusal{fault: fault.Deniedf("token.unknown", "The request is not signed by the phone of a token in use. If the token was archived or is on another phone, take it off this one."), status: http.StatusUnauthorized}
}

// holder is the phone that signed a request. What is wrong is not told, but for the clock.
func (s *Server) holder(ctx context.Context, c *call) (h mobiletoken.Holder, err error) {
	head, p, signed, signature, ok := parseProof(c.Header.Values(proofHeader))
	h, found, err := s.Tokens.Holder(ctx, head.KeyID)
	if err != nil {
		return h, err
	}
	// A key that nobody has is verified too, with a key that is everybody's: the work
	// is the same.
	key := h.DeviceKey
	if !found {
		key = s.nobody
	}
	right := verify(key, signed, signature)
	same := p.Method == c.Method && c.URL.RawQuery == "" && !c.URL.ForceQuery && p.Address == s.URL+c.URL.EscapedPath() && random(p.Name) &&
		p.Body == hash(c.body)
	if !ok || !found || !right || !same {
		return h, unknown()
	}
	now := s.Now()
	if off := now.Sub(time.Unix(p.At, 0)); off > clockSlack || off < -clockSlack {
		return h, &refusal{
			fault:  fault.Deniedf("token.clock", "The phone's clock is wrong. Take the server's time from the member now, and send the request again."),
			status: http.StatusUnauthorized, now: now,
		}
	}
	return h, s.admit(ctx, c, h, p)
}

// hash is what a phone signs of a body.
func hash(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// random tells whether a text can be the name of a request: 16 bytes in base64url.
func random(name string) bool {
	b, err := base64.RawURLEncoding.Strict().DecodeString(name)
	return err == nil && len(b) == 16
}

// admit takes a request that changes something once, and none of a blocked token.
func (s *Server) admit(ctx context.Context, c *call, h mobiletoken.Holder, p Proof) error {
	if c.Method != http.MethodGet {
		fresh, err := s.Tokens.Once(ctx, h.KeyID, p.Name, time.Unix(p.At, 0).Add(clockSlack+time.Second))
		if err != nil {
			return err
		}
		if !fresh {
			return unknown()
		}
	}
	if h.Status == mobiletoken.Blocked {
		return fault.Deniedf("token.blocked", "The token is blocked. Enable it with another token of yours, or call the bank.")
	}
	if !h.Live() {
		return unknown()
	}
	return nil
}

// nobody is the public key whose private one is 1.
func nobody() ([]byte, error) {
	one := make([]byte, 32)
	one[31] = 1
	k, err := ecdh.P256().NewPrivateKey(one)
	if err != nil {
		return nil, err
	}
	return k.PublicKey().Bytes(), nil
}

// parseProof takes the header apart; what is signed is there whatever ok says.
func parseProof(values []string) (h header, p Proof, signed string, signature []byte, ok bool) {
	if len(values) != 1 || len(values[0]) > maxProof {
		return h, p, "", nil, false
	}
	part := strings.Split(values[0], ".")
	if len(part) != 3 {
		return h, p, "", nil, false
	}
	signed = part[0] + "." + part[1]
	head, err1 := segment[header](part[0])
	claims, err2 := segment[Proof](part[1])
	signature, err3 := base64.RawURLEncoding.Strict().DecodeString(part[2])
	ok = err1 == nil && err2 == nil && err3 == nil && head.Type == proofType && head.Algorithm == "ES256"
	return head, claims, signed, signature, ok
}

// segment reads one part of a JWS, strictly.
func segment[T any](s string) (out T, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return out, err
	}
	return decode[T](raw)
}

// verify checks an ES256 signature (RFC 7518, section 3.4).
func verify(point []byte, signed string, signature []byte) bool {
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return false
	}
	if len(signature) != 64 {
		signature = make([]byte, 64)
		signature[31], signature[63] = 1, 1
	}
	sum := sha256.Sum256([]byte(signed))
	return ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

// publicKey reads the JWK of a device key (RFC 7517) as an uncompressed point. Members that
// say nothing of the point are passed over; a private key is refused, so that an error of
// an app is found.
func publicKey(jwk json.RawMessage) ([]byte, error) {
	var k struct{ Kty, Crv, X, Y, D string }
	bad := fault.Invalidf("token.device_key", "The device key must be the JWK of a public key: kty EC, crv P-256, x and y; d must not be there.").WithField("/device_key")
	if json.Unmarshal(jwk, &k) != nil || k.Kty != "EC" || k.Crv != "P-256" || k.D != "" {
		return nil, bad
	}
	point := []byte{4}
	for _, c := range []string{k.X, k.Y} {
		b, err := base64.RawURLEncoding.Strict().DecodeString(c)
		if err != nil || len(b) != 32 {
			return nil, bad
		}
		point = append(point, b...)
	}
	return point, nil
}
