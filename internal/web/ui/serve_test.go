package ui_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// serve is a kit whose one page answers as it is told.
func serve(t *testing.T, c ui.Config, answer func(http.ResponseWriter, *http.Request) error) *visitor {
	t.Helper()
	k := newKit(t, c)
	return visit(t, k.Handler([]ui.Route{{Pattern: "GET /x", Serve: answer}, {Pattern: "POST /x", Serve: answer}}))
}

func TestEveryKindOfFaultHasItsPage(t *testing.T) {
	t.Parallel()
	want := map[fault.Kind]int{
		fault.Internal: 500, fault.Invalid: 400, fault.Denied: 403, fault.NotFound: 404,
		fault.Conflict: 409, fault.Limited: 429, fault.Unavailable: 503, fault.Kind(99): 500,
	}
	for kind, status := range want {
		v := serve(t, config(ui.Bank), func(http.ResponseWriter, *http.Request) error {
			return fault.New(kind, "x.y", "The detail.").WithRetry(90 * time.Second).WithCause(errors.New("secret cause"))
		})
		w := v.get("/x")
		body := w.Body.String()
		if w.Code != status || ui.Status(kind) != status {
			t.Errorf("%v gives %d, want %d", kind, w.Code, status)
		}
		if strings.Contains(body, "secret cause") {
			t.Errorf("%v shows its cause", kind)
		}
		internal := status == 500
		if strings.Contains(body, "The detail.") == internal {
			t.Errorf("%v: shows its detail: %v", kind, !internal)
		}
		if id := w.Header().Get("X-Request-Id"); len(id) != 26 || !strings.Contains(body, id) {
			t.Errorf("%v: the page does not name its request %q", kind, id)
		}
		if got := w.Header().Get("Retry-After"); got != "90" {
			t.Errorf("%v: Retry-After %q", kind, got)
		}
		h1 := webtest.Parse(t, body).One(t, "main").One(t, "h1").Text()
		if h1 == "" || strings.Contains(h1, "⟦") {
			t.Errorf("%v: heading %q", kind, h1)
		}
	}
}

func TestAFaultIsToldInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	cfg := config(ui.Bank)
	cfg.Texts = mapTexts("fault: {known: {code: Known text}}", "fault: {known: {code: Bekannter Text}}")
	for _, c := range []struct{ lang, code, want string }{
		{"en", "known.code", "Known text"},
		{"de", "known.code", "Bekannter Text"},
		{"en", "other.code", "The detail."},
		{"de", "other.code", "Vielleicht ist die Adresse vertippt"},
	} {
		v := serve(t, cfg, func(http.ResponseWriter, *http.Request) error { return fault.NotFoundf(c.code, "The detail.") })
		v.header.Set("Accept-Language", c.lang)
		if body := v.get("/x").Body.String(); !strings.Contains(body, c.want) {
			t.Errorf("%s in %s does not say %q", c.code, c.lang, c.want)
		}
	}
}

func TestAPanicIsACalmPage(t *testing.T) {
	t.Parallel()
	cfg := config(ui.Console)
	var log bytes.Buffer
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	w := serve(t, cfg, func(http.ResponseWriter, *http.Request) error { panic("table vault is on fire") }).get("/x")
	if w.Code != 500 || strings.Contains(w.Body.String(), "fire") || !strings.Contains(w.Body.String(), "Something went wrong") {
		t.Errorf("status %d, body %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "fire") || !strings.Contains(log.String(), w.Header().Get("X-Request-Id")) {
		t.Errorf("the log says %s", log.String())
	}
}

func TestAPanicInTheMiddleCutsTheConnection(t *testing.T) {
	t.Parallel()
	k := newKit(t, config(ui.Console))
	srv := httptest.NewServer(k.Handler([]ui.Route{{Pattern: "GET /x", Serve: func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "<p>half")
		_ = http.NewResponseController(w).Flush()
		panic("x")
	}}}))
	defer srv.Close()
	res, err := srv.Client().Get(srv.URL + "/x")
	if err == nil {
		_, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
	}
	if err == nil {
		t.Error("half a page arrived as a whole one")
	}
}

