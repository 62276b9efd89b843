//go:build browser

package webtest

import (
	"context"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Open loads an address and waits for the page.
func (p *Tab) Open(url string) {
	p.t.Helper()
	do(p, "open "+url, chromedp.Navigate(url))
	p.settle()
}

// URL is the address of the page.
func (p *Tab) URL() string {
	p.t.Helper()
	return do(p, "address", chromedp.Location())
}

// Title is the title of the page.
func (p *Tab) Title() string {
	p.t.Helper()
	return do(p, "title", chromedp.Title())
}

// Click clicks on what a CSS selector finds, once it is visible and rests.
func (p *Tab) Click(selector string) {
	p.t.Helper()
	p.rest(selector)
	do(p, "click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Follow clicks and waits until another page has loaded.
func (p *Tab) Follow(selector string) {
	p.t.Helper()
	p.rest(selector)
	p.load("follow "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Submit sends the form of the focused field by the Enter key and waits until
// another page has loaded.
func (p *Tab) Submit() {
	p.t.Helper()
	p.load("submit", chromedp.KeyEvent(kb.Enter))
}

func (p *Tab) load(what string, a chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	do(p, what, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.RunResponse(ctx, a)
		return err
	}))
	p.settle()
}

// Type types text into a field after what is there.
func (p *Tab) Type(selector, text string) {
	p.t.Helper()
	keys, few := []rune(text), len([]rune(text))
	if p.looks.agent != "" {
		few = min(handful, few)
	}
	do(p, "type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), string(keys[:few]), chromedp.NodeVisible))
	p.byHand(keys[few:])
}

// Fill replaces what is in a field.
func (p *Tab) Fill(selector, text string) {
	p.t.Helper()
	p.empty(selector)
	p.Type(selector, text)
}

// empty takes away what is in a field. The driver's own way leaves what was typed into a field of one
// line, and fails on an empty one of several; so all of it is marked and deleted, as a person does.
// In a date or a time nothing can be marked: they are emptied.
func (p *Tab) empty(selector string) {
	p.t.Helper()
	do(p, "find "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
	if Eval[bool](p, `(() => {
		const e = document.querySelector(`+quote(selector)+`);
		e.focus();
		if (["date", "time", "datetime-local"].includes(e.type)) e.value = ""; else e.select();
		return e.value !== "";
	})()`) {
		p.Keys("<Back>")
	}
}

// Upload chooses a file in a file field.
func (p *Tab) Upload(selector, file string) {
	p.t.Helper()
	do(p, "upload "+file, chromedp.SetUploadFiles(chromedp.CSS(selector), []string{file}))
}

// Keys presses keys wherever the focus is. Names in angle brackets are special
// keys: "<Tab>", "<Enter>", "<Space>", "<Back>", "<Esc>", "<Left>", "<Right>".
func (p *Tab) Keys(keys string) {
	p.t.Helper()
	special := strings.NewReplacer("<Tab>", kb.Tab, "<Enter>", kb.Enter, "<Space>", " ", "<Back>", kb.Backspace, "<Esc>", kb.Escape, "<Left>", kb.ArrowLeft, "<Right>", kb.ArrowRight)
	do(p, "press "+keys, chromedp.KeyEvent(special.Replace(keys)))
}

// TabTo presses Tab until the focus is on what the selector finds. It fails
// after a hundred steps: then a keyboard cannot reach it.
func (p *Tab) TabTo(selector string) {
	p.t.Helper()
	const most = 100
	for range most {
		if do(p, "focus", chromedp.Evaluate[bool](`document.activeElement?.matches(`+quote(selector)+`) ?? false`)) {
			return
		}
		p.Keys("<Tab>")
	}
	p.failed()
	p.t.Fatalf("the keyboard does not reach %s", selector)
}

// Text is the visible text of what a selector finds, once it is there.
func (p *Tab) Text(selector string) string {
	p.t.Helper()
	do(p, "find "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
	js := `document.querySelector(` + quote(selector) + `)?.innerText ?? ""`
	return strings.Join(strings.Fields(do(p, "text of "+selector, chromedp.Evaluate[string](js))), " ")
}

// Attr is an attribute of what a selector finds, once that is there, or "". The
// page itself is asked: what the driver remembers of it may be older than the
// last click.
func (p *Tab) Attr(selector, name string) string {
	p.t.Helper()
	do(p, "find "+selector, chromedp.WaitReady(chromedp.CSS(selector)))
	return do(p, name+" of "+selector, chromedp.Evaluate[string](`document.querySelector(`+quote(selector)+`).getAttribute(`+quote(name)+`) ?? ""`))
}

// Has reports whether a selector finds something now.
func (p *Tab) Has(selector string) bool {
	p.t.Helper()
	return do(p, "look for "+selector, chromedp.Evaluate[bool](`document.querySelector(`+quote(selector)+`) !== null`))
}

// Wait waits until a selector finds something visible.
func (p *Tab) Wait(selector string) {
	p.t.Helper()
	do(p, "wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// WaitText waits until what the selector finds contains a text. The page may be
// replaced by another meanwhile.
func (p *Tab) WaitText(selector, text string) {
	p.t.Helper()
	js := `(document.querySelector(` + quote(selector) + `)?.textContent ?? "").includes(` + quote(text) + `)`
	do(p, "wait for "+text+" in "+selector, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		look := time.NewTicker(20 * time.Millisecond)
		defer look.Stop()
		for {
			// An error here means that the page is just being replaced.
			if found, err := chromedp.Run(ctx, chromedp.Evaluate[bool](js)); err == nil && found {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-look.C:
			}
		}
	}))
}

// Eval evaluates JavaScript in the page.
func Eval[T any](p *Tab, js string) T {
	p.t.Helper()
	return do(p, "evaluate "+js, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}
