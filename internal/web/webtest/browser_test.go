//go:build browser

package webtest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// site serves one page at every address.
func site(t *testing.T, body string) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "script-src 'self'")
		_, _ = io.WriteString(w, `<!doctype html><html lang="en"><head><title>T</title></head><body><main><h1>H</h1>`+body+`</main></body></html>`)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// The negative controls: a page with a serious fault, a page that breaks its
// policy, and the same tests on a good page.
func TestBrowserTestsCanFail(t *testing.T) {
	b := webtest.Start(t)
	for name, c := range map[string]struct {
		body string
		want string
	}{
		"good page":      {`<label for="x">X</label><input id="x">`, ""},
		"no label":       {`<input id="x">`, "axe"},
		"inline script":  {`<script>document.title = "x"</script>`, "logged an error"},
		"faint text":     {`<p style="color:#ccc;background:#fff">Hard to read</p>`, "axe"},
		"unknown button": {`<button></button>`, "axe"},
	} {
		rec := &recorder{TB: t}
		t.Run(name, func(t *testing.T) {
			rec.TB = t
			p := b.Tab(rec)
			p.Open(site(t, c.body))
			p.Axe()
		})
		if got := strings.Join(rec.failed, " "); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: the test said %q, want %q", name, got, c.want)
		}
	}
}

func TestTabsAreTwoPeople(t *testing.T) {
	b := webtest.Start(t)
	url := site(t, `<p id="p">x</p>`)
	one, two := b.Tab(t), b.Tab(t)
	one.Open(url)
	two.Open(url)
	webtest.Eval[string](one, `document.cookie = "a=1"`)
	if got := webtest.Eval[string](two, "document.cookie"); got != "" {
		t.Errorf("the other tab has the cookie %q", got)
	}
}

// Without a browser: skipped for a person, failed in CI.
func TestNoBrowser(t *testing.T) {
	t.Setenv("PATH", "")
	for ci, want := range map[string]string{"": "skipped", "true": "failed"} {
		t.Setenv("CI", ci)
		rec := &recorder{TB: t}
		func() {
			defer func() { _ = recover() }()
			webtest.Start(rec)
		}()
		if got := strings.Join(rec.failed, " "); !strings.HasPrefix(got, want) || !strings.Contains(got, "install") {
			t.Errorf("CI=%q: %q", ci, got)
		}
	}
}
