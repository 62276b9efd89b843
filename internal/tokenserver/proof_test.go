package tokenserver_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	emulator "github.com/countersign-auth/countersign/emulator/mobiletoken"
)

// TestSignedRequests: whatever is wrong with a signed request, one answer says so, and no act
// happens. The clock alone is told, to whoever has the key.
func TestSignedRequests(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		me, you := w.customer("1"), w.customer("2")
		mine, yours := w.activate(me), w.activate(you)
		const body = `{"name":"stolen"}`
		path := "/token/v1/tokens/" + mine.Token.TokenID
		fresh := func() request { return good(mine, w.clock.Now(), http.MethodPatch, path, body) }
		first := ""
		for name, spoil := range map[string]func(*request){
			"no header":               func(r *request) { r.none = true },
			"no signature":            func(r *request) { r.raw = "x" },
			"two parts":               func(r *request) { r.raw = "a.b" },
			"too long":                func(r *request) { r.raw = strings.Repeat("a", 4096) },
			"another key":             func(r *request) { r.key = yours.Token.Device },
			"another phone":           func(r *request) { r.header["kid"] = yours.Token.ID },
			"a phone of nobody":       func(r *request) { r.header["kid"] = strings.Repeat("0", 32) },
			"no phone":                func(r *request) { delete(r.header, "kid") },
			"kid of zero bytes":       func(r *request) { r.header["kid"] = "\x00" },
			"another type":            func(r *request) { r.header["typ"] = "JWT" },
			"none":                    func(r *request) { r.header["alg"] = "none" },
			"HS256":                   func(r *request) { r.header["alg"] = "HS256" },
			"a key in the header":     func(r *request) { r.header["jwk"] = map[string]string{"kty": "EC"} },
			"critical":                func(r *request) { r.header["crit"] = []string{"b64"} },
			"another method":          func(r *request) { r.claims["htm"] = "GET" },
			"another address":         func(r *request) { r.claims["htu"] = address + "/token/v1/tokens/" + yours.Token.TokenID },
			"another host":            func(r *request) { r.claims["htu"] = strings.Replace(address, "mobile", "evil", 1) + path },
			"another body":            func(r *request) { r.body = `{"name":"changed"}` },
			"hash of nothing":         func(r *request) { r.claims["bh"] = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU" },
			"no hash":                 func(r *request) { delete(r.claims, "bh") },
			"no name":                 func(r *request) { delete(r.claims, "jti") },
			"a name of zero bytes":    func(r *request) { r.claims["jti"] = strings.Repeat("\x00", 22) },
			"a short name":            func(r *request) { r.claims["jti"] = "abc" },
			"a fraction of a second":  func(r *request) { r.claims["iat"] = 1.5 },
			"time as text":            func(r *request) { r.claims["iat"] = "now" },
			"no time":                 func(r *request) { delete(r.claims, "iat"); r.key = yours.Token.Device },
			"an unknown claim":        func(r *request) { r.claims["admin"] = true },
			"a signature of nothing":  func(r *request) { r.raw = unsigned(t, w, *r, 0) },
			"a signature cut off":     func(r *request) { r.raw = unsigned(t, w, *r, 63) },
			"wrong key, wrong clock":  func(r *request) { r.key = yours.Token.Device; r.claims["iat"] = int64(1) },
			"right key, wrong target": func(r *request) { r.claims["htm"] = "PUT"; r.claims["iat"] = int64(1) },
		} {
			r := fresh()
			spoil(&r)
			got := w.send(r)
			if first == "" {
				first = got.body
			}
			if got.status != http.StatusUnauthorized || got.code != "token.unknown" || got.body != first || got.head.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		for off, want := range map[time.Duration]string{301 * time.Second: "token.clock", -301 * time.Second: "token.clock", -24 * time.Hour: "token.clock", 299 * time.Second: "", -299 * time.Second: ""} {
			r := fresh()
			r.claims["iat"] = w.clock.Now().Add(off).Unix()
			got := w.send(r)
			if got.code != want || want != "" && (got.status != 401 || !strings.Contains(got.body, w.clock.Now().UTC().Format(`"now":"2006-01-02T15:04:05.000Z"`))) {
				t.Errorf("%s off: %d %s", off, got.status, got.body)
			}
		}
	})
}

// unsigned has a signature of n octets.
func unsigned(t *testing.T, w *world, r request, n int) string {
	t.Helper()
	s, err := emulator.Sign(r.key, r.header, r.claims)
	w.must(err)
	i := strings.LastIndex(s, ".")
	signature, err := base64.RawURLEncoding.DecodeString(s[i+1:])
	w.must(err)
	return s[:i+1] + base64.RawURLEncoding.EncodeToString(signature[:n])
}

// TestReplay: a request that changes something is taken once, by all nodes together; one that
// only looks may come again.
func TestReplay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		l := w.activate(w.customer("1"))
		r := good(l, w.clock.Now(), http.MethodPatch, "/token/v1/tokens/"+l.Token.TokenID, `{"name":"once"}`)
		var err error
		r.raw, err = emulator.Sign(r.key, r.header, r.claims)
		w.must(err)
		var taken atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				switch got := w.send(r); got.status {
				case http.StatusOK:
					taken.Add(1)
				case http.StatusUnauthorized:
				default:
					t.Error(got.status, got.body)
				}
			})
		}
		all.Wait()
		if taken.Load() != 1 {
			t.Errorf("taken %d times", taken.Load())
		}
		look := good(l, w.clock.Now(), http.MethodGet, "/token/v1/inbox", "")
		look.raw, err = emulator.Sign(look.key, look.header, look.claims)
		w.must(err)
		for range 2 {
			if got := w.send(look); got.status != http.StatusOK {
				t.Error(got.status, got.body)
			}
		}
	})
}

// TestNoQuery: a query is not signed, so that no signed request has one, not even an empty one.
func TestNoQuery(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		l := w.activate(w.customer("1"))
		for query, want := range map[string]int{"": http.StatusOK, "?": http.StatusUnauthorized, "?all=1": http.StatusUnauthorized} {
			r := good(l, w.clock.Now(), http.MethodGet, "/token/v1/inbox", "")
			r.path += query
			if got := w.send(r); got.status != want || want != http.StatusOK && got.code != "token.unknown" {
				t.Errorf("%q: %d %s", query, got.status, got.body)
			}
		}
	})
}

// TestWrongClock: a phone whose clock is hours off takes the server's time and goes on, with its
// signatures and its codes.
func TestWrongClock(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		l := w.activate(w.customer("1"))
		l.App.Now = func() time.Time { return w.clock.Now().Add(-7 * time.Hour) }
		if _, err := l.Inbox(t.Context()); err != nil {
			t.Fatal(err)
		}
		if l.Token.Offset != 7*3600 {
			t.Errorf("offset %d", l.Token.Offset)
		}
		w.clock.Advance(time.Minute)
		if _, err := l.Prove(t.Context(), pin); err != nil {
			t.Error(err)
		}
	})
}
