package ui_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

func mapTexts(en, de string) fstest.MapFS {
	return fstest.MapFS{"en.yaml": {Data: []byte(en)}, "de.yaml": {Data: []byte(de)}}
}

func TestCookiesAreHardToReachAndKeepFacesApart(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		names := map[string]bool{}
		for _, face := range []ui.Face{ui.Bank, ui.Console} {
			cfg := config(face)
			cfg.Secure = secure
			k := newKit(t, cfg)
			w := visit(t, k.Handler([]ui.Route{{Pattern: "GET /x", Serve: func(w http.ResponseWriter, _ *http.Request) error {
				k.SetCookie(w, "session", "v", 0)
				return nil
			}}})).get("/x")
			c := w.Result().Cookies()[0]
			if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != secure || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
				t.Errorf("TLS %v: the cookie is %v", secure, c)
			}
			if strings.HasPrefix(c.Name, "__Host-") != secure {
				t.Errorf("TLS %v: the cookie is named %s", secure, c.Name)
			}
			names[c.Name] = true
		}
		if len(names) != 2 {
			t.Errorf("bank and console share the cookie %v", names)
		}
	}
}

func TestAFlashIsShownOnce(t *testing.T) {
	t.Parallel()
	cfg := config(ui.Console)
	cfg.Texts = mapTexts("done: {token: 'Token {serial} is ready.'}", "done: {token: 'Token {serial} ist bereit.'}")
	k := newKit(t, cfg)
	v := visit(t, k.Handler([]ui.Route{
		{Pattern: "GET /guide", Serve: k.Guide},
		{Pattern: "POST /x", Serve: func(w http.ResponseWriter, r *http.Request) error {
			k.Flash(w, ui.Good, "done.token", "serial", "<b>7</b>")
			http.Redirect(w, r, "/guide", http.StatusSeeOther)
			return nil
		}},
	}))
	v.do(http.MethodPost, "/x", url.Values{})
	v.header.Set("Accept-Language", "de")
	flash := webtest.Parse(t, v.get("/guide").Body.String()).One(t, ".flashes")
	if flash.Text() != "Token <b>7</b> ist bereit." || flash.Attr["role"] != "status" || flash.Has("b") {
		t.Errorf("the flash says %q", flash.Text())
	}
	if webtest.Parse(t, v.get("/guide").Body.String()).Has(".flashes") {
		t.Error("it is shown a second time")
	}
	for _, forged := range []string{"%%", base64.RawURLEncoding.EncodeToString([]byte(`{"t":"good","k":"no.such"}`)), "bm90IGpzb24"} {
		v.cookies["cs-console-flash"] = forged
		if w := v.get("/guide"); w.Code != 200 || webtest.Parse(t, w.Body.String()).Has(".flashes") {
			t.Errorf("the forged flash %q was shown", forged)
		}
	}
}

func TestPreferencesAreKeptAndLeadBack(t *testing.T) {
	t.Parallel()
	k := newKit(t, config(ui.Bank))
	v := visit(t, k.Handler([]ui.Route{{Pattern: "GET /guide", Serve: k.Guide}}))
	choose := func(name, value string) *webtest.Node {
		t.Helper()
		w := v.do(http.MethodPost, "/preferences", url.Values{name: {value}, "back": {"/guide?q=1"}})
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/guide?q=1" {
			t.Fatalf("%s=%s leads with %d to %q", name, value, w.Code, w.Header().Get("Location"))
		}
		return webtest.Parse(t, v.get("/guide").Body.String()).One(t, "html")
	}
	if h := choose("theme", "dark"); h.Attr["data-theme"] != "dark" {
		t.Errorf("dark: %v", h.Attr)
	}
	if h := choose("lang", "de"); h.Attr["lang"] != "de" || h.Attr["data-theme"] != "dark" {
		t.Errorf("German: %v", h.Attr)
	}
	if h := choose("theme", "auto"); h.Attr["data-theme"] != "" {
		t.Errorf("auto: %v", h.Attr)
	}
	if h := choose("lang", "xx"); h.Attr["lang"] != "de" {
		t.Errorf("an unknown language: %v", h.Attr)
	}
}

func TestRedirectsStayHere(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/a?b=c": "/a?b=c", "": "/", "a": "/", "//evil.example": "/", "https://evil.example/": "/", "/\\evil.example": "/",
		"javascript:alert(1)": "/", "/a\r\nSet-Cookie: x=y": "/", "/\t/evil.example": "/", "/%2f/x": "/", "/%20/x": "/%20/x", "///x": "/",
	} {
		if got := ui.Local(path); got != want {
			t.Errorf("Local(%q) = %q, want %q", path, got, want)
		}
	}
}

// Whatever is asked for, a browser that resolves it stays on our host.
func FuzzLocal(f *testing.F) {
	for _, s := range []string{"/a", "//a", "/\\a", "/%09/a", "http:/a", "/a?b#c", "\x00/a", "/ /a", "/.//", "/..//a", "/.%2f/a", "//@"} {
		f.Add(s)
	}
	base, err := url.Parse("https://bank.example/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := base.Parse(ui.Local(path))
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme || strings.HasPrefix(u.Path, "//") {
			t.Errorf("Local(%q) leads to %v, %v", path, u, err)
		}
	})
}
