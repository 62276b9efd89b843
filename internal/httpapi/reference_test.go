package httpapi_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The page needs nothing from elsewhere, its policy lets its style in and nothing
// else, and every link in it leads somewhere.
func TestReferencePage(t *testing.T) {
	w := node(t, nil)
	r := w.do(public("/docs")).status(http.StatusOK)
	page := string(r.raw)
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)
	if style == nil || strings.Count(page, "<style") != 1 || strings.Contains(page, " style=") || strings.Contains(page, "<script") {
		t.Fatal("the page has not exactly one style sheet, or a script")
	}
	sum := sha256.Sum256([]byte(style[1]))
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(r.head.Get("Content-Security-Policy"), want) {
		t.Errorf("the policy %q does not have %s", r.head.Get("Content-Security-Policy"), want)
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("the id %s is there twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(` (?:href|src)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		anchor, local := strings.CutPrefix(m[1], "#")
		if m[1] != "/openapi.json" && (!local || !ids[anchor]) {
			t.Errorf("a link leads to %q", m[1])
		}
	}
	for _, r := range w.routes() {
		if !ids[r.id] || !strings.Contains(html.UnescapeString(page), r.path) {
			t.Errorf("%s is not on the page", r.id)
		}
	}
}
