//go:build browser

package webtest_test

import (
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// Looks tells a page that is wider than the phone from one that is not: a phone shows such a page
// smaller, and says that its window is wider.
func TestLooksFindsWidePages(t *testing.T) {
	b := webtest.Start(t)
	for name, c := range map[string]struct {
		body string
		wide bool
	}{
		"fits":     {`<p>Short</p>`, false},
		"too wide": {`<p style="width:420px">Long</p>`, true},
	} {
		rec := &recorder{TB: t}
		t.Run(name, func(t *testing.T) {
			rec.TB = t
			p := b.Tab(rec)
			p.Open(site(t, `<meta name="viewport" content="width=device-width, initial-scale=1">`+c.body))
			p.Looks("webtest-" + strings.ReplaceAll(name, " ", "-"))
		})
		if got := strings.Contains(strings.Join(rec.failed, " "), "wider than a phone"); got != c.wide {
			t.Errorf("%s: wide is %v; the test said %q", name, got, rec.failed)
		}
	}
}
