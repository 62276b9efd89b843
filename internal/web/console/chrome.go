package console

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// place is an entry of the navigation.
type place struct {
	key, path, icon string
	need            staff.Permission
	unless          staff.Permission            // not shown to those who have this
	count           func(*visit) (int64, error) // things that wait there; nil: none ever do
}

// places lists the navigation in its order.
func (c *console) places() []place {
	return []place{
		{key: "console.nav.home", path: "/", icon: "house"},
		{key: "console.nav.customers", path: "/customers", icon: "users", need: staff.CustomerSearch},
		{key: "console.nav.risk", path: "/risk", icon: "shield-alert", need: staff.RiskRead, count: c.casesWaiting},
		{key: "console.nav.tokens", path: "/tokens", icon: "key-round", need: staff.TokenRead},
		{key: "console.nav.mobile", path: "/mobile", icon: "tablet-smartphone", need: staff.MobileRead},
		{key: "console.nav.mobile_id", path: "/mobile-id", icon: "id-card", need: staff.MobileIDRead},
		{key: "console.nav.sims", path: "/sims", icon: "hash", need: staff.SIMRead},
		{key: "console.nav.portfolios", path: "/portfolios", icon: "credit-card", need: staff.PaymentRead},
		{key: "console.nav.certificates", path: "/certificates", icon: "badge-check", need: staff.MobileIDRead},
		{key: "console.nav.phones", path: "/phones", icon: "smartphone", need: staff.PhoneRefuse, count: c.heldPhones},
		{key: "console.nav.texts", path: "/texts", icon: "message-square", need: staff.TextRead},
		{key: "console.nav.undelivered", path: "/undelivered", icon: "send", need: staff.TextRead, count: c.undeliveredCount},
		{key: "console.nav.imports", path: "/imports", icon: "upload", need: staff.TokenImport},
		{key: "console.nav.proposals", path: "/proposals", icon: "clipboard-check", need: staff.ProposalRead, count: c.waiting},
		{key: "console.nav.audit", path: "/audit", icon: "scroll-text", need: staff.AuditRead},
		{key: "console.nav.checkpoint", path: "/audit/checkpoint", icon: "shield-check", need: staff.AuditVerify, unless: staff.AuditRead},
		{key: "console.nav.policies", path: "/policies", icon: "sliders-horizontal", need: staff.PolicyRead},
		{key: "console.nav.clients", path: "/clients", icon: "layers", need: staff.ClientRead},
		{key: "console.nav.providers", path: "/providers", icon: "link", need: staff.ClientRead},
		{key: "console.nav.staff", path: "/staff", icon: "id-card", need: staff.StaffRead},
		{key: "console.nav.account", path: "/account", icon: "settings"},
	}
}

// chrome draws the frame for whoever makes the request.
func (c *console) chrome(r *http.Request, t *ui.Locale) ui.Chrome {
	ch := ui.Chrome{Demo: c.Demo}
	v, _ := r.Context().Value(visitKey{}).(*visit)
	if v == nil || v.s.Staff.IsZero() {
		return ch
	}
	ch.Idle, ch.IdleURL = staff.IdleLimit, "/login?ended=idle"
	ch.User = &ui.User{Name: v.s.Name, Detail: t.T("console.role." + string(v.s.Role)), Logout: "/logout"}
	for _, p := range c.places() {
		if p.need != "" && !v.s.Can(p.need) || p.unless != "" && v.s.Can(p.unless) {
			continue
		}
		ch.Nav = append(ch.Nav, ui.Link{Text: t.T(p.key), Href: p.path, Icon: p.icon, Current: here(p.path, r.URL.Path), Count: c.countAt(v, p)}) //nolint:contextcheck // a visit has it
	}
	return ch
}

// countAt counts what waits at a place. A frame without its count is better than no
// page, so a failure is told to the log only.
func (c *console) countAt(v *visit, p place) int {
	if p.count == nil {
		return 0
	}
	n, err := p.count(v)
	if err != nil {
		c.Log.LogAttrs(v.ctx(), slog.LevelWarn, "the navigation lacks a count", slog.String("place", p.path), slog.String("error", err.Error()))
	}
	return int(n)
}

// here reports whether a page belongs to an entry of the navigation.
func here(entry, path string) bool {
	if entry == "/imports" && (path == "/import" || strings.HasPrefix(path, "/import/")) {
		return true
	}
	return path == entry || entry != "/" && strings.HasPrefix(path, entry+"/")
}
