//go:build browser

package webapp_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// policy is the strictest under which the token runs. Only to report XML that cannot be read
// does Chromium's parser want a style, and logs an error without it; nothing else changes.
const (
	policy         = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'"
	policyWithFlaw = policy + "; style-src 'unsafe-inline'"
)

// stage serves a page that runs token/test, and the handlers beside it.
func stage(t *testing.T, mux *http.ServeMux, policy string, m func(url string) material) (url string, results chan []byte) {
	t.Helper()
	results = make(chan []byte, 1)
	var in []byte
	serve := func(path, kind string, body func() []byte) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Content-Security-Policy", policy)
			_, _ = w.Write(body())
		})
	}
	text := func(s string) func() []byte { return func() []byte { return []byte(s) } }
	serve("/{$}", "text/html; charset=utf-8", text(`<!doctype html><html lang="en"><head><title>T</title><link rel="icon" href="/icon">
		<script src="/token.js" defer></script><script src="/run.js" defer></script></head><body><main><h1>T</h1></main></body></html>`))
	serve("/icon", "image/svg+xml", text(`<svg xmlns="http://www.w3.org/2000/svg"/>`))
	script := read(t, tests)
	serve("/token.js", "text/javascript; charset=utf-8", func() []byte { return script })
	serve("/run.js", "text/javascript; charset=utf-8", text(`fetch("/material").then((r) => r.json()).then(tokenTests)
		.then((done) => fetch("/results", { method: "POST", body: JSON.stringify(done) }));`))
	serve("/material", "application/json", func() []byte { return in })
	mux.HandleFunc("POST /results", func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		results <- b
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	b, err := json.Marshal(m(srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	in = b
	return srv.URL, results
}

// perform opens the page and checks what it reports.
func perform(t *testing.T, url string, results chan []byte, least int) {
	t.Helper()
	webtest.Start(t).Tab(t).Open(url)
	select {
	case b := <-results:
		check(t, b, least)
	case <-time.After(5 * time.Minute):
		t.Fatal("no results came")
	}
}

// TestTokenInTheBrowser runs all known answers of token/test: those of the standards, of
// package oath and of package dskpp.
func TestTokenInTheBrowser(t *testing.T) {
	url, results := stage(t, http.NewServeMux(), policyWithFlaw, func(string) material { return load(t) })
	perform(t, url, results, 437)
}
