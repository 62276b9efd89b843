//go:build browser

package webtest

import (
	"context"
	"fmt"

	"github.com/chromedp/chromedp"
)

// rest waits until what a selector finds has stayed where it is for some frames: a click goes to
// a place, and hits something else when what stands above it is still being loaded.
func (p *Tab) rest(selector string) {
	p.t.Helper()
	if p.noScript {
		return
	}
	do(p, "rest "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
	js := fmt.Sprintf(`(async () => {
		const place = () => JSON.stringify(document.querySelector(%q)?.getBoundingClientRect());
		for (let last = "", still = 0, looks = 0; still < 3 && looks < 60; looks++) {
			await new Promise((done) => setTimeout(done, 16));
			const now = place();
			still = now === last ? still + 1 : 0;
			last = now;
		}
		return true;
	})()`, selector)
	do(p, "rest "+selector, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		// A page that is left meanwhile has no say; the click waits for the next one.
		_, _ = chromedp.Run(ctx, chromedp.Evaluate[bool](js, chromedp.EvalAwaitPromise))
		return ctx.Err()
	}))
}
