//go:build browser

package webtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// patience is how long one act in the browser may take before the test fails.
const patience = time.Minute

// Browser is a running Chromium.
type Browser struct {
	ctx   context.Context
	looks looks
}

// Start runs Chromium with an empty profile until the test ends. To pages it looks like the
// browser of a person, so that the risk engine judges what the person does.
func Start(t testing.TB) *Browser {
	t.Helper()
	path := find(t)
	l := ordinary(t, path)
	return start(t, path, l, l.options()...)
}

// StartConspicuous is Start for a browser that anybody can see is driven by a program: it
// says so in its agent and to scripts.
func StartConspicuous(t testing.TB) *Browser {
	t.Helper()
	return start(t, find(t), looks{})
}

func start(t testing.TB, path string, l looks, more ...chromedp.ExecAllocatorOption) *Browser {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("lang", "en"))
	opts = append(opts, more...)
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(func() { stop(); stopAlloc() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium at %s does not start: %v", path, err)
	}
	return &Browser{ctx, l}
}

// find looks for Chromium under its usual names.
func find(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const hint = "browser tests need Chromium: install the Debian package chromium"
	if os.Getenv("CI") != "" {
		t.Fatal(hint)
	}
	t.Skip(hint)
	return ""
}

// Tab is a page in the browser, with cookies of its own.
type Tab struct {
	t        testing.TB
	ctx      context.Context
	noScript bool
	looks    looks
}

// Tab opens an empty tab at desktop size. Its test fails if a page in it logs an
// error.
func (b *Browser) Tab(t testing.TB) *Tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	p := &Tab{t: t, ctx: ctx, looks: b.looks}
	watch, unwatch := context.WithCancel(ctx)
	console := chromedp.Console(watch)
	t.Cleanup(func() {
		defer stop()
		defer unwatch()
		p.complain(console, unwatch)
	})
	p.dress()
	p.media("")
	p.Desktop()
	return p
}

// complain fails the test for each error that was logged. The answers that the
// browser logs as failed loads (4xx, 5xx) are judged by the tests themselves.
func (p *Tab) complain(console func(func(chromedp.ConsoleMessage, error) bool), stop func()) {
	p.t.Helper()
	const last = "webtest: last message"
	_ = chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void](`console.log("`+last+`")`))
	time.AfterFunc(patience, stop)
	for m, err := range console {
		if err != nil || m.Text == last {
			return
		}
		if m.IsException() || m.Type == "error" && m.Source != "network" {
			p.t.Errorf("the page logged an error: %v", m)
		}
	}
}

// do runs one act with a limit of time.
func do[T any](p *Tab, what string, a chromedp.Action[T]) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		where, _ := chromedp.Run(p.ctx, chromedp.Location())
		p.failed()
		p.t.Fatalf("%s: %v (at %s)", what, err, where)
	}
	return v
}

// failed keeps a picture of what the page looked like.
func (p *Tab) failed() {
	ctx, cancel := context.WithTimeout(p.ctx, patience) // it may be the browser that does not answer
	defer cancel()
	if png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil {
		keep(p.t, "failed-"+filepath.Base(p.t.Name()), png)
	}
}

// Desktop makes the window 1280 by 900, and waits until the page has its new shape:
// else it would move away from under the next click.
func (p *Tab) Desktop() {
	p.t.Helper()
	do(p, "desktop size", chromedp.EmulateViewport(1280, 900))
	p.settle()
}

// Phone makes the window that of a phone: 390 by 844, with touch.
func (p *Tab) Phone() {
	p.t.Helper()
	do(p, "phone size", chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	p.settle()
}

// Dark asks for dark pages, or with false for light ones, as a device does.
func (p *Tab) Dark(on bool) {
	p.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	p.media(scheme)
	if !p.noScript {
		// Chromium keeps some inherited colors of the scheme before until the
		// style of the root is computed again.
		do(p, "new colors", chromedp.Evaluate[chromedp.Void](`{ const s = document.documentElement.style; s.display = "none"; document.body.offsetWidth; s.display = ""; }`))
	}
	p.settle()
}

// media says what the device prefers: a color scheme, "" for none, and no motion.
// A page that scrolls smoothly would move away from under a click.
func (p *Tab) media(scheme string) {
	p.t.Helper()
	do(p, "preferences", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
		})
		return err
	}))
}

// settle waits until scripts have run what they put off at the start, and until
// the page is drawn as it stands now, in its own fonts: text moves when they come.
func (p *Tab) settle() {
	p.t.Helper()
	if !p.noScript {
		do(p, "settle", chromedp.Evaluate[bool](`document.fonts.ready.then(() => new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))))`, chromedp.EvalAwaitPromise))
	}
}

// NoScript turns JavaScript off for the pages that are opened from now on.
func (p *Tab) NoScript() {
	p.t.Helper()
	p.noScript = true
	do(p, "no script", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}

// Shot keeps a picture of the whole page as artifacts/NAME.png.
func (p *Tab) Shot(name string) {
	p.t.Helper()
	const png = 100
	do(p, "to the front", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error { // windows behind others are not drawn
		_, err := chromedp.Call(ctx, page.BringToFront, cdp.Empty{})
		return err
	}))
	keep(p.t, name, do(p, "screenshot", chromedp.FullScreenshot(png)))
}

func keep(t testing.TB, name string, png []byte) {
	t.Helper()
	dir := filepath.Join(root(t), "artifacts")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

// root is the root of the module.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for ; err == nil; dir = filepath.Dir(dir) {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	t.Fatal("there is no go.mod above the test")
	return ""
}
