package console

import (
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type undeliveredView struct {
	*visit
	Rows  []deadRow
	Pager ui.Pager
}

// deadRow is a message that the program gave up: of any kind, without its content.
type deadRow struct {
	outbox.Message
	KindName string
	Href     string // its page; "" when it has none
	Owner    string
	Retry    string
	Discard  string
	Over     bool // it has expired, so that it cannot be tried again
}

// undelivered lists the messages that could not be delivered, the oldest first: what
// a human has to decide about.
func (c *console) undelivered(v *visit) error {
	after, err := readBefore(v.query("after"))
	if err != nil {
		return err
	}
	list, err := c.Outbox.List(v.ctx(), outbox.Dead, after, textsPage+1)
	if err != nil {
		return err
	}
	next := ""
	if len(list) > textsPage {
		list = list[:textsPage]
		next = list[textsPage-1].ID.String()
	}
	p := undeliveredView{visit: v, Pager: v.pager(next)}
	for _, m := range list {
		p.Rows = append(p.Rows, v.deadRow(m))
	}
	return v.render("undelivered", v.t.T("console.undelivered.title"), p)
}

func (v *visit) deadRow(m outbox.Message) deadRow {
	row := deadRow{Message: m, KindName: v.outboxKind(m.Kind), Over: !m.Expires.IsZero() && !v.now.Before(m.Expires)}
	if m.Kind == sms.Kind {
		row.Href = "/texts/" + m.ID.String()
	}
	if !m.Customer.IsZero() && v.s.Can(staff.CustomerSearch) {
		row.Owner = customerPath(m.Customer)
	}
	if at := "/undelivered/" + m.ID.String(); v.s.Can(staff.TextManage) {
		row.Discard = at + "/discard"
		if !row.Over {
			row.Retry = at + "/retry"
		}
	}
	return row
}

// outboxKind says what a kind of messages is; one of a newer version is shown as it is.
func (v *visit) outboxKind(kind string) string {
	if key := "console.undelivered.kind." + kind; v.t.Has(key) {
		return v.t.T(key)
	}
	return kind
}

// undeliveredCount counts them.
func (c *console) undeliveredCount(v *visit) (int64, error) {
	if !v.s.Can(staff.TextRead) {
		return 0, nil
	}
	b, err := c.Outbox.Backlog(v.ctx())
	return b.Dead, err
}

// deadMessage leads to what there is to see of a message: its own page, or the list.
func (c *console) deadMessage(v *visit) error {
	id, err := v.id("message")
	if err != nil {
		return err
	}
	m, err := c.Outbox.Get(v.ctx(), id)
	switch {
	case err != nil:
		return err
	case m.Kind == sms.Kind:
		return v.to("/texts/" + id.String())
	}
	return v.to("/undelivered")
}

// deadAct starts the page of an act on the message in the address.
func (c *console) deadAct(v *visit, key string) (m outbox.Message, p actPage, err error) {
	id, err := v.id("message")
	if err != nil {
		return m, p, err
	}
	if m, err = c.Outbox.Get(v.ctx(), id); err != nil {
		return m, p, err
	}
	p = v.act(key, v.t.T("console.undelivered.title"), "/undelivered")
	p.Facts = []ui.Fact{
		{Name: v.t.T("console.text.kind"), Value: v.outboxKind(m.Kind)},
		{Name: v.t.T("console.undelivered.made"), Value: v.moment(m.Created)},
		{Name: v.t.T("console.undelivered.attempts"), Value: v.t.Number(int64(m.Attempts))},
		{Name: v.t.T("console.text.reason"), Value: m.Reason},
	}
	return m, p, nil
}

func deadSubject(v *visit, id ident.ID) subject {
	return subject{object: id.String(), page: "/undelivered", name: v.t.T("console.undelivered.title")}
}

// retryForm says what another try does.
func (c *console) retryForm(v *visit) error {
	_, p, err := c.deadAct(v, "retry_message")
	if err != nil {
		return err
	}
	p.Reason = ""
	return v.showAct(p)
}

// retryMessage has a message tried again.
func (c *console) retryMessage(v *visit) error {
	m, _, err := c.deadAct(v, "retry_message")
	if err != nil {
		return err
	}
	again := c.Outbox.Retry
	if m.Kind == sms.Kind {
		again = c.Texts.Retry
	}
	if err := again(v.ctx(), v.s.Actor(), m.ID); err != nil {
		return c.refused(v, deadSubject(v, m.ID), err, c.retryForm)
	}
	return v.done("/undelivered", "console.do.retry_message.done")
}

// discardForm says what giving up does: there is no way back.
func (c *console) discardForm(v *visit) error {
	_, p, err := c.deadAct(v, "discard_message")
	if err != nil {
		return err
	}
	p.Final = true
	return v.showAct(p)
}

// discardMessage gives a message up for good.
func (c *console) discardMessage(v *visit) error {
	m, _, err := c.deadAct(v, "discard_message")
	if err != nil {
		return err
	}
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if v.form.Value("sure") == "" {
		v.form.Fail("sure", v.t.T("console.do.not_sure"))
	}
	if !v.form.OK() {
		return c.discardForm(v)
	}
	end := c.Outbox.Discard
	if m.Kind == sms.Kind {
		end = c.Texts.Discard
	}
	if err := end(v.ctx(), v.s.Actor(), m.ID, v.form.Value("reason")); err != nil {
		return c.refused(v, deadSubject(v, m.ID), err, c.discardForm)
	}
	return v.done("/undelivered", "console.do.discard_message.done")
}
