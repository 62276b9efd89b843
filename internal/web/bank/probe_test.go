package bank_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// probing is the part of the API that is about the probe, in front of the fake one.
type probing struct {
	mu      sync.Mutex
	closed  bool             // no visits are opened
	told    []map[string]any // risk of each start
	reports []string         // visit, agent and body
}

func (p *probing) ServeHTTP(w http.ResponseWriter, r *http.Request, next http.Handler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(b))
	switch {
	case r.URL.Path == "/v1/risk/visits" && p.closed:
		answer(w, http.StatusServiceUnavailable, problem("unavailable", ""))
	case r.URL.Path == "/v1/risk/visits":
		answer(w, http.StatusCreated, map[string]any{"visit": "token-1", "script": "/probe.js", "reports": "/probe/token-1"})
	case r.URL.Path == "/probe.js":
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = io.WriteString(w, "script()")
	case strings.HasPrefix(r.URL.Path, "/probe/"):
		p.reports = append(p.reports, strings.TrimPrefix(r.URL.Path, "/probe/")+" "+r.UserAgent()+" "+string(b))
		w.WriteHeader(http.StatusNoContent)
	default:
		if r.URL.Path == "/v1/authentications" {
			var in struct{ Risk map[string]any }
			_ = json.Unmarshal(b, &in)
			p.told = append(p.told, in.Risk)
		}
		next.ServeHTTP(w, r)
	}
}

// probes gives the bank the probe.
func (w *world) probes() *probing {
	w.Helper()
	p := &probing{}
	front := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { p.ServeHTTP(rw, r, w.api.server.Config.Handler) }))
	w.Cleanup(front.Close)
	w.config.API, w.config.Probe = front.URL, true
	w.serve()
	return p
}

// raw is what a script of the page gets.
func (v *visitor) raw(method, path, body string) page {
	v.w.Helper()
	r, err := http.NewRequestWithContext(v.w.Context(), method, v.w.server.URL+path, strings.NewReader(body))
	if err != nil {
		v.w.Fatal(err)
	}
	r.Header = v.header.Clone()
	got, err := v.http.Do(r)
	if err != nil {
		v.w.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		v.w.Fatal(err)
	}
	return page{status: got.StatusCode, header: got.Header, body: string(b)}
}

// F-6.2.1–2: the page has a visit, the script is ours, and login and reports name the visit.
func TestLoginPagesHaveTheProbe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, k := w.probes(), w.registered()
	v := w.visitor()
	v.header.Set("User-Agent", "Browser/1")
	for _, path := range []string{"/", "/login", "/login/password"} {
		if page := v.get(path); !strings.Contains(page.body, `<script src="/probe/script.js" data-to="/probe/token-1" defer>`) || !strings.Contains(page.body, `name="page" value="token-1"`) {
			t.Errorf("%s has no probe: %s", path, page.body)
		}
	}
	script := v.raw(http.MethodGet, "/probe/script.js", "")
	if script.body != "script()" || script.header.Get("Cache-Control") != "public, max-age=300" || len(script.header.Values("Content-Security-Policy")) != 1 {
		t.Errorf("the script: %q, %v", script.body, script.header)
	}
	if got := v.raw(http.MethodPost, "/probe/token-1", "a=b"); got.status != http.StatusNoContent || got.body != "" {
		t.Errorf("a report: %d %q", got.status, got.body)
	}
	if diff := cmp.Diff([]string{"token-1 Browser/1 a=b"}, p.reports); diff != "" {
		t.Error(diff)
	}
	v.send("/login", "customer_number", ada, "code", nextCode(w, k), "page", "token-1")
	v.send("/login/password", "customer_number", ada, "password", "wrong horse battery")
	if len(p.told) != 2 || p.told[0]["visit"] != "token-1" || p.told[1]["visit"] != "none" || p.told[0]["agent"] != "Browser/1" || p.told[0]["address"] != "127.0.0.1" ||
		p.told[0]["device_tag"] == nil || p.told[0]["device_tag"] != p.told[1]["device_tag"] {
		t.Errorf("told: %v", p.told)
	}
}

// Without the probe the pages work as before.
func TestPagesGoWithoutTheProbe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, k := w.probes(), w.registered()
	p.closed = true
	v := w.visitor()
	if page := v.get("/login"); page.status != http.StatusOK || strings.Contains(page.body, "/probe/") {
		t.Errorf("the page: %d %s", page.status, page.body)
	}
	if got := v.send("/login", "customer_number", ada, "code", nextCode(w, k)); got.status != http.StatusSeeOther {
		t.Errorf("the login: %d", got.status)
	}
	if p.told[0]["visit"] != "none" {
		t.Errorf("told: %v", p.told)
	}
	w.config.Probe = false
	w.serve()
	plain := w.visitor()
	if page := plain.get("/login"); strings.Contains(page.body, "/probe/") || strings.Contains(page.header.Get("Set-Cookie"), "device") {
		t.Errorf("a bank without the probe: %s", page.body)
	}
	if got := plain.raw(http.MethodGet, "/probe/script.js", ""); got.status != http.StatusNotFound {
		t.Errorf("the script: %d", got.status)
	}
}
