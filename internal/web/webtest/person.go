//go:build browser

package webtest

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// looks are how a browser presents itself to pages.
type looks struct {
	agent, version string
	language       string // of Accept-Language; "" for Chromium's own
}

// ordinary are the looks that a Chromium has on a desk, with a window and without a driver:
// those of a program are a reason for the risk engine to refuse it.
func ordinary(t testing.TB, path string) looks {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), path, "--version").Output()
	fields := strings.FieldsFunc(string(out), func(r rune) bool { return r == ' ' || r == '.' })
	at := slices.IndexFunc(fields, func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" })
	if err != nil || at < 0 {
		t.Fatalf("Chromium does not tell its version, but %q: %v", out, err)
	}
	const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%s.0.0.0 Safari/537.36"
	return looks{agent: fmt.Sprintf(agent, fields[at]), version: fields[at], language: "en-US,en"}
}

// options start Chromium with such looks. A page that is left has no others.
func (l looks) options() []chromedp.ExecAllocatorOption {
	return []chromedp.ExecAllocatorOption{
		chromedp.UserAgent(l.agent), chromedp.Flag("enable-automation", false), chromedp.Flag("disable-blink-features", "AutomationControlled"),
	}
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
