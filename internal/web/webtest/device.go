//go:build browser

package webtest

import (
	"context"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// StartWithCamera is [Start] with a camera that sees a film, in the format YUV4MPEG2, and that pages
// may use without asking.
func StartWithCamera(t testing.TB, film string) *Browser {
	t.Helper()
	path := find(t)
	l := ordinary(t, path)
	return start(t, path, l, append(l.options(),
		chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-file-for-fake-video-capture", film))...)
}

// Authenticator is one that a device has of its own, as for fingerprints.
type Authenticator struct {
	p  *Tab
	id webauthn.AuthenticatorID
}

// Authenticator gives the device of a tab an authenticator of its own that verifies its user
// and has the PRF extension.
func (p *Tab) Authenticator() Authenticator {
	p.t.Helper()
	id := do(p, "authenticator", func(ctx context.Context, _ *chromedp.Target) (webauthn.AuthenticatorID, error) {
		if _, err := chromedp.Call(ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return "", err
		}
		made, err := chromedp.Call(ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: "ctap2", Ctap2version: "ctap2_1", Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, HasPrf: true, AutomaticPresenceSimulation: true, IsUserVerified: true,
		}})
		return made.AuthenticatorID, err
	})
	return Authenticator{p, id}
}

// Verifies says whether the authenticator is satisfied with who is before it.
func (a Authenticator) Verifies(yes bool) {
	a.p.t.Helper()
	do(a.p, "verify", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: yes})
		return err
	}))
}

// Notify lets pages of the origin of an address show notifications.
func (p *Tab) Notify(address string) {
	p.t.Helper()
	do(p, "notifications", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted,
			Origin: origin(address), BrowserContextID: chromedp.FromContext(ctx).BrowserContextID,
		})
		return err
	}))
}

// Push delivers a push message to the service worker of a scope, as a push service does through
// the browser.
func (p *Tab) Push(scope, data string) {
	p.t.Helper()
	do(p, "push", chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		found := chromedp.Events(ctx, serviceworker.WorkerRegistrationUpdated)
		if _, err := chromedp.Call(ctx, serviceworker.Enable, cdp.Empty{}); err != nil {
			return err
		}
		for e, err := range found {
			if err != nil {
				return err
			}
			for _, r := range e.Registrations {
				if r.ScopeURL == scope && !r.IsDeleted {
					_, err := chromedp.Call(ctx, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: origin(scope), RegistrationID: r.RegistrationID, Data: data})
					return err
				}
			}
		}
		return ctx.Err()
	}))
}

// Uninstallable lists what keeps the browser from installing the page as an app.
func (p *Tab) Uninstallable() (why []string) {
	p.t.Helper()
	got := do(p, "installability", func(ctx context.Context, _ *chromedp.Target) (page.GetInstallabilityErrorsResult, error) {
		return chromedp.Call(ctx, page.GetInstallabilityErrors, cdp.Empty{})
	})
	for _, e := range got.InstallabilityErrors {
		why = append(why, e.ErrorID)
	}
	return why
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host + "/"
}
