package ui_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

func TestAssetsOfAPageAreServedForEver(t *testing.T) {
	t.Parallel()
	k := newKit(t, config(ui.Bank))
	v := visit(t, k.Handler([]ui.Route{{Pattern: "GET /guide", Serve: k.Guide}}))
	head := webtest.Parse(t, v.get("/guide").Body.String()).One(t, "head")
	var urls []string
	for _, n := range append(head.All("link"), head.All("script")...) {
		urls = append(urls, n.Attr["href"]+n.Attr["src"])
	}
	if len(urls) < 4 {
		t.Fatalf("the page links %v only", urls)
	}
	for _, u := range urls {
		w := v.get(u)
		if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" {
			t.Errorf("%s: status %d, %q", u, w.Code, w.Header().Get("Cache-Control"))
		}
		kind := w.Header().Get("Content-Type")
		for ext, want := range map[string]string{".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"} {
			if strings.HasSuffix(u, ext) && !strings.HasPrefix(kind, want) {
				t.Errorf("%s is served as %s", u, kind)
			}
		}
		if ext := strings.LastIndexByte(u, '.'); v.get(u[:ext-1]+"0"+u[ext:]).Code == http.StatusOK && u[ext-1] != '0' {
			t.Errorf("%s is served under another digest", u)
		}
	}
}

func TestStyleSheetsPointAtDigests(t *testing.T) {
	t.Parallel()
	k := newKit(t, config(ui.Bank))
	v := visit(t, k.Handler(nil))
	u, err := k.URL("kit.css")
	if err != nil {
		t.Fatal(err)
	}
	css := v.get(u).Body.String()
	font, _ := k.URL("font/figtree-latin-wght-normal.woff2")
	if !strings.Contains(css, `url("`+font+`")`) || strings.Contains(css, `url("font/`) {
		t.Error("the style sheet names the font without its digest")
	}
}

func TestTheAddressOfAnAssetChangesWithItsContent(t *testing.T) {
	t.Parallel()
	address := func(content string) string {
		cfg := config(ui.Bank)
		cfg.Static = fstest.MapFS{"a.js": {Data: []byte(content)}}
		u, err := newKit(t, cfg).URL("a.js")
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	one, two, again := address("1"), address("2"), address("1")
	if one == two || one != again {
		t.Errorf("the addresses of 1, 2 and 1 are %s, %s and %s", one, two, again)
	}
}
