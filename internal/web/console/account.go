package console

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type accountPage struct {
	*visit
	Member   staff.Member
	Role     string
	Sessions []sessionRow
	Can      []string
}

// sessionRow is an open session in a list.
type sessionRow struct {
	staff.Session
	Mine bool // the one that looks at the page

	t *ui.Locale
}

// account shows who is logged in, where else, and what the role includes.
func (c *console) account(v *visit) error {
	m, err := c.Staff.Get(v.ctx(), v.s.Staff)
	if err != nil {
		return err
	}
	sessions, err := c.Staff.Sessions(v.ctx(), v.s.Staff)
	if err != nil {
		return err
	}
	p := accountPage{visit: v, Member: m, Role: v.t.T("console.role." + string(m.Role)), Sessions: rows(v, sessions)}
	for _, can := range staff.Permissions(m.Role) {
		p.Can = append(p.Can, v.t.T("console.permission."+string(can)))
	}
	slices.Sort(p.Can)
	return v.render("account", v.t.T("console.account.title"), p)
}

func rows(v *visit, sessions []staff.Session) []sessionRow {
	out := make([]sessionRow, len(sessions))
	for i, s := range sessions {
		out[i] = sessionRow{s, s.ID == v.s.ID, v.t}
	}
	return out
}

// endMySession ends another session of the member.
func (c *console) endMySession(v *visit) error {
	id, err := v.id("session")
	if err != nil {
		return err
	}
	if err := c.Staff.EndSession(v.ctx(), v.s.Actor(), v.s.Staff, id); err != nil {
		return err
	}
	return v.done("/account", "console.account.ended")
}

// passwordForm asks for a new password.
func (c *console) passwordForm(v *visit) error {
	return v.narrow("password", v.t.T("console.password.title"), nil)
}

// changePassword sets it; all other sessions end.
func (c *console) changePassword(v *visit) error {
	if v.form.Raw("fresh") != v.form.Raw("repeat") {
		v.form.Fail("repeat", v.t.T("console.invitation.differs"))
		return c.passwordForm(v)
	}
	g, ok, err := c.Staff.ChangePassword(v.ctx(), c.kit.Cookie(v.r, sessionCookie), v.form.Raw("password"), v.form.Value("code"), v.form.Raw("fresh"))
	if fault.Is(err, "staff.password_weak") {
		err = fault.From(err).WithField("fresh") // as this form names it
	}
	if err != nil {
		return v.again(err, c.passwordForm)
	}
	if !ok {
		v.form.Fail("", v.t.T("console.prove.wrong"))
		return c.passwordForm(v)
	}
	c.start(v, g)
	return v.done("/account", "console.password.done")
}

// Endable reports whether sessions in the page have a button that ends them.
func (accountPage) Endable() bool { return true }
