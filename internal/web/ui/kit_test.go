package ui_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func config(f ui.Face) ui.Config {
	return ui.Config{Face: f, Now: func() time.Time { return noon }, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler)}
}

func newKit(t *testing.T, c ui.Config) *ui.Kit {
	t.Helper()
	k, err := ui.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// file is a file system with one file.
func file(name, content string) fstest.MapFS {
	return fstest.MapFS{name: {Data: []byte(content)}}
}

// visitor sends requests as one browser would: it keeps cookies.
type visitor struct {
	t       *testing.T
	h       http.Handler
	header  http.Header
	cookies map[string]string
}

func visit(t *testing.T, h http.Handler) *visitor {
	return &visitor{t, h, http.Header{"Sec-Fetch-Site": {"same-origin"}}, map[string]string{}}
}

func (v *visitor) do(method, path string, form url.Values) *httptest.ResponseRecorder {
	v.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, body)
	for k, x := range v.header {
		r.Header[k] = x
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range v.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if v.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return w
}

func (v *visitor) get(path string) *httptest.ResponseRecorder {
	v.t.Helper()
	return v.do(http.MethodGet, path, nil)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	en, de := "a: {one: x, two: 'y {n}'}", "a: {one: x, two: 'y {n}'}"
	texts := func(en, de string) fstest.MapFS {
		return fstest.MapFS{"en.yaml": {Data: []byte(en)}, "de.yaml": {Data: []byte(de)}}
	}
	page := func(s string) fstest.MapFS { return file("p.html", `{{define "content"}}`+s+`{{end}}`) }
	for name, c := range map[string]struct {
		change func(*ui.Config)
		want   string
	}{
		"no clock":          {func(c *ui.Config) { c.Now = nil }, "needs"},
		"unknown face":      {func(c *ui.Config) { c.Face = "shop" }, "needs"},
		"unknown text":      {func(c *ui.Config) { c.Pages = page(`{{t "a.three"}}`) }, `"a.three"`},
		"in a pipe":         {func(c *ui.Config) { c.Pages = page(`{{template "field" (field .Form "x" | label (t "a.three"))}}`) }, `"a.three"`},
		"in an else":        {func(c *ui.Config) { c.Pages = page(`{{if .Data}}{{else}}{{t "a.three"}}{{end}}`) }, `"a.three"`},
		"unknown asset":     {func(c *ui.Config) { c.Pages = page(`{{asset "x.css"}}`) }, `"x.css"`},
		"unknown icon":      {func(c *ui.Config) { c.Pages = page(`{{icon "unicorn"}}`) }, `"unicorn"`},
		"unknown function":  {func(c *ui.Config) { c.Pages = page(`{{dance}}`) }, "dance"},
		"no content":        {func(c *ui.Config) { c.Pages = file("p.html", "x") }, "no content"},
		"name of ours":      {func(c *ui.Config) { c.Pages = file("failure.html", `{{define "content"}}{{end}}`) }, "two pages"},
		"missing language":  {func(c *ui.Config) { c.Texts = file("en.yaml", en) }, "de.yaml"},
		"missing text":      {func(c *ui.Config) { c.Texts = texts(en, "a: {one: x}") }, `"a.two" is missing in de`},
		"extra text":        {func(c *ui.Config) { c.Texts = texts("a: {one: x}", de) }, `"a.two" is in de only`},
		"other placeholder": {func(c *ui.Config) { c.Texts = texts(en, "a: {one: x, two: 'y {m}'}") }, "placeholders"},
		"text of ours":      {func(c *ui.Config) { c.Texts = texts("ui: {skip: x}", "ui: {skip: x}") }, "twice"},
		"no text":           {func(c *ui.Config) { c.Texts = texts("a: 1", "a: 1") }, "quotes"},
		"asset of ours":     {func(c *ui.Config) { c.Static = file("kit.css", "") }, "two assets"},
	} {
		cfg := config(ui.Bank)
		c.change(&cfg)
		if _, err := ui.New(cfg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

// Every page of the kit, in every face, language and theme, is well formed and
// keeps to the content security policy.
func TestEveryPageIsWellFormedAndWithoutInlineCode(t *testing.T) {
	t.Parallel()
	for _, face := range []ui.Face{ui.Bank, ui.Console, ui.Lab, ui.Front, ui.Self} {
		cfg := config(face)
		cfg.Chrome = func(*http.Request, *ui.Locale) ui.Chrome {
			return ui.Chrome{
				Notice: "n", Nav: []ui.Link{{Text: "a", Href: "/a", Icon: "users", Current: true, Count: 2}},
				User: &ui.User{Name: "Ada", Detail: "d", Logout: "/logout"}, Idle: 5 * time.Minute, IdleURL: "/bye",
			}
		}
		k := newKit(t, cfg)
		v := visit(t, k.Handler([]ui.Route{{Pattern: "GET /guide", Serve: k.Guide}}))
		for _, lang := range []string{"en", "de"} {
			for _, theme := range []string{"", "dark"} {
				v.cookies["cs-lang"], v.cookies["cs-theme"] = lang, theme
				for _, path := range []string{"/guide", "/nowhere"} {
					w := v.get(path)
					page := webtest.Parse(t, w.Body.String())
					html := page.One(t, "html")
					if html.Attr["lang"] != lang || html.Attr["data-theme"] != theme || html.Attr["data-face"] != string(face) {
						t.Errorf("%s %s: html has %v", face, path, html.Attr)
					}
					checkInline(t, page)
					if strings.Contains(w.Body.String(), "⟦") {
						t.Errorf("%s %s %s shows an unknown text", face, lang, path)
					}
					if got := w.Header().Get("Refresh"); got != "300; url=/bye" {
						t.Errorf("Refresh is %q", got)
					}
				}
			}
		}
	}
}

// checkInline looks for what the content security policy would block.
func checkInline(t *testing.T, n *webtest.Node) {
	t.Helper()
	for _, c := range n.Nodes {
		for name := range c.Attr {
			if name == "style" || strings.HasPrefix(name, "on") {
				t.Errorf("<%s> has the attribute %s", c.Name, name)
			}
		}
		if c.Name == "style" || c.Name == "script" && c.Attr["src"] == "" {
			t.Errorf("there is an inline <%s>", c.Name)
		}
		checkInline(t, c)
	}
}

func TestTextsOfTheKitAreAllUsed(t *testing.T) {
	t.Parallel()
	webtest.CheckTexts(t, ".", "ui.", newKit(t, config(ui.Bank)).Catalog())
}

func TestRenderNamesWhatItCannotDraw(t *testing.T) {
	t.Parallel()
	cfg := config(ui.Bank)
	cfg.Pages = file("p.html", `{{define "content"}}{{t .Data}}{{end}}`)
	var log bytes.Buffer
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	k := newKit(t, cfg)
	v := visit(t, k.Handler([]ui.Route{
		{Pattern: "GET /unknown-text", Serve: func(w http.ResponseWriter, r *http.Request) error {
			return k.Render(w, r, ui.Page{Name: "p", Data: "a.b"})
		}},
		{Pattern: "GET /unknown-page", Serve: func(w http.ResponseWriter, r *http.Request) error {
			return k.Render(w, r, ui.Page{Name: "q"})
		}},
	}))
	for path, want := range map[string]string{"/unknown-text": "a.b", "/unknown-page": "no page is named"} {
		w := v.get(path)
		if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), want) || !strings.Contains(log.String(), want) {
			t.Errorf("%s: status %d, log %s", path, w.Code, log.String())
		}
	}
}

// A page that waits is fetched anew by browsers without scripts only: the time after which a session ends
// says nothing of it, and does not take it away.
func TestPagesThatWait(t *testing.T) {
	t.Parallel()
	cfg := config(ui.Bank)
	cfg.Pages = file("wait.html", `{{define "content"}}<h1>w</h1>{{end}}`)
	cfg.Chrome = func(*http.Request, *ui.Locale) ui.Chrome { return ui.Chrome{Idle: 5 * time.Minute, IdleURL: "/bye"} }
	k := newKit(t, cfg)
	for again, want := range map[time.Duration]string{0: "", 4 * time.Second: `<noscript><meta http-equiv="refresh" content="4"></noscript>`} {
		w := httptest.NewRecorder()
		if err := k.Render(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody), ui.Page{Name: "wait", Title: "w", Again: again}); err != nil {
			t.Fatal(err)
		}
		if body := w.Body.String(); !strings.Contains(body, want) || strings.Contains(body, `"refresh"`) != (want != "") {
			t.Errorf("again after %s: %s", again, body)
		}
		if got := w.Header().Get("Refresh"); got != "300; url=/bye" {
			t.Errorf("Refresh is %q", got)
		}
	}
}

// Whoever sees a demonstration is told so in the language of the page.
func TestADemonstrationSaysSo(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": "A demonstration", "de": "Eine Vorführung"} {
		for _, demo := range []bool{true, false} {
			cfg := config(ui.Console)
			cfg.Chrome = func(*http.Request, *ui.Locale) ui.Chrome { return ui.Chrome{Demo: demo} }
			k := newKit(t, cfg)
			v := visit(t, k.Handler([]ui.Route{{Pattern: "GET /guide", Serve: k.Guide}}))
			v.cookies["cs-lang"] = lang
			if got := strings.Contains(v.get("/guide").Body.String(), want); got != demo {
				t.Errorf("%s, a demonstration %v: %v", lang, demo, got)
			}
		}
	}
}
