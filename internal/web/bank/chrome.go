package bank

import (
	"net/http"
	"strings"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// chrome is the frame of a page. It looks at the session without prolonging it.
func (b *bank) chrome(r *http.Request, t *ui.Locale) ui.Chrome {
	c := ui.Chrome{Notice: t.T("bank.notice")}
	s, in := b.sessions.peek(b.kit.Cookie(r, sessionCookie))
	if in {
		c.Home, c.Idle, c.IdleURL = "/overview", idleLimit, "/timeout"
		c.User = &ui.User{Name: s.greeting(), Detail: t.T("bank.customer_id", "id", s.Customer), Logout: "/logout"}
	}
	c.Nav = b.nav(r.URL.Path, in, t)
	return c
}

func (b *bank) nav(at string, in bool, t *ui.Locale) (nav []ui.Link) {
	add := func(key, href, icon string) {
		nav = append(nav, ui.Link{Text: t.T("bank.nav." + key), Href: href, Icon: icon, Current: at == href || strings.HasPrefix(at, href+"/")})
	}
	if in {
		add("overview", "/overview", "wallet")
		add("pay", "/pay", "send")
		add("security", "/security", "shield-check")
	} else {
		add("login", "/login", "log-in")
		add("register", "/register", "badge-check")
	}
	if b.letters != nil {
		add("letters", "/letters", "mail")
	}
	if b.home != "" {
		add("demo", b.home, "flask-conical")
	}
	return nav
}

// greeting is what the customer is called.
func (s session) greeting() string {
	if s.Name != "" {
		return s.Name
	}
	return s.Customer
}

// canonical drops the spaces and hyphens that people put into numbers.
func canonical(number string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(number))
}
