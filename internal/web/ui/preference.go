package ui

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// prefLife is how long a choice of theme or language is remembered.
const prefLife = 365 * 24 * time.Hour

// prefCookie names a cookie that all faces on a host share: who wants the bank
// in the dark wants the console so too.
func (k *Kit) prefCookie(name string) string {
	if k.cfg.Secure {
		return "__Host-cs-" + name
	}
	return "cs-" + name
}

// theme is what the reader chose, or "" for the device's own setting.
func (k *Kit) theme(r *http.Request) string {
	c, err := r.Cookie(k.prefCookie("theme"))
	if err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}

// preferences keeps a choice of theme or language and returns to the page.
func (k *Kit) preferences(w http.ResponseWriter, r *http.Request) error {
	f, err := ReadForm(r)
	if err != nil {
		return err
	}
	if lang := f.Value("lang"); k.locales[lang] != nil {
		k.setCookie(w, k.prefCookie("lang"), lang, prefLife, http.SameSiteLaxMode)
	}
	switch theme := f.Value("theme"); theme {
	case "light", "dark":
		k.setCookie(w, k.prefCookie("theme"), theme, prefLife, http.SameSiteLaxMode)
	case "auto":
		k.setCookie(w, k.prefCookie("theme"), "", -time.Second, http.SameSiteLaxMode)
	}
	http.Redirect(w, r, Local(f.Value("back")), http.StatusSeeOther) //nolint:gosec // Local lets no address of another host through
	return nil
}

// Local returns path when it is an address on this host, else "/". Use it for
// every redirect whose target came with a request. Two slashes are refused wherever
// they stand: "/.//a" becomes "//a", which names a host, when its dot is taken out.
func Local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.Contains(u.Path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
