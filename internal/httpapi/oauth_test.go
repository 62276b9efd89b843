package httpapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/countersign-auth/countersign/internal/client"
)

const (
	formURL  = "application/x-www-form-urlencoded"
	endpoint = address + "/oauth/token"
)

// tokenRequest posts a form to the token endpoint.
func (w *world) tokenRequest(form url.Values, headers map[string]string) *response {
	w.Helper()
	if form.Get("grant_type") == "" {
		form.Set("grant_type", "client_credentials")
	}
	r := w.do(request{method: http.MethodPost, path: "/oauth/token", kind: formURL, body: form.Encode(), headers: headers})
	if r.head.Get("Cache-Control") != "no-store" {
		w.Errorf("%v may be cached", r)
	}
	return r
}

// oauthError fails unless the answer is that error (RFC 6749, section 5.2).
func (r *response) oauthError(status int, code string) *response {
	r.w.Helper()
	if r.status(status).value["error"] != code || r.text("error_description") == "" || r.head.Get("Content-Type") != "application/json" {
		r.w.Fatalf("%v; want the error %q", r, code)
	}
	return r
}

func TestSecretsGetTokens(t *testing.T) {
	each(t, func(w *world) {
		c, secret, err := w.clients.Create(w.Context(), by(), client.New{Name: "online banking", Scopes: client.CustomersRead | client.Authentications, Secret: true})
		w.must(err)
		id := c.ID.String()
		basic := func(secret string) map[string]string {
			return map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))}
		}
		w.tokenRequest(url.Values{}, basic(secret)).status(http.StatusOK).has(fields{"token_type": "Bearer", "expires_in": 600, "scope": "customers:read authentications"})
		got := w.tokenRequest(url.Values{"client_id": {id}, "client_secret": {secret}, "scope": {"authentications"}}, nil).status(http.StatusOK).has(fields{"scope": "authentications"})
		w.do(request{method: http.MethodPost, path: "/v1/authentications", token: got.text("access_token"), body: fields{"customer_number": "1", "purpose": "login", "channel": "web"}}).status(http.StatusCreated)
		w.do(request{method: http.MethodGet, path: "/v1/customers/1", token: got.text("access_token")}).problem(http.StatusForbidden, "client.scope")

		if r := w.tokenRequest(url.Values{}, basic("wrong")).oauthError(http.StatusUnauthorized, "invalid_client"); r.head.Get("WWW-Authenticate") == "" {
			t.Errorf("%v does not say how to authenticate", r)
		}
		w.tokenRequest(url.Values{"client_id": {id}, "client_secret": {"wrong"}}, nil).oauthError(http.StatusUnauthorized, "invalid_client")
		w.tokenRequest(url.Values{"client_id": {"nobody"}, "client_secret": {"wrong"}}, nil).oauthError(http.StatusUnauthorized, "invalid_client")
		w.tokenRequest(url.Values{}, nil).oauthError(http.StatusBadRequest, "invalid_request")
		w.tokenRequest(url.Values{"client_id": {id}, "client_secret": {secret}}, basic(secret)).oauthError(http.StatusBadRequest, "invalid_request")
		w.tokenRequest(url.Values{"scope": {"tokens:import"}}, basic(secret)).oauthError(http.StatusBadRequest, "invalid_scope")
		w.tokenRequest(url.Values{"scope": {"everything"}}, basic(secret)).oauthError(http.StatusBadRequest, "invalid_scope")
		w.tokenRequest(url.Values{"grant_type": {"password"}}, basic(secret)).oauthError(http.StatusBadRequest, "unsupported_grant_type")
		w.tokenRequest(url.Values{"scope": {"authentications", "authentications"}}, basic(secret)).oauthError(http.StatusBadRequest, "invalid_request")
		w.do(request{method: http.MethodPost, path: "/oauth/token?grant_type=client_credentials", kind: formURL, body: ""}).oauthError(http.StatusBadRequest, "invalid_request")
		w.do(request{method: http.MethodPost, path: "/oauth/token", body: fields{"grant_type": "client_credentials"}}).oauthError(http.StatusUnsupportedMediaType, "invalid_request")
		w.do(request{method: http.MethodPost, path: "/oauth/token", kind: formURL, body: url.Values{"scope": {string(make([]byte, 70_000))}}.Encode()}).oauthError(http.StatusRequestEntityTooLarge, "invalid_request")
		w.do(request{method: http.MethodPost, path: "/oauth/token", kind: formURL, body: "%zz"}).oauthError(http.StatusBadRequest, "invalid_request")

		w.advance(10*time.Minute + time.Second)
		w.do(request{method: http.MethodGet, path: "/v1/customers/1", token: got.text("access_token")}).problem(http.StatusUnauthorized, "client.token_expired")
		fresh := w.tokenRequest(url.Values{}, basic(secret)).text("access_token")
		w.do(request{method: http.MethodGet, path: "/v1/customers/1", token: fresh}).problem(http.StatusNotFound, "customer.unknown")
		w.must(w.clients.Disable(w.Context(), by(), c.ID))
		w.do(request{method: http.MethodGet, path: "/v1/customers/1", token: fresh}).problem(http.StatusUnauthorized, "client.token_invalid")
	})
}

// signed makes a client assertion with go-jose.
func signed(t testing.TB, key any, alg jose.SignatureAlgorithm, claims jwt.Claims) string {
	t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jwt.Signed(s).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// RFC 7523 from a client's side, with another implementation of JOSE.
func TestPrivateKeysGetTokens(t *testing.T) {
	each(t, func(w *world) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		w.must(err)
		set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Use: "sig", Algorithm: "ES256"}}})
		w.must(err)
		c, _, err := w.clients.Create(w.Context(), by(), client.New{Name: "online banking", Scopes: client.Authentications, Keys: set})
		w.must(err)
		claims := func(jti string) jwt.Claims {
			return jwt.Claims{
				Issuer: c.ID.String(), Subject: c.ID.String(), Audience: jwt.Audience{endpoint}, ID: jti,
				IssuedAt: jwt.NewNumericDate(w.clock.Now()), Expiry: jwt.NewNumericDate(w.clock.Now().Add(time.Minute)),
			}
		}
		ask := func(assertion string) *response {
			w.Helper()
			return w.tokenRequest(url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion}}, nil)
		}
		good := signed(t, key, jose.ES256, claims("1"))
		got := ask(good).status(http.StatusOK)
		w.do(request{method: http.MethodPost, path: "/v1/authentications", token: got.text("access_token"), body: fields{"customer_number": "1", "purpose": "login", "channel": "web"}}).status(http.StatusCreated)
		ask(good).oauthError(http.StatusUnauthorized, "invalid_client") // replayed

		elsewhere, late, none := claims("2"), claims("3"), claims("4")
		elsewhere.Audience = jwt.Audience{"https://other.example"}
		late.Expiry = jwt.NewNumericDate(w.clock.Now().Add(-time.Minute))
		stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		w.must(err)
		text, err := json.Marshal(none)
		w.must(err)
		unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(text) + "."
		for name, assertion := range map[string]string{
			"for another audience": signed(t, key, jose.ES256, elsewhere), "expired": signed(t, key, jose.ES256, late),
			"of a stranger": signed(t, stranger, jose.ES256, claims("5")), "unsigned": unsigned,
			"under the public key as a secret": signed(t, set, jose.HS256, claims("6")), "no JWT": "x.y.z", "empty": "",
		} {
			if r := ask(assertion); r.code != http.StatusUnauthorized || r.text("error") != "invalid_client" {
				t.Errorf("an assertion %s: %v", name, r)
			}
		}
	})
}
