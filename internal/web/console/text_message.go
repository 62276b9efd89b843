package console

import (
	"cmp"
	"strconv"

	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type textPage struct {
	*visit
	sms.Message
	Crumb, Back string
	Badge       ui.Badge
	Facts       []ui.Fact
	Course      []ui.Event
	Parts       []partRow
	Owner       string // the customer's page; "" for those who may not see it
	Retry       string // addresses of acts; "" when not offered
	Discard     string
}

type partRow struct {
	sms.Part
	N     int
	Badge ui.Badge
}

// text shows one message to whoever looks after all.
func (c *console) text(v *visit) error {
	m, err := c.readText(v)
	if err != nil {
		return err
	}
	return c.showText(v, m, v.t.T("console.nav.texts"), "/texts")
}

// customerText shows one message on a customer's pages.
func (c *console) customerText(v *visit) error {
	cu, m, err := c.ownText(v)
	if err != nil {
		return err
	}
	return c.showText(v, m, title(cu), customerPath(cu.ID))
}

func (c *console) showText(v *visit, m sms.Message, crumb, back string) error {
	parts, err := c.Texts.Course(v.ctx(), m.ID)
	if err != nil {
		return err
	}
	p := textPage{visit: v, Message: m, Crumb: crumb, Back: back, Badge: v.textBadge(m.State), Facts: v.textFacts(m), Course: v.course(m)}
	for i, x := range parts {
		p.Parts = append(p.Parts, partRow{x, i + 1, v.textBadge(x.State)})
	}
	if !m.Customer.IsZero() && v.s.Can(staff.CustomerSearch) {
		p.Owner = customerPath(m.Customer)
	}
	if at := "/undelivered/" + m.ID.String(); m.State == sms.Dead && v.s.Can(staff.TextManage) {
		p.Discard = at + "/discard"
		if v.now.Before(m.Expires) {
			p.Retry = at + "/retry"
		}
	}
	return v.render("text", v.t.T("console.text.one"), p)
}

// textFacts is all that is known of a message. Its body is in no answer: that of a
// code is nobody's business, and others are not kept once they were sent.
func (v *visit) textFacts(m sms.Message) []ui.Fact {
	facts := []ui.Fact{
		{Name: v.t.T("console.text.to"), Value: m.To, Mono: true},
		{Name: v.t.T("console.text.kind"), Value: v.className(m.Class)},
		{Name: v.t.T("console.text.gateway"), Value: cmp.Or(m.Gateway, "–")},
		{Name: v.t.T("console.text.parts"), Value: strconv.Itoa(m.Parts)},
		{Name: v.t.T("console.text.expires"), Value: v.moment(m.Expires)},
	}
	if m.Reason != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.text.reason"), Value: m.Reason, Note: v.t.T("console.text.reason_note")})
	}
	return append(facts, ui.Fact{Name: v.t.T("console.text.body"), Value: "–", Note: v.t.T("console.text.body_note")})
}

// course tells a message's life, the newest first.
func (v *visit) course(m sms.Message) (all []ui.Event) {
	if !m.Ended.IsZero() {
		b := v.textBadge(m.State)
		all = append(all, ui.Event{At: m.Ended, Tone: b.Tone, Icon: "smartphone", Title: b.Text, Text: m.Reason})
	}
	if !m.Sent.IsZero() {
		all = append(all, ui.Event{At: m.Sent, Tone: ui.Info, Icon: "send", Title: v.t.T("console.text.taken", "gateway", m.Gateway)})
	}
	return append(all, ui.Event{At: m.Created, Tone: ui.Info, Icon: "message-square", Title: v.t.T("console.text.made")})
}
