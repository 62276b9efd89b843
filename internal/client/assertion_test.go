package client_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/ident"
)

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// rsaKey is made once: it is slow to make.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// key is a client's key pair.
type key struct {
	alg     jose.SignatureAlgorithm
	private crypto.Signer
	set     []byte // the JWK set with the public key
}

func newKey(w *world, alg jose.SignatureAlgorithm) *key {
	w.Helper()
	k := &key{alg: alg}
	var err error
	switch alg {
	case jose.ES256:
		k.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, k.private, err = ed25519.GenerateKey(rand.Reader)
	default:
		k.private, err = rsaKey()
	}
	if err != nil {
		w.Fatal(err)
	}
	k.set = jwks(w, jose.JSONWebKey{Key: k.private.Public(), KeyID: "one"})
	return k
}

func jwks(t testing.TB, keys ...jose.JSONWebKey) []byte {
	t.Helper()
	b, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sign makes an assertion of a client; change alters its claims.
func (k *key) sign(w *world, id ident.ID, change map[string]any) string {
	w.Helper()
	return signWith(w, k.alg, k.private, w.claims(id, change))
}

func (w *world) claims(id ident.ID, change map[string]any) map[string]any {
	now := w.clock.Now().Unix()
	c := map[string]any{"iss": id.String(), "sub": id.String(), "aud": endpoint, "iat": now, "exp": now + 60, "jti": rand.Text()}
	maps.Copy(c, change)
	return c
}

func signWith(w *world, alg jose.SignatureAlgorithm, k any, claims any) string {
	w.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: k}, nil)
	if err != nil {
		w.Fatal(err)
	}
	text, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		w.Fatal(err)
	}
	return text
}

func (w *world) assert(assertion string) (client.Token, error) {
	return w.Token(w.Context(), client.Request{Form: form("client_assertion_type", jwtBearer, "client_assertion", assertion)})
}

func TestAssertionsOfEveryAlgorithm(t *testing.T) {
	each(t, func(w *world) {
		for _, alg := range []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256, jose.PS256} {
			k := newKey(w, alg)
			c, _ := w.create(client.New{Keys: k.set})
			tok, err := w.assert(k.sign(w, c.ID, nil))
			if err != nil {
				w.Errorf("%s: %v", alg, err)
				continue
			}
			if a, err := w.Verify(tok.Access); err != nil || a.Client != c.ID {
				w.Errorf("%s: %+v, %v", alg, a, err)
			}
		}
	})
}

func TestAssertionsThatAreRefused(t *testing.T) {
	each(t, func(w *world) {
		k, other := newKey(w, jose.ES256), newKey(w, jose.ES256)
		c, _ := w.create(client.New{Keys: k.set})
		now := w.clock.Now().Unix()
		for name, change := range map[string]map[string]any{
			"other issuer":   {"iss": "x"},
			"other subject":  {"sub": ident.Derive("x").String()},
			"other audience": {"aud": "https://elsewhere.example"},
			"no audience":    {"aud": nil},
			"expired":        {"exp": now - 31},
			"too long":       {"exp": now + 331},
			"no exp":         {"exp": nil},
			"not yet":        {"nbf": now + 31},
			"from tomorrow":  {"iat": now + 31},
			"no jti":         {"jti": nil},
			"long jti":       {"jti": strings.Repeat("x", 257)},
		} {
			_, err := w.assert(k.sign(w, c.ID, change))
			if err == nil {
				w.Errorf("%s: accepted", name)
			} else {
				wantFault(w, err, "oauth.invalid_client")
			}
		}
		for name, text := range map[string]string{
			"other key":     other.sign(w, c.ID, nil),
			"shared secret": signWith(w, jose.HS256, []byte(strings.Repeat("k", 32)), w.claims(c.ID, nil)),
			"too large":     k.sign(w, c.ID, map[string]any{"x": strings.Repeat("x", 9000)}),
			"unsigned":      "eyJhbGciOiJub25lIn0." + strings.Split(k.sign(w, c.ID, nil), ".")[1] + ".",
		} {
			_, err := w.assert(text)
			if err == nil {
				w.Errorf("%s: accepted", name)
			} else {
				wantFault(w, err, "oauth.invalid_client")
			}
		}
		for name, change := range map[string]map[string]any{
			"plain":           nil,
			"issuer as aud":   {"aud": issuer},
			"list of aud":     {"aud": []string{"https://elsewhere.example", endpoint}},
			"clock behind":    {"iat": now + 29, "nbf": now + 29},
			"clock ahead":     {"exp": now - 29},
			"five minutes":    {"exp": now + 300},
			"with client_id ": {},
		} {
			if _, err := w.assert(k.sign(w, c.ID, change)); err != nil {
				w.Errorf("%s: %v", name, err)
			}
		}
	})
}

