package webtest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A &amp; B</title></head>
<body><main id="main" class="main wide"><p>One <b>two</b>
three</p><form><input name="x" value="1" required><br><input name="y" type="hidden"></form></main></body></html>`

func TestParse(t *testing.T) {
	t.Parallel()
	root := webtest.Parse(t, page)
	if got := root.One(t, "main").Text(); got != "One two three" {
		t.Errorf("text is %q", got)
	}
	if got := root.One(t, "title").Text(); got != "A & B" {
		t.Errorf("title is %q", got)
	}
	for selector, want := range map[string]int{
		"input": 2, "#main": 1, ".wide": 1, "main.main": 1, "p.main": 0, "input[required]": 1, "[name=y]": 1, "input[name=z]": 0, "html[lang=en]": 1,
	} {
		if got := len(root.All(selector)); got != want {
			t.Errorf("%s finds %d, want %d", selector, got, want)
		}
	}
}

// recorder is a test that may fail without failing this one.
type recorder struct {
	testing.TB

	failed []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(f string, a ...any) { r.failed = append(r.failed, fmt.Sprintf(f, a...)) }

func (r *recorder) Fatalf(f string, a ...any) {
	r.Errorf(f, a...)
	panic(r)
}

func (r *recorder) Fatal(a ...any) { r.Fatalf("failed: %s", fmt.Sprint(a...)) }
func (r *recorder) Skip(a ...any)  { r.Fatalf("skipped: %s", fmt.Sprint(a...)) }

func TestParseRefusesBadNesting(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"<p><b>x</p></b>", "<div>", "</p>", "<ul><li>x</ul>"} {
		r := &recorder{TB: t}
		func() {
			defer func() { _ = recover() }()
			webtest.Parse(r, bad)
		}()
		if len(r.failed) == 0 {
			t.Errorf("%s passed", bad)
		}
	}
}

type catalog []string

func (c catalog) Keys() []string { return c }
func (c catalog) Has(key string) bool {
	return strings.Contains(" "+strings.Join(c, " ")+" ", " "+key+" ")
}

func TestCheckTexts(t *testing.T) {
	t.Parallel()
	dir := "testdata/texts"
	r := &recorder{TB: t}
	webtest.CheckTexts(r, dir, "x.", catalog{"x.page", "x.code", "x.kind.one", "x.kind.two", "y.other"})
	if len(r.failed) != 0 {
		t.Errorf("complained of %v", r.failed)
	}
	webtest.CheckTexts(r, dir, "x.", catalog{"x.page", "x.kind.one", "x.kind.two", "x.unused"})
	if len(r.failed) != 2 {
		t.Errorf("an unused and an unknown key gave %d complaints", len(r.failed))
	}
}
