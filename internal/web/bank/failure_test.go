package bank_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// When the API is away nobody gets in, and what was typed stays, codes apart.
func TestAPIAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.registered()
	v := w.visitor()
	w.api.set(func(f *fakeAPI) { f.down = true })
	code := nextCode(w, k)
	p := v.send("/login", "customer_number", ada, "code", code).shows(http.StatusServiceUnavailable, "Log in").says("Nothing was lost.")
	if p.doc.One(t, "#f-customer_number").Attr["value"] != ada || strings.Contains(p.body, code) {
		t.Error("the customer ID is lost, or the code is shown again")
	}
	if v.sessionCookie() != "" {
		t.Fatal("somebody was logged in while the API was away")
	}
	v.send("/login/number", "customer_number", ada).shows(http.StatusServiceUnavailable, "Log in")
	v.send("/register", "customer_number", ada, "activation_code", adaCode).shows(http.StatusServiceUnavailable, "Register your token")
	w.api.set(func(f *fakeAPI) { f.down = false })
	v.send("/login", "customer_number", ada, "code", code).leads("/overview")
}

// A registration goes on where it was when the API comes back.
func TestAPIAwayWhileRegistering(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.send("/register", "customer_number", ada, "activation_code", adaCode).leads("/register/token")
	w.api.set(func(f *fakeAPI) { f.down = true })
	p := v.send("/register/token", "serial", "CS-4407-118263").shows(http.StatusServiceUnavailable, "Which token do you have?")
	if p.doc.One(t, "#f-serial").Attr["value"] != "CS-4407-118263" {
		t.Error("the serial number is lost")
	}
	v.get("/register/token").shows(http.StatusServiceUnavailable, "Not available right now")
	w.api.set(func(f *fakeAPI) { f.down = false })
	v.send("/register/token", "serial", "CS-4407-118263").leads("/register/code")
}

// Who is logged in goes on for five minutes without a word from the API, and no
// longer; nothing that needs the API is invented meanwhile.
func TestAPIAwayWhileLoggedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	v.login(w.registered())
	w.api.set(func(f *fakeAPI) { f.down = true })
	for range 2 {
		w.clock.advance(2 * time.Minute)
		v.get("/overview").shows(http.StatusOK, "My accounts")
		v.get("/security").shows(http.StatusServiceUnavailable, "Not available right now")
	}
	w.clock.advance(time.Minute)
	v.get("/overview").shows(http.StatusServiceUnavailable, "Not available right now")
	w.api.set(func(f *fakeAPI) { f.down = false })
	v.get("/overview").shows(http.StatusOK, "My accounts")
}

// The API refuses the bank itself: the reader cannot help it, and nobody gets in.
func TestBankIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.config.ClientSecret = "wrong"
	w.serve()
	w.visitor().send("/login", "customer_number", ada, "code", nextCode(w, w.registered())).shows(http.StatusServiceUnavailable, "Log in")
	if !strings.Contains(w.log.String(), "invalid_client") {
		t.Error("the log does not say why")
	}
}

// Access tokens are kept, replaced before they end, and replaced when they are revoked.
func TestAccessTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.visitor()
	wrong := func() {
		t.Helper()
		v.send("/login", "customer_number", ada, "code", "000000").wrong("code", "We could not log you in")
	}
	wrong()
	wrong()
	if w.api.tokens != 1 {
		t.Errorf("%d access tokens for two calls; want 1", w.api.tokens)
	}
	w.clock.advance(9*time.Minute + 30*time.Second) // of ten
	wrong()
	if w.api.tokens != 2 {
		t.Errorf("%d access tokens after the first one ran out; want 2", w.api.tokens)
	}
	w.api.set(func(f *fakeAPI) { f.bearer = "revoked" })
	wrong()
	if w.api.tokens != 3 {
		t.Errorf("%d access tokens after a revocation; want 3", w.api.tokens)
	}
}

// lossy loses the first answer of each authentication, after the API has acted.
type lossy struct {
	http.RoundTripper

	mu   sync.Mutex
	keys []string
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/authentications") {
		return resp, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys = append(l.keys, r.Header.Get("Idempotency-Key"))
	if len(l.keys) == 1 {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return nil, errors.New("connection reset")
	}
	return resp, nil
}

// A connection that breaks is tried again under the same key, so that the API
// can give the answer that was lost, and no code is used up twice.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.registered()
	l := &lossy{RoundTripper: w.api.server.Client().Transport}
	w.config.HTTP = &http.Client{Transport: l}
	w.serve()
	w.api.set(func(f *fakeAPI) { f.replay = map[string]any{} })
	w.visitor().send("/login", "customer_number", ada, "code", nextCode(w, k)).leads("/overview")
	if len(l.keys) != 2 || l.keys[0] != l.keys[1] || l.keys[0] == "" {
		t.Errorf("the keys are %q; want the same one twice", l.keys)
	}
}

// The API says "too fast" to the bank: the reader is asked to wait.
func TestTooFast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.api.set(func(f *fakeAPI) { f.limited = true })
	w.visitor().send("/login", "customer_number", ada, "code", "123456").shows(http.StatusTooManyRequests, "Log in").says("Please try again in a moment.")
}
