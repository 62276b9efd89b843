//go:build browser

package webtest

import (
	_ "embed" // axe-core
	"encoding/json"
	"strings"

	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe/axe-4.14.1.min.js
var axe string

// finding is one rule of axe-core that a page breaks.
type finding struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// Axe runs axe-core on the page as it is: rules of WCAG 2.2 A and AA and best
// practice. Serious and critical findings fail the test, others are logged.
func (p *Tab) Axe() {
	p.t.Helper()
	do(p, "load axe", chromedp.Evaluate[chromedp.Void](axe))
	found := Eval[[]finding](p, `axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.map(
		v => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`)
	for _, f := range found {
		var where []string
		for _, n := range f.Nodes {
			where = append(where, n.HTML+"\n    "+strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
		}
		report := p.t.Logf
		if f.Impact == "serious" || f.Impact == "critical" {
			report = p.t.Errorf
		}
		report("axe, %s: %s: %s\n  %s", f.Impact, f.ID, f.Help, strings.Join(where, "\n  "))
	}
}

// Looks keeps pictures of the page at desktop and phone size, light and dark, runs
// axe-core on each theme, and fails the test when the page is wider than a phone.
func (p *Tab) Looks(name string) {
	p.t.Helper()
	p.Shot(name)
	p.Axe()
	p.Dark(true)
	p.Shot(name + "-dark")
	p.Axe()
	p.Dark(false)
	p.Phone()
	p.Shot(name + "-phone")
	if Eval[bool](p, "document.documentElement.scrollWidth > document.documentElement.clientWidth") {
		p.t.Errorf("%s is wider than a phone", name)
	}
	p.Desktop()
}

// quote writes a string as JavaScript reads it.
func quote(s string) string {
	b, _ := json.Marshal(s) //nolint:errchkjson // a string
	return string(b)
}
