package console

import (
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// textsPage is how many messages a list has.
const textsPage = 50

// textRow is a message in a list: never its body, never the whole number.
type textRow struct {
	sms.Message
	Badge     ui.Badge
	ClassName string
	Href      string
	Owner     string // the customer's page; "" for those who may not see it
	Undone    bool   // it was not delivered, and its reason says why
}

type textsView struct {
	*visit
	Of, Back string // whose they are; "" for everybody's
	At       string // address of the list
	Rows     []textRow
	States   []ui.Choice
	Classes  []ui.Choice
	Gateways []ui.Choice
	Filtered bool
	Pager    ui.Pager
}

func (v *visit) textRows(list []sms.Message, at string) (rows []textRow) {
	for _, m := range list {
		row := textRow{Message: m, Badge: v.textBadge(m.State), ClassName: v.className(m.Class), Href: at + m.ID.String()}
		row.Undone = m.State == sms.Failed || m.State == sms.Dead || m.State == sms.Expired
		if !m.Customer.IsZero() && v.s.Can(staff.CustomerSearch) {
			row.Owner = customerPath(m.Customer)
		}
		rows = append(rows, row)
	}
	return rows
}

// className says what a message is for; a class of a newer version is shown as it is.
func (v *visit) className(class string) string {
	if key := "console.text.class." + class; v.t.Has(key) {
		return v.t.T(key)
	}
	return class
}

func (v *visit) textBadge(s sms.State) ui.Badge {
	b := ui.Badge{Tone: ui.Info, Text: v.t.T("console.status.text." + string(s))}
	switch s {
	case sms.Delivered:
		b.Tone = ui.Good
	case sms.Failed, sms.Dead:
		b.Tone = ui.Bad
	case sms.Expired, sms.Unknown:
		b.Tone = ui.Warn
	case sms.Waiting, sms.Sent:
	}
	return b
}

func textStates() []sms.State {
	return []sms.State{sms.Waiting, sms.Sent, sms.Delivered, sms.Failed, sms.Expired, sms.Unknown, sms.Dead}
}

// texts lists the messages to all customers.
func (c *console) texts(v *visit) error {
	return c.listTexts(v, textsView{At: "/texts"}, sms.Filter{}, "/texts/")
}

// customerTexts lists those to one.
func (c *console) customerTexts(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	at := customerPath(cu.ID) + "/texts"
	return c.listTexts(v, textsView{Of: title(cu), Back: customerPath(cu.ID), At: at}, sms.Filter{Customer: cu.ID}, at+"/")
}

func (c *console) listTexts(v *visit, p textsView, f sms.Filter, at string) error {
	v.form = ui.ReadQuery(v.r)
	p.visit = v
	p.chooseTexts(c)
	if err := p.filter(&f); err != nil {
		return err
	}
	list, err := c.Texts.List(v.ctx(), f, textsPage+1)
	if err != nil {
		return err
	}
	next := ""
	if len(list) > textsPage {
		list = list[:textsPage]
		next = list[textsPage-1].ID.String()
	}
	p.Rows, p.Pager = v.textRows(list, at), v.pager(next)
	return v.render("texts", v.t.T("console.text.title"), p)
}

func (p *textsView) chooseTexts(c *console) {
	t := p.t
	p.States = []ui.Choice{{Value: "", Text: t.T("console.text.every_state")}}
	for _, s := range textStates() {
		p.States = append(p.States, ui.Choice{Value: string(s), Text: t.T("console.status.text." + string(s))})
	}
	p.Classes = []ui.Choice{{Value: "", Text: t.T("console.text.every_class")}}
	for _, class := range []string{sms.ClassCode, sms.ClassNotice} {
		p.Classes = append(p.Classes, ui.Choice{Value: class, Text: p.className(class)})
	}
	p.Gateways = []ui.Choice{{Value: "", Text: t.T("console.text.every_gateway")}}
	for _, g := range c.Texts.Gateways {
		p.Gateways = append(p.Gateways, ui.Choice{Value: g.Name(), Text: g.Name()})
	}
}

// filter reads the filters of the address.
func (p *textsView) filter(f *sms.Filter) (err error) {
	f.State, f.Class, f.Gateway = sms.State(p.query("state")), p.query("class"), p.query("gateway")
	if f.From, err = p.dayOf("from", 0); err != nil {
		return err
	}
	if f.To, err = p.dayOf("to", 1); err != nil {
		return err
	}
	p.Filtered = f.State != "" || f.Class != "" || f.Gateway != "" || !f.From.IsZero() || !f.To.IsZero()
	f.Before, err = readBefore(p.query("after"))
	return err
}

// dayOf reads a date of the address; with days more, so that a last day is included.
func (v *visit) dayOf(name string, more int) (time.Time, error) {
	text := v.query(name)
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 2000 || day.Year() > 9000 {
		return time.Time{}, fault.Invalidf("console.day", "Write a day as 2026-11-22.").WithCause(err)
	}
	return day.AddDate(0, 0, more), nil
}

// ownText finds the message in the address when it went to the customer there.
func (c *console) ownText(v *visit) (cu customer.Customer, m sms.Message, err error) {
	if cu, err = c.readCustomer(v); err != nil {
		return cu, m, err
	}
	if m, err = c.readText(v); err == nil && m.Customer != cu.ID {
		err = noPage()
	}
	return cu, m, err
}

func (c *console) readText(v *visit) (m sms.Message, err error) {
	id, err := v.id("text")
	if err != nil {
		return m, err
	}
	m, found, err := c.Texts.Find(v.ctx(), id)
	if err == nil && !found {
		err = noPage()
	}
	return m, err
}
