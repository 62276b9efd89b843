package console

import (
	"net/url"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type memberFormPage struct {
	*visit
	Member staff.Member // zero when one is invited
	Roles  []ui.Choice
	Fresh  string
}

// newMember asks whom to invite.
func (c *console) newMember(v *visit) error {
	p := memberFormPage{visit: v, Roles: v.roles(), Fresh: v.form.Value("id")}
	if p.Fresh == "" {
		p.Fresh = ident.New(v.now, c.Rand).String()
	}
	return v.narrow("staff-new", v.t.T("console.staff.invite"), p)
}

// invite invites a colleague and shows the invitation, this once.
func (c *console) invite(v *visit) error {
	id, err := ident.Parse(v.form.Value("id"))
	if err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	n := staff.New{ID: id, Login: v.form.Value("login"), Name: v.form.Value("name"), Role: staff.Role(v.form.Value("role"))}
	m, inv, err := c.Staff.Create(v.ctx(), v.s.Actor(), n)
	if err != nil {
		return v.again(err, c.newMember)
	}
	return v.render("once", v.t.T("console.staff.invited"), v.invited(m, inv))
}

func (v *visit) invited(m staff.Member, inv staff.Invitation) oncePage {
	return oncePage{
		visit: v, Title: v.t.T("console.staff.invited"), Lede: v.t.T("console.once.lede"), Back: "/staff/" + m.ID.String(), Done: v.t.T("console.staff.back"),
		Secret: ui.Secret{ID: "invitation", Label: v.t.T("console.staff.invitation"), Value: inv.Code, Hint: v.t.T("console.code.until", "time", v.t.Time(inv.Until))},
		Facts: []ui.Fact{
			{Name: v.t.T("console.staff.name"), Value: m.Name},
			{Name: v.t.T("console.staff.login"), Value: m.Login, Mono: true},
			{Name: v.t.T("console.staff.role"), Value: v.t.T("console.role." + string(m.Role))},
		},
		Next: []string{v.t.T("console.staff.next_hand"), v.t.T("console.staff.next_open"), v.t.T("console.staff.next_app")},
	}
}

// editMember shows name and role as they are.
func (c *console) editMember(v *visit) error {
	m, err := c.readMember(v)
	if err != nil {
		return err
	}
	v.form = ui.NewForm(url.Values{"name": {m.Name}, "role": {string(m.Role)}})
	return v.narrow("staff-edit", v.t.T("console.staff.edit"), memberFormPage{visit: v, Member: m, Roles: v.roles()})
}

// changeMember changes name and role.
func (c *console) changeMember(v *visit) error {
	m, err := c.readMember(v)
	if err != nil {
		return err
	}
	name, role := v.form.Value("name"), staff.Role(v.form.Value("role"))
	if _, err := c.Staff.Update(v.ctx(), v.s.Actor(), m.ID, staff.Change{Name: &name, Role: &role}); err != nil {
		return v.again(err, func(v *visit) error {
			return v.narrow("staff-edit", v.t.T("console.staff.edit"), memberFormPage{visit: v, Member: m, Roles: v.roles()})
		})
	}
	return v.done("/staff/"+m.ID.String(), "console.staff.saved")
}
