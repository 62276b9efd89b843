package console

import (
	"slices"
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type memberPage struct {
	*visit
	memberRow
	Self     bool
	Facts    []ui.Fact
	Sessions []sessionRow
	Can      []string
	Recent   []ui.Event
	Acts     []memberAct
}

// memberAct is something that can be done with a member now.
type memberAct struct {
	Act, Text, Icon string
	Danger          bool
}

// member shows a colleague: state, sessions, and what can be done.
func (c *console) member(v *visit) error {
	m, err := c.readMember(v)
	if err != nil {
		return err
	}
	p := memberPage{visit: v, memberRow: v.memberRow(m), Self: m.ID == v.s.Staff, Acts: v.memberActs(m)}
	p.Facts = v.memberFacts(m)
	sessions, err := c.Staff.Sessions(v.ctx(), m.ID)
	if err != nil {
		return err
	}
	p.Sessions = rows(v, sessions)
	for _, can := range staff.Permissions(m.Role) {
		p.Can = append(p.Can, v.t.T("console.permission."+string(can)))
	}
	slices.Sort(p.Can)
	if v.s.Can(staff.AuditRead) {
		if p.Recent, _, err = c.history(v, audit.Filter{Actor: audit.Staff(m.ID, m.Login)}, "", recent); err != nil {
			return err
		}
	}
	return v.render("member", m.Name, p)
}

func (c *console) readMember(v *visit) (staff.Member, error) {
	id, err := v.id("id")
	if err != nil {
		return staff.Member{}, err
	}
	return c.Staff.Get(v.ctx(), id)
}

func (v *visit) memberFacts(m staff.Member) []ui.Fact {
	rule := staff.DefaultRule
	facts := []ui.Fact{
		{Name: v.t.T("console.staff.login"), Value: m.Login, Mono: true},
		{Name: v.t.T("console.staff.role"), Value: v.t.T("console.role." + string(m.Role))},
		{Name: v.t.T("console.staff.failures"), Value: v.t.T("console.holding.of", "used", strconv.Itoa(rule.Max-m.Failures.Left(rule, v.now)), "max", rule.Max)},
		{Name: v.t.T("console.staff.last"), Value: v.moment(m.LoggedIn)},
		{Name: v.t.T("console.staff.created"), Value: v.moment(m.Created)},
		{Name: v.t.T("console.staff.changed"), Value: v.moment(m.Changed)},
	}
	if m.Failures.Blocked(v.now) {
		facts[2].Note = v.t.T("console.staff.blocked_until", "time", v.t.Time(m.Failures.BlockedUntil))
	}
	return facts
}

// memberActs lists what the state of a member allows. The domain decides; this
// keeps what cannot be meant off the page.
func (v *visit) memberActs(m staff.Member) (all []memberAct) {
	add := func(act, icon string, danger bool) {
		all = append(all, memberAct{act, v.t.T("console.staff." + act + ".title"), icon, danger})
	}
	if m.Failures.Blocked(v.now) {
		add("unblock", "lock-open", false)
	}
	if m.Status == staff.Disabled {
		add("enable", "power", false)
	}
	add("end", "log-out", false)
	add("reset", "rotate-ccw", true)
	if m.Status != staff.Disabled {
		add("disable", "ban", true)
	}
	return all
}

// Endable reports whether sessions in the page have a button that ends them.
func (memberPage) Endable() bool { return false }
