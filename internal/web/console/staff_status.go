package console

import (
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
)

// memberForm says what an act on a colleague will do, and asks.
func (c *console) memberForm(v *visit) error {
	m, err := c.readMember(v)
	if err != nil {
		return err
	}
	return c.showMemberForm(v, m)
}

func (c *console) showMemberForm(v *visit, m staff.Member) error {
	act := v.r.PathValue("act")
	if !slices.Contains([]string{"disable", "enable", "unblock", "reset", "end"}, act) {
		return fault.NotFoundf("console.address", "There is no page at this address.")
	}
	title := v.t.T("console.staff." + act + ".title")
	return v.narrow("confirm", title, confirmPage{
		visit: v, Of: m.Name, Back: "/staff/" + m.ID.String(), Title: title, Text: v.t.T("console.staff."+act+".text", "name", m.Name), Button: title,
		Action: v.r.URL.Path, Danger: act == "disable" || act == "reset",
	})
}

// changeMemberStatus carries the act out.
func (c *console) changeMemberStatus(v *visit) error {
	m, err := c.readMember(v)
	if err != nil {
		return err
	}
	by, back := v.s.Actor(), "/staff/"+m.ID.String()
	var done string
	switch v.r.PathValue("act") {
	case "disable":
		err, done = c.Staff.Disable(v.ctx(), by, m.ID), "console.staff.disable.done"
	case "enable":
		err, done = c.Staff.Enable(v.ctx(), by, m.ID), "console.staff.enable.done"
	case "unblock":
		err, done = c.Staff.Unblock(v.ctx(), by, m.ID), "console.staff.unblock.done"
	case "end":
		err, done = c.Staff.EndSessions(v.ctx(), by, m.ID), "console.staff.end.done"
	case "reset":
		return c.resetMember(v, m)
	default:
		return fault.NotFoundf("console.address", "There is no page at this address.")
	}
	if err != nil {
		return v.again(err, func(v *visit) error { return c.showMemberForm(v, m) })
	}
	return v.done(back, done, "name", m.Name)
}

// resetMember shows the new invitation, this once.
func (c *console) resetMember(v *visit, m staff.Member) error {
	inv, err := c.Staff.Reset(v.ctx(), v.s.Actor(), m.ID)
	if err != nil {
		return v.again(err, func(v *visit) error { return c.showMemberForm(v, m) })
	}
	p := v.invited(m, inv)
	p.Title = v.t.T("console.staff.reset.done", "name", m.Name)
	return v.render("once", p.Title, p)
}
