package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const mobilesPage = 50 // tokens

type mobilesView struct {
	*visit
	Apps, States, Idle []ui.Choice
	Filtered           bool
	Tokens             []listedMobile
	Pager              ui.Pager
	Thin               bool // a page of rare ones that has none, and is not the last
}

// listedMobile is a token in the list of all.
type listedMobile struct {
	mobiletoken.Listed
	Href  string
	Badge ui.Badge
}

// mobiles lists the mobile tokens of an application, newest first.
func (c *console) mobiles(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	if serial := strings.TrimSpace(v.query("serial")); serial != "" {
		it, _, err := c.Mobile.Find(v.ctx(), serial)
		if err == nil {
			return v.to(mobilePath(it.Token))
		}
		if !fault.Is(err, "mobiletoken.unknown_serial") {
			return err
		}
		v.form.Fail("serial", v.t.T("console.mobile.no_serial"))
	}
	p := mobilesView{visit: v, Filtered: v.query("state") != "" || v.query("idle") != ""}
	set := c.Policies.Active()
	for _, a := range set.Applications {
		p.Apps = append(p.Apps, ui.Choice{Value: a.Code, Text: a.Name})
	}
	p.States = []ui.Choice{{Value: "", Text: v.t.T("console.mobile.any_state")}}
	for _, s := range mobiletoken.Statuses() {
		p.States = append(p.States, ui.Choice{Value: string(s), Text: v.t.T("console.mobile.state." + string(s))})
	}
	p.Idle = []ui.Choice{{Value: "", Text: v.t.T("console.mobile.any_use")}}
	for _, days := range []int{30, 90, 180, 365} {
		p.Idle = append(p.Idle, ui.Choice{Value: strconv.Itoa(days), Text: v.t.N("console.mobile.idle", days)})
	}
	if len(p.Apps) > 0 {
		if err := c.listMobiles(v, &p); err != nil {
			return err
		}
	}
	return v.render("mobiles", v.t.T("console.mobile.title"), p)
}

// listMobiles reads the page that the address asks for.
func (c *console) listMobiles(v *visit, p *mobilesView) error {
	q := mobiletoken.Query{Application: v.query("application"), Status: mobiletoken.Status(v.query("state")), After: v.query("after"), Limit: mobilesPage}
	if q.Application == "" {
		q.Application = p.Apps[0].Value
	}
	if days, err := strconv.Atoi(v.query("idle")); err == nil && days > 0 && days < 10_000 {
		q.Unused = v.now.Add(-time.Duration(days) * day)
	}
	page, err := c.Mobile.All(v.ctx(), q)
	if err != nil {
		return err
	}
	for _, t := range page.Tokens {
		p.Tokens = append(p.Tokens, listedMobile{t, mobilePath(t.Token), v.mobileBadge(t.Token)})
	}
	p.Thin, p.Pager = len(p.Tokens) == 0 && page.Next != "", v.pager(page.Next)
	return nil
}
