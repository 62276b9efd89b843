package console

import (
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// channelSubject is a closed channel for the page that says that somebody was faster.
func channelSubject(cu customer.Customer, channel string) subject {
	return subject{cu.ID, "channel:" + channel, customerPath(cu.ID), title(cu)}
}

// closedChannel reads the block that the address names; the fault "channel.open" (Conflict)
// when it stands no more.
func (c *console) closedChannel(v *visit) (cu customer.Customer, b risk.ChannelBlock, err error) {
	if cu, err = c.readCustomer(v); err != nil {
		return cu, b, err
	}
	all, err := c.Risk.Channels(v.ctx(), cu.ID)
	for _, b := range all {
		if b.Channel == v.r.PathValue("channel") {
			return cu, b, nil
		}
	}
	if err == nil {
		err = fault.Conflictf("channel.open", "The channel is not closed to the customer, or not any more.")
	}
	return cu, b, err
}

// reopenForm says what opening a channel again does.
func (c *console) reopenForm(v *visit) error {
	cu, b, err := c.closedChannel(v)
	if err != nil {
		return c.barred(v, channelSubject(cu, v.r.PathValue("channel")), err)
	}
	row, err := c.channelRow(v, b)
	if err != nil {
		return err
	}
	i, ok, err := c.warrant(v, cu.ID)
	if err != nil || !ok {
		return err
	}
	p := v.act("reopen", title(cu), customerPath(cu.ID))
	p.Facts = []ui.Fact{
		{Name: v.t.T("console.token.owner"), Value: title(cu), Note: cu.Number},
		{Name: v.t.T("console.channel.one"), Value: b.Channel, Note: row.Ends},
		{Name: v.t.T("console.channel.why"), Value: row.Why, Note: v.t.Time(b.Made)},
	}
	p.Identified = v.standingOf(i)
	return v.showAct(p)
}

// reopen opens the channel again.
func (c *console) reopen(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return c.reopenForm(v)
	}
	i, err := c.current(v, cu.ID)
	if err != nil {
		return err
	}
	channel := v.r.PathValue("channel")
	_, err = c.Risk.Lift(v.ctx(), v.s.Actor(), risk.Lifting{Customer: cu.ID, Channel: channel, Reason: v.form.Value("reason"), Identified: i.ID})
	if err != nil {
		return c.refused(v, channelSubject(cu, channel), err, c.reopenForm)
	}
	return v.done(customerPath(cu.ID), "console.do.reopen.done", "channel", channel)
}
