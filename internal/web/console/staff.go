package console

import (
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const staffPage = 50

type membersView struct {
	*visit
	Members []memberRow
	Pager   ui.Pager
}

type memberRow struct {
	staff.Member
	RoleName string
	Badge    ui.Badge
}

// members lists the staff by login.
func (c *console) members(v *visit) error {
	all, err := c.Staff.List(v.ctx(), v.query("after"), staffPage)
	if err != nil {
		return err
	}
	p := membersView{visit: v}
	for _, m := range all {
		p.Members = append(p.Members, v.memberRow(m))
	}
	if len(all) == staffPage {
		p.Pager = v.pager(all[staffPage-1].Login)
	}
	return v.render("staff", v.t.T("console.staff.title"), p)
}

func (v *visit) memberRow(m staff.Member) memberRow {
	return memberRow{m, v.t.T("console.role." + string(m.Role)), v.memberBadge(m)}
}

// roles are the choices of a role field.
func (v *visit) roles() (all []ui.Choice) {
	for _, r := range staff.Roles() {
		all = append(all, ui.Choice{Value: string(r), Text: v.t.T("console.role." + string(r))})
	}
	return all
}
