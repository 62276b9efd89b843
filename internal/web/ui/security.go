package ui

import (
	"math"
	"net/http"
	"strconv"
)

// policy is the content security policy of every page. Inline script and style
// are not allowed at all, so there is no nonce to leak.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// twoYears is the HSTS lifetime that browsers' preload lists ask for, in seconds.
const twoYears = "63072000"

// headers sets the security headers. Pages are never stored (SCA-20): assets
// replace that line.
func (k *Kit) headers(next http.Handler) http.Handler {
	csp := policy
	if k.cfg.Secure {
		csp += "; upgrade-insecure-requests"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", csp)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY") // for browsers without frame-ancestors
		h.Set("Cache-Control", "no-store")
		if k.cfg.Secure {
			h.Set("Strict-Transport-Security", "max-age="+twoYears+"; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// refresh is the header that ends an idle page. It is not a meta element, so
// that scripts can put it off by asking for something.
func refresh(c Chrome) string {
	return strconv.Itoa(int(math.Ceil(c.Idle.Seconds()))) + "; url=" + c.IdleURL
}
