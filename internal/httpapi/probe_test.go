package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/webapp"
)

// probed is what a browser gets at one of the probe's addresses.
type probed struct {
	code int
	head http.Header
	body string
}

func (w *world) browse(method, path, body string, headers map[string]string) probed {
	w.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, w.server.URL+path, strings.NewReader(body))
	w.must(err)
	r.Header.Set("User-Agent", "a browser")
	for name, v := range headers {
		r.Header.Set(name, v)
	}
	got, err := w.server.Client().Transport.RoundTrip(r) // without the decompression of a client
	w.must(err)
	defer func() { _ = got.Body.Close() }()
	b, err := io.ReadAll(got.Body)
	w.must(err)
	for _, name := range []string{"Date", "X-Request-Id"} {
		got.Header.Del(name)
	}
	return probed{got.StatusCode, got.Header, string(b)}
}

func (w *world) report() string {
	w.Helper()
	b, err := os.ReadFile("../risk/probe/testdata/report.json")
	w.must(err)
	return string(b)
}

// F-6.2.1–2: a page asks for a visit, the browser reports, and the login is judged by it.
func TestProbe(t *testing.T) {
	each(t, func(w *world) {
		w.watching()
		visit := func(reports ...string) *response {
			v := w.do(request{method: http.MethodPost, path: "/v1/risk/visits"}).status(http.StatusCreated)
			for _, b := range reports {
				if got := w.browse(http.MethodPost, v.text("reports"), b, nil); got.code != http.StatusNoContent || got.body != "" {
					t.Errorf("a report: %+v", got)
				}
			}
			return v
		}
		driven := strings.Replace(w.report(), `"automation": []`, `"automation": ["webdriver"]`, 1)
		for name, c := range map[string]struct {
			reports []string
			want    string
		}{
			"none": {nil, "probe.missing"}, "nonsense": {[]string{"{}"}, "probe.malformed"}, "a megabyte": {[]string{strings.Repeat("[", 1<<20)}, "probe.malformed"},
			"a driver": {[]string{driven}, "automation.webdriver probe.agent"}, "another agent": {[]string{w.report()}, "probe.agent"},
		} {
			v := visit(c.reports...)
			score := w.post("/v1/risk/visits/score", fields{"reference": name, "circumstances": fields{"visit": v.text("visit")}}).status(http.StatusCreated)
			w.post("/v1/risk/visits/score", fields{"reference": name, "circumstances": fields{"visit": v.text("visit")}}).status(http.StatusOK).has(fields{"event": score.text("event")})
			s := w.post("/v1/risk/sessions", w.session(name, fields{"visit": v.text("visit")})).status(http.StatusCreated)
			if got := w.event(s.text("event")).list("signals"); got != c.want {
				t.Errorf("%s: signals %q, want %q", name, got, c.want)
			}
		}
	})
}

// Nobody learns from the answer whether there is such a visit, or what became of a report.
func TestReportsAreAnsweredAlike(t *testing.T) {
	each(t, func(w *world) {
		at := w.do(request{method: http.MethodPost, path: "/v1/risk/visits"}).status(http.StatusCreated).text("reports")
		want := w.browse(http.MethodPost, at, w.report(), nil)
		for _, path := range []string{at, "/probe/x", "/probe/" + strings.Repeat("x", 2000), "/probe/%00%ff"} {
			for _, body := range []string{w.report(), "", "{}", strings.Repeat("x", 40_000)} {
				if got := w.browse(http.MethodPost, path, body, map[string]string{"Content-Type": "text/plain"}); got.code != want.code || got.body != want.body || len(got.head) != len(want.head) {
					t.Errorf("%s: %+v, not %+v", path, got, want)
				}
			}
		}
		if got := w.browse(http.MethodGet, at, "", nil); got.code != http.StatusMethodNotAllowed {
			t.Errorf("reports are read: %+v", got)
		}
		w.config.Reports = client.Rate{PerSecond: 1, Burst: 2}
		w.serve()
		var codes []int
		for range 4 {
			codes = append(codes, w.browse(http.MethodPost, at, w.report(), nil).code)
		}
		if codes[1] != http.StatusNoContent || codes[2] != http.StatusTooManyRequests || codes[3] != http.StatusTooManyRequests {
			t.Errorf("a flood: %v", codes)
		}
		w.get("/v1/risk/lists").status(http.StatusOK) // the bank's application is not held back
	})
}

func TestProbeScriptIsServed(t *testing.T) {
	each(t, func(w *world) {
		path := w.do(request{method: http.MethodPost, path: "/v1/risk/visits"}).status(http.StatusCreated).text("script")
		plain := w.browse(http.MethodGet, path, "", map[string]string{"Accept-Encoding": "identity"})
		if plain.code != http.StatusOK || plain.body != string(webapp.Probe()) || !strings.Contains(plain.head.Get("Cache-Control"), "immutable") {
			t.Errorf("%d, %v", plain.code, plain.head)
		}
		packed := w.browse(http.MethodGet, "/probe.js", "", map[string]string{"Accept-Encoding": "gzip, br"})
		z, err := gzip.NewReader(bytes.NewReader([]byte(packed.body)))
		w.must(err)
		b, err := io.ReadAll(z)
		w.must(err)
		if string(b) != plain.body || len(packed.body) > 15_000 || packed.head.Get("Etag") == plain.head.Get("Etag") || strings.Contains(packed.head.Get("Cache-Control"), "immutable") {
			t.Errorf("packed: %d bytes, %v", len(packed.body), packed.head)
		}
		if again := w.browse(http.MethodGet, path, "", map[string]string{"Accept-Encoding": "identity", "If-None-Match": plain.head.Get("Etag")}); again.code != http.StatusNotModified || again.body != "" {
			t.Errorf("kept: %+v", again)
		}
	})
}
