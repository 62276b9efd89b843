package console

import (
	"net/url"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// channelRow is a closed channel in words.
type channelRow struct {
	risk.ChannelBlock

	Who    string // the customer; "" on their own page
	Why    string
	Ends   string
	By     string
	Event  string // address of the event that caused it; "" for none, or where the visitor may not see it
	Reopen string // address of the act; "" when it is not offered
}

// channelRow describes a block, and what the visitor may do with it.
func (c *console) channelRow(v *visit, b risk.ChannelBlock) (row channelRow, err error) {
	row = channelRow{ChannelBlock: b, Why: v.t.T("console.channel.cause." + b.Cause), Ends: v.t.T("console.channel.until_lifted")}
	if b.Reason != "" {
		row.Why += ": " + b.Reason
	}
	if !b.Until.IsZero() {
		row.Ends = v.t.T("console.channel.until", "time", v.t.Time(b.Until))
	}
	if !b.Event.IsZero() && v.s.Can(staff.RiskRead) {
		row.Event = eventPath(b.Customer, b.Event)
	}
	if v.s.Can(staff.ChannelLift) {
		row.Reopen = customerPath(b.Customer) + "/channels/" + url.PathEscape(b.Channel) + "/lift"
	}
	row.By, err = c.names(v).of(v.ctx(), b.By.String())
	return row, err
}

// channelRows describes the closed channels of a customer.
func (c *console) channelRows(v *visit, owner ident.ID) (rows []channelRow, err error) {
	all, err := c.Risk.Channels(v.ctx(), owner)
	for _, b := range all {
		row, err := c.channelRow(v, b)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, err
}

// addChannels looks for channels that are closed to the customer.
func (c *console) addChannels(v *visit, p *customerPage) (err error) {
	if p.Status == customer.Closed || !v.s.Can(staff.RiskSee) {
		return nil
	}
	p.Channels, err = c.channelRows(v, p.ID)
	return err
}

// addClosed looks for a block that the event caused, or that stands on its channel.
func (c *console) addClosed(v *visit, p *eventPage) error {
	all, err := c.channelRows(v, p.Case.Customer)
	for _, row := range all {
		if row.Channel != p.Case.Facts.Channel && row.ChannelBlock.Event != p.Case.ID {
			continue
		}
		if row.ChannelBlock.Event == p.Case.ID {
			p.Causes, row.Event = true, ""
		}
		p.Closed = append(p.Closed, row)
	}
	return err
}

const channelsPage = 50

type closedPage struct {
	*visit
	Rows []channelRow
	Next string
}

// closedChannels lists the channels that are closed to customers now.
func (c *console) closedChannels(v *visit) error {
	var before time.Time
	if text := v.r.URL.Query().Get("before"); text != "" {
		var err error
		if before, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return noPage()
		}
	}
	all, err := c.Risk.Closed(v.ctx(), before, channelsPage)
	if err != nil {
		return err
	}
	p := closedPage{visit: v}
	for _, b := range all {
		row, err := c.channelRow(v, b)
		if err == nil {
			row.Who, err = c.customerName(v, b.Customer)
		}
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	if len(all) == channelsPage {
		p.Next = link("/channels", "before", all[len(all)-1].Made.UTC().Format(time.RFC3339Nano))
	}
	return v.render("channels", v.t.T("console.channel.title"), p)
}

// channelsClosed counts them for those who decide about one.
func (c *console) channelsClosed(v *visit) (int64, error) {
	if !v.s.Can(staff.ChannelLift) && !v.s.Can(staff.RiskReview) {
		return 0, nil
	}
	return c.Risk.CountClosed(v.ctx())
}

// channelMatter is what the first page tells of them.
func (c *console) channelMatter(v *visit) (all []matter, err error) {
	n, err := c.channelsClosed(v)
	if err == nil && n > 0 {
		all = append(all, matter{v.t.N("console.home.channels", int(n)), v.t.T("console.home.channels_text"), "/channels", "ban", ui.Warn})
	}
	return all, err
}
