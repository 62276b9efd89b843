//go:build browser

package webtest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// looks are how a browser presents itself to pages.
type looks struct {
	agent, version string
	language       string // of Accept-Language; "" for Chromium's own
}

// ordinary gives Chromium the looks that it has on a desk, with a window and without a
// driver: those of a program are a reason for the risk engine to refuse it.
func (b *Browser) ordinary(t testing.TB) {
	t.Helper()
	v, err := chromedp.Run(b.ctx, func(ctx context.Context, _ *chromedp.Target) (browser.GetVersionResult, error) {
		return chromedp.Call(ctx, browser.GetVersion, cdp.Empty{})
	})
	if err != nil {
		t.Fatalf("Chromium does not tell its version: %v", err)
	}
	_, version, _ := strings.Cut(v.Product, "/")
	version, _, _ = strings.Cut(version, ".")
	b.looks = looks{agent: strings.ReplaceAll(v.UserAgent, "HeadlessChrome", "Chrome"), version: version, language: "en-US,en"}
}

// dress gives a tab the looks of its browser.
func (p *Tab) dress() {
	p.t.Helper()
	l := p.looks
	if l.agent == "" {
		return
	}
	brands := []*emulation.UserAgentBrandVersion{{Brand: "Chromium", Version: l.version}, {Brand: "Not=A?Brand", Version: "24"}}
	do(p, "looks", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: l.agent, AcceptLanguage: l.language, Platform: "Linux x86_64",
			UserAgentMetadata: &emulation.UserAgentMetadata{Brands: brands, FullVersionList: brands, Platform: "Linux", Architecture: "x86", Bitness: "64"},
		})
		return err
	}))
}

// Language has the tab ask for pages in a language, such as "de". Tabs of a conspicuous
// browser ask for English.
func (p *Tab) Language(tag string) {
	p.t.Helper()
	p.looks.language = tag
	p.dress()
}

// Rhythm of a hand: it rests for a moment between some of its keys.
const (
	handful  = 4 // keys in a row
	briefly  = 6 * time.Millisecond
	variants = 3
)

// byHand presses keys as a hand does. A program's keys come in one beat, which the probe of
// the risk engine tells; nothing that a test waits for depends on the rests.
func (p *Tab) byHand(keys []rune) {
	p.t.Helper()
	for n := 0; len(keys) > 0; n++ {
		time.Sleep(briefly * time.Duration(1+n%variants))
		few := min(handful, len(keys))
		do(p, "type", chromedp.KeyEvent(string(keys[:few])))
		keys = keys[few:]
	}
}
