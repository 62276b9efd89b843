package httpapi_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/client"
)

// asserted verifies an assertion by hand with the key set that the server publishes,
// and returns its claims.
func (w *world) asserted(text string) fields {
	w.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		w.Fatalf("not a JWS: %q", text)
	}
	decode := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		w.must(err)
		return b
	}
	var head struct{ Alg, Kid, Typ string }
	w.must(json.Unmarshal(decode(parts[0]), &head))
	sig, digest := decode(parts[2]), sha256.Sum256([]byte(parts[0]+"."+parts[1]))
	keys, _ := w.do(request{method: http.MethodGet, path: "/.well-known/jwks.json", token: "-"}).status(http.StatusOK).value["keys"].([]any)
	good := false
	for _, k := range keys {
		k := k.(fields)
		if k["kid"] != head.Kid || head.Alg != "ES256" || head.Typ != "countersign-assertion+jwt" {
			continue
		}
		pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, decode(k["x"].(string)), decode(k["y"].(string))))
		w.must(err)
		good = ecdsa.Verify(pub, digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
	}
	if !good {
		w.Fatalf("no published key verifies %s: %v", text, keys)
	}
	var claims fields
	w.must(json.Unmarshal(decode(parts[1]), &claims))
	return claims
}

// TestAssertionOfALogin: the answer that lets a customer in has none; the bank gets
// it when it asks, and again as often as it asks.
func TestAssertionOfALogin(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		granted := w.login("10023", hotp("7700001", 1)).status(http.StatusCreated).has(fields{"state": "granted", "assertion": nil})
		at := "/v1/authentications/" + granted.text("authentication") + "/assertion"
		first := w.post(at, fields{}).status(http.StatusOK)
		claims := w.asserted(first.text("assertion"))
		want := fields{
			"iss": address, "sub": "10023", "txn": granted.text("authentication"), "purpose": "login", "channel": "web", "acr": "urn:countersign:acr:single", "policy_version": 0.0,
			"amr": []any{"otp"}, "methods": []any{fields{"policy": "secure-code", "method": "token", "use": "code", "factors": []any{"possession"}, "device": "7700001"}},
		}
		for name, v := range want {
			if d := cmp.Diff(v, claims[name]); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		if claims["aud"] != claims["client_id"] || claims["payment"] != nil || claims["payment_hash"] != nil {
			t.Errorf("%v", claims)
		}
		w.get("/v1/audit/records?kind=evidence.issued").first("records", fields{"object": claims["record"], "actor": "client:" + claims["client_id"].(string)})

		w.clock.Advance(5 * time.Minute) // the access token still lives
		w.must(w.clients.Refresh(t.Context()))
		again := w.asserted(w.post(at, fields{}).status(http.StatusOK).text("assertion"))
		if again["iat"].(float64)-claims["iat"].(float64) != 300 {
			t.Errorf("issued at %v and %v", claims["iat"], again["iat"])
		}
		again["iat"] = claims["iat"]
		if d := cmp.Diff(claims, again); d != "" {
			t.Errorf("asked again: %s", d)
		}
		if archived := w.asserted(w.post(at, fields{"audience": "archive.bank.example"}).status(http.StatusOK).text("assertion")); archived["aud"] != "archive.bank.example" || archived["jti"] == claims["jti"] {
			t.Errorf("for the archive: %v", archived)
		}
	})
}

// TestNothingToAssert: what was not granted is not asserted, neither is what belongs to
// another client.
func TestNothingToAssert(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		open := w.post("/v1/authentications", fields{"customer_number": "10023", "purpose": "login", "channel": "web"}).text("authentication")
		at := func(handle string) string { return "/v1/authentications/" + handle + "/assertion" }
		w.post(at(open), fields{}).problem(http.StatusConflict, "evidence.not_granted")
		refused := w.login("10023", "000000").text("authentication")
		w.post(at(refused), fields{}).problem(http.StatusConflict, "evidence.not_granted")
		granted := w.login("10023", hotp("7700001", 1)).has(fields{"state": "granted"}).text("authentication")
		other := map[bool]string{true: "B", false: "A"}[granted[0] == 'A']
		w.post(at(other+granted[1:]), fields{}).problem(http.StatusNotFound, "authentication.unknown")
		w.do(request{method: http.MethodPost, path: at(granted), body: fields{}, scopes: client.EvidenceRead}).problem(http.StatusNotFound, "authentication.unknown")
		w.post(at(granted), fields{"audience": "two words"}).problem(http.StatusUnprocessableEntity, "evidence.audience").has(fields{"field": "/audience"})
		w.get("/v1/audit/records?kind=evidence.issued").status(http.StatusOK).has(fields{"records": "[]"})
	})
}

// TestKeySet: anybody reads it, caches may keep it, and it has nothing private. The
// first reader gets the first key, so that nobody caches an empty set.
func TestKeySet(t *testing.T) {
	each(t, func(w *world) {
		got := w.do(request{method: http.MethodGet, path: "/.well-known/jwks.json", token: "-"}).status(http.StatusOK)
		keys, _ := got.value["keys"].([]any)
		if len(keys) != 1 || got.head.Get("Cache-Control") != "public, max-age=300" {
			t.Fatalf("%v, %q", got, got.head.Get("Cache-Control"))
		}
		for _, name := range []string{"d", "p", "q", "k"} {
			if _, private := keys[0].(fields)[name]; private {
				t.Errorf("the key has the member %q", name)
			}
		}
		w.do(request{method: http.MethodGet, path: "/.well-known/oauth-authorization-server", token: "-"}).has(fields{"jwks_uri": address + "/.well-known/jwks.json"})
		if got := w.do(request{method: http.MethodGet, path: "/openapi.json", token: "-"}).head.Get("Cache-Control"); got != "no-store" {
			t.Errorf("other answers may be cached: %q", got)
		}
	})
}

// TestKeySetIsLimited: the open route is held back by its source's rate.
func TestKeySetIsLimited(t *testing.T) {
	each(t, func(w *world) {
		w.config.Limiter = client.NewLimiter(w.clock.Now, client.Rate{PerSecond: 1, Burst: 3})
		w.serve()
		for range 3 {
			w.do(request{method: http.MethodGet, path: "/.well-known/jwks.json", token: "-"}).status(http.StatusOK)
		}
		w.do(request{method: http.MethodGet, path: "/.well-known/jwks.json", token: "-"}).status(http.StatusTooManyRequests)
	})
}
