package evidence

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/payment"
)

// Bounds of what is verified, in bytes.
const (
	maxAssertion = 1 << 20
	maxKeySet    = 1 << 20
)

// strict refuses the second text that the same bytes can have.
var strict = base64.RawURLEncoding.Strict()

// ParseKeySet reads a JWK set as it was published (RFC 7517, section 5). Keys that are not
// for ES256 signatures are left out; a set without any is a fault.
func ParseKeySet(text []byte) (set jose.JSONWebKeySet, err error) {
	if len(text) > maxKeySet {
		return set, fault.Invalidf("evidence.key_set", "The key set is larger than 1 MiB.")
	}
	var all jose.JSONWebKeySet
	if err := json.Unmarshal(text, &all); err != nil {
		return set, fault.Invalidf("evidence.key_set", "The key set is not a JWK set (RFC 7517).").WithCause(err)
	}
	for _, k := range all.Keys {
		if pub, ok := k.Public().Key.(*ecdsa.PublicKey); ok && pub.Curve == elliptic.P256() && (k.Use == "" || k.Use == "sig") && (k.Algorithm == "" || k.Algorithm == string(jose.ES256)) {
			set.Keys = append(set.Keys, publicJWK(pub, k.KeyID))
		}
	}
	if len(set.Keys) == 0 {
		return set, fault.Invalidf("evidence.key_set", "The key set has no key for ES256 signatures.")
	}
	return set, nil
}

// header is that of an assertion; it has nothing else.
type header struct {
	Algorithm string `json:"alg"`
	KID       string `json:"kid"`
	Type      string `json:"typ"`
}

// Verify checks an assertion with the keys of set alone and returns what it says and which
// key signed it. Claims that it does not know, of a later version, are let be. Faults of
// kind Invalid say what is wrong: "evidence.malformed", "evidence.algorithm",
// "evidence.type", "evidence.key", "evidence.signature", "evidence.claims",
// "evidence.payment". Whom it was made for, and when, is for the caller to judge.
func Verify(text string, set jose.JSONWebKeySet) (c Claims, kid string, err error) {
	payload, kid, err := opened(text, Type, set)
	if err != nil {
		return c, "", err
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		return Claims{}, "", fault.Invalidf("evidence.claims", "The signature is good, but the claims are not those of an assertion.").WithCause(err)
	}
	if err := c.check(); err != nil {
		return Claims{}, "", err
	}
	return c, kid, nil
}

// opened checks the signature of a JWS of a type, and returns what was signed and by which key.
func opened(text, typ string, set jose.JSONWebKeySet) (payload []byte, kid string, err error) {
	head, payload, err := split(text, typ)
	if err != nil {
		return nil, "", err
	}
	k, err := find(head, set)
	if err != nil {
		return nil, "", err
	}
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, "", malformed("its parts do not make a JWS").WithCause(err)
	}
	signed, err := jws.Verify(k)
	if err != nil || !bytes.Equal(signed, payload) {
		return nil, "", fault.Invalidf("evidence.signature", "The signature does not fit: the assertion was changed after it was signed, or another key has the kid %q.", head.KID)
	}
	return payload, head.KID, nil
}

// split takes an assertion apart and reads its header.
func split(text, want string) (h header, payload []byte, err error) {
	if len(text) > maxAssertion {
		return h, nil, malformed("it is larger than 1 MiB")
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return h, nil, malformed("a JWS in compact form has three parts with points between")
	}
	var decoded [3][]byte
	for i, p := range parts {
		if decoded[i], err = strict.DecodeString(p); err != nil || strings.ContainsAny(p, "\r\n") {
			return h, nil, malformed("a part is not base64url without padding").WithCause(err)
		}
	}
	var wide map[string]any
	if err := json.Unmarshal(decoded[0], &wide); err != nil {
		return h, nil, malformed("its header is not a JSON object").WithCause(err)
	}
	if alg, _ := wide["alg"].(string); alg != string(jose.ES256) {
		return h, nil, fault.Invalidf("evidence.algorithm", "The assertion says that its algorithm is %.20q. Only ES256 is taken; whatever else was not signed by Countersign.", alg)
	}
	if typ, _ := wide["typ"].(string); typ != want {
		return h, nil, fault.Invalidf("evidence.type", "This is a token of the type %.60q: what is looked for has the type %q.", typ, want)
	}
	if err := exact(decoded[0], &h); err != nil {
		return h, nil, malformed("its header has more than alg, kid and typ").WithCause(err)
	}
	return h, decoded[1], nil
}

func find(h header, set jose.JSONWebKeySet) (*ecdsa.PublicKey, error) {
	for _, k := range set.Keys {
		if pub, ok := k.Key.(*ecdsa.PublicKey); ok && k.KeyID == h.KID {
			return pub, nil
		}
	}
	return nil, fault.Invalidf("evidence.key", "The key set has no key with the kid %.60q. Use the set that was published when the assertion was made, or a later one of the same installation.", h.KID)
}

// exact reads JSON that must have the fields of v and no others, each once.
func exact(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// check verifies what claims say about each other.
func (c Claims) check() error {
	switch {
	case c.Issuer == "" || c.Audience == "" || c.Subject == "" || c.ID == "" || c.Txn == "" || c.IssuedAt == 0 || c.AuthTime == 0 || len(c.Methods) == 0:
		return fault.Invalidf("evidence.claims", "The signature is good, but claims of an assertion are missing.")
	case (c.Payment == nil) != (c.PaymentHash == ""):
		return fault.Invalidf("evidence.payment", "The assertion has a payment without its hash, or a hash without its payment.")
	case c.Payment == nil || len(c.Payment.Orders) == 0 && c.Payment.Count > MaxOrders:
		return nil
	}
	p, err := payment.New(c.Payment.Orders...)
	if err != nil || p.Hash().String() != c.PaymentHash || p.Total().Decimal() != c.Payment.Amount || string(p.Total().Currency) != c.Payment.Currency || p.Len() != c.Payment.Count {
		return fault.Invalidf("evidence.payment", "The signature is good, but the payment's orders, total and hash do not belong together.").WithCause(err)
	}
	return nil
}

func malformed(why string) *fault.Error {
	return fault.Invalidf("evidence.malformed", "This is not an assertion: %s.", why)
}
