package self

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// chrome draws the frame for whoever makes the request.
func (s *self) chrome(r *http.Request, t *ui.Locale) ui.Chrome {
	c := ui.Chrome{Demo: s.Home != ""}
	v, _ := r.Context().Value(visitKey{}).(*visit)
	if v != nil && !v.s.Customer.IsZero() {
		c.Home, c.Idle, c.IdleURL = "/tokens", customer.IdleLimit, "/timeout"
		c.User = &ui.User{Name: cmp.Or(v.s.Name, v.s.Number), Detail: t.T("self.customer_id", "id", v.s.Number), Logout: "/logout"}
		for _, p := range [][3]string{{"tokens", "/tokens", "key-round"}, {"things", "/devices", "house"}, {"security", "/security", "lock"}, {"activity", "/activity", "history"}} {
			here := r.URL.Path == p[1] || strings.HasPrefix(r.URL.Path, p[1]+"/") || p[0] == "security" && r.URL.Path == "/payees" || p[0] == "things" && (strings.HasPrefix(r.URL.Path, "/habits") || strings.HasPrefix(r.URL.Path, "/paying"))
			c.Nav = append(c.Nav, ui.Link{Text: t.T("self.nav." + p[0]), Href: p[1], Icon: p[2], Current: here})
		}
	}
	if s.Home != "" {
		c.Nav = append(c.Nav, ui.Link{Text: t.T("self.nav.demo"), Href: s.Home, Icon: "flask-conical"})
	}
	return c
}
