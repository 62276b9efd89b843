package mobileapp

import "net/http"

// policy is the content security policy: the app's own files, its own server, pictures
// that it makes of octets (QR codes), and nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// permissions are for this app alone: the camera reads QR codes, WebAuthn unlocks.
const permissions = "camera=(self), publickey-credentials-create=(self), publickey-credentials-get=(self), " +
	"geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"

// headers sets what every answer has. "no-cache" keeps files but asks for them again.
func headers(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Permissions-Policy", permissions)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY") // for browsers without frame-ancestors
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-cache")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}