// A key that names its algorithm is used with no other.
func TestAKeyIsUsedWithItsOwnAlgorithm(t *testing.T) {
	each(t, func(w *world) {
		k := newKey(w, jose.PS256)
		c, _ := w.create(client.New{Keys: jwks(w, jose.JSONWebKey{Key: k.private.Public(), Algorithm: "PS256"})})
		if _, err := w.assert(k.sign(w, c.ID, nil)); err != nil {
			w.Error(err)
		}
		k.alg = jose.RS256
		_, err := w.assert(k.sign(w, c.ID, nil))
		wantFault(w, err, "oauth.invalid_client")
	})
}

// RFC 7523, section 3, item 7: a jti is used once, however many try at once.
func TestAssertionsAreUsedOnce(t *testing.T) {
	each(t, func(w *world) {
		k := newKey(w, jose.ES256)
		c, _ := w.create(client.New{Keys: k.set})
		same := k.sign(w, c.ID, nil)
		if n := parallel(16, func() bool { _, err := w.assert(same); return err == nil }); n != 1 {
			w.Errorf("one assertion gave %d tokens", n)
		}
		// For as long as it would be valid, and with the jti in another assertion too.
		jti := map[string]any{"jti": "again"}
		if _, err := w.assert(k.sign(w, c.ID, jti)); err != nil {
			w.Error(err)
		}
		w.clock.Advance(89 * time.Second)
		for _, text := range []string{same, k.sign(w, c.ID, jti)} {
			if _, err := w.Sweep(w.Context(), 100); err != nil {
				w.Error(err)
			}
			_, err := w.assert(text)
			wantFault(w, err, "oauth.invalid_client")
		}
	})
}

func TestKeySetsThatAreRefused(t *testing.T) {
	each(t, func(w *world) {
		k := newKey(w, jose.ES256)
		p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		if err != nil {
			w.Fatal(err)
		}
		public := jose.JSONWebKey{Key: k.private.Public()}
		nine := make([]jose.JSONWebKey, 9)
		for i := range nine {
			nine[i] = public
		}
		for name, set := range map[string][]byte{
			"rubbish":    []byte("x"),
			"no keys":    []byte(`{"keys":[]}`),
			"private":    jwks(w, jose.JSONWebKey{Key: k.private}),
			"symmetric":  jwks(w, jose.JSONWebKey{Key: []byte("0123456789abcdef")}),
			"P-384":      jwks(w, jose.JSONWebKey{Key: &p384.PublicKey}),
			"encryption": jwks(w, jose.JSONWebKey{Key: k.private.Public(), Use: "enc"}),
			"other alg":  jwks(w, jose.JSONWebKey{Key: k.private.Public(), Algorithm: "RS256"}),
			"nine":       jwks(w, nine...),
			"too large":  []byte(`{"keys":[],"x":"` + strings.Repeat("x", 65<<10) + `"}`),
		} {
			_, _, err := w.Create(w.Context(), cli, client.New{Name: name, Scopes: client.Authentications, Keys: set})
			if err == nil {
				w.Errorf("%s: accepted", name)
				continue
			}
			wantFault(w, err, "client.keys")
		}
	})
}
