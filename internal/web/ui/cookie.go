package ui

import (
	"net/http"
	"time"
)

// cookieName gives a cookie's full name. Cookies are shared by all ports of a
// host, so the face is part of the name; __Host- pins it to this host and TLS.
func (k *Kit) cookieName(name string) string {
	name = "cs-" + string(k.face) + "-" + name
	if k.cfg.Secure {
		return "__Host-" + name
	}
	return name
}

// SetCookie keeps a value at the reader. A maxAge of 0 lasts until the browser
// is closed. Scripts cannot read it. SameSite is Strict for sessions: a link
// from elsewhere arrives logged out; see also SetLaxCookie.
func (k *Kit) SetCookie(w http.ResponseWriter, name, value string, maxAge time.Duration) {
	k.setCookie(w, k.cookieName(name), value, maxAge, http.SameSiteStrictMode)
}

// SetLaxCookie is SetCookie for values that a link from elsewhere may bring
// along, such as the start of a registration.
func (k *Kit) SetLaxCookie(w http.ResponseWriter, name, value string, maxAge time.Duration) {
	k.setCookie(w, k.cookieName(name), value, maxAge, http.SameSiteLaxMode)
}

func (k *Kit) setCookie(w http.ResponseWriter, name, value string, maxAge time.Duration, site http.SameSite) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure follows the listener: the demo has no TLS
		Name: name, Value: value, Path: "/", MaxAge: int(maxAge.Seconds()),
		HttpOnly: true, Secure: k.cfg.Secure, SameSite: site,
	})
}

// Cookie returns what SetCookie kept, or "".
func (k *Kit) Cookie(r *http.Request, name string) string {
	c, err := r.Cookie(k.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// DropCookie forgets a cookie.
func (k *Kit) DropCookie(w http.ResponseWriter, name string) {
	k.setCookie(w, k.cookieName(name), "", -time.Second, http.SameSiteStrictMode)
}