func TestUnknownAddressAndMethod(t *testing.T) {
	t.Parallel()
	v := serve(t, config(ui.Bank), func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	if w := v.get("/y"); w.Code != 404 || !strings.Contains(w.Body.String(), "There is nothing here") {
		t.Errorf("GET /y: %d", w.Code)
	}
	w := v.do(http.MethodDelete, "/x", nil)
	if w.Code != 405 || !strings.Contains(w.Header().Get("Allow"), "POST") || !strings.Contains(w.Body.String(), "<main") {
		t.Errorf("DELETE /x: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
	if w := v.get("/x/../x"); w.Code/100 != 3 {
		t.Errorf("a path to clean: %d", w.Code)
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	t.Parallel()
	v := serve(t, config(ui.Bank), func(w http.ResponseWriter, _ *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	if w := v.do(http.MethodPost, "/x", url.Values{}); w.Code != 204 {
		t.Errorf("our own form: %d", w.Code)
	}
	v.header.Set("Sec-Fetch-Site", "cross-site")
	if w := v.do(http.MethodPost, "/x", url.Values{}); w.Code != 403 || !strings.Contains(w.Body.String(), "another site") {
		t.Errorf("a foreign form: %d", w.Code)
	}
	if w := v.get("/x"); w.Code != 204 {
		t.Errorf("a link from elsewhere: %d", w.Code)
	}
	v.header = http.Header{"Origin": {"https://evil.example"}}
	if w := v.do(http.MethodPost, "/x", url.Values{}); w.Code != 403 {
		t.Errorf("a foreign form of an old browser: %d", w.Code)
	}
}

func TestBodiesAreLimited(t *testing.T) {
	t.Parallel()
	k := newKit(t, config(ui.Bank))
	read := func(w http.ResponseWriter, r *http.Request) error {
		if _, err := ui.ReadForm(r); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	v := visit(t, k.Handler([]ui.Route{{Pattern: "POST /small", Serve: read}, {Pattern: "POST /large", Serve: read, MaxBody: 1 << 20}}))
	big := url.Values{"x": {strings.Repeat("a", ui.DefaultMaxBody)}}
	if w := v.do(http.MethodPost, "/small", big); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("small: %d", w.Code)
	}
	if w := v.do(http.MethodPost, "/large", big); w.Code != http.StatusNoContent {
		t.Errorf("large: %d", w.Code)
	}
	cfg := config(ui.Bank)
	cfg.MaxBody = 4 * ui.DefaultMaxBody
	larger := visit(t, newKit(t, cfg).Handler([]ui.Route{{Pattern: "POST /small", Serve: read}}))
	if w := larger.do(http.MethodPost, "/small", big); w.Code != http.StatusNoContent {
		t.Errorf("within what the configuration says: %d", w.Code)
	}
	if w := larger.do(http.MethodPost, "/small", url.Values{"x": {strings.Repeat("a", 4*ui.DefaultMaxBody)}}); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("beyond what the configuration says: %d", w.Code)
	}
	v.header.Set("Content-Type", "application/x-www-form-urlencoded")
	r := httptest.NewRequest(http.MethodPost, "/small", strings.NewReader("a=%zz"))
	r.Header = v.header
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest {
		t.Errorf("malformed: %d", w.Code)
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		cfg := config(ui.Bank)
		cfg.Secure = secure
		k := newKit(t, cfg)
		v := visit(t, k.Handler([]ui.Route{{Pattern: "GET /guide", Serve: k.Guide}}))
		for _, path := range []string{"/guide", "/nowhere"} {
			h := v.get(path).Header()
			csp := h.Get("Content-Security-Policy")
			if !strings.HasPrefix(csp, "default-src 'none';") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") {
				t.Errorf("%s: policy %q", path, csp)
			}
			if (h.Get("Strict-Transport-Security") != "") != secure {
				t.Errorf("%s: HSTS %q with TLS %v", path, h.Get("Strict-Transport-Security"), secure)
			}
			for name, want := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
				"Cross-Origin-Opener-Policy": "same-origin", "X-Frame-Options": "DENY",
			} {
				if h.Get(name) != want {
					t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
				}
			}
		}
	}
}
