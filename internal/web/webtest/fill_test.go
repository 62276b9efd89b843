//go:build browser

package webtest_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// Fill leaves in a field what it was given and nothing of before, whether that stood in the page or was
// typed; also in a field of several lines, and in one that is empty.
func TestFillReplacesWhatIsThere(t *testing.T) {
	p := webtest.Start(t).Tab(t)
	p.Open(site(t, `<form><label for="a">A</label><textarea id="a"></textarea><label for="b">B</label><textarea id="b">one
two</textarea><label for="c">C</label><input id="c" value="three"></form>`))
	for _, id := range []string{"a", "b", "c"} {
		for _, text := range []string{"first", "https://shop.example/notify", ""} {
			p.Fill("#"+id, text)
			if got := webtest.Eval[string](p, `document.getElementById("`+id+`").value`); got != text {
				t.Errorf("%s holds %q, want %q", id, got, text)
			}
		}
	}
	const lines = "https://shop.example/a\nhttps://shop.example/b"
	p.Fill("#a", lines)
	if got := webtest.Eval[string](p, `document.getElementById("a").value`); got != lines {
		t.Errorf("the lines came as %q", got)
	}
}
