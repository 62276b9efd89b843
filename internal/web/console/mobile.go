package console

import (
	"cmp"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// mobileCard is what the customer's page says of their mobile tokens.
type mobileCard struct {
	*visit
	At       string // address of the customer's mobile tokens
	Rows     []mobileRow
	Archived int  // that are not among the rows
	CanIssue bool // a new one may be made
}

// mobileRow is a mobile token in a list.
type mobileRow struct {
	mobiletoken.Item
	Title string // its name, or its serial number
	App   string
	Href  string
	Badge ui.Badge
	Code  *ui.Badge // of a code that is not used up; nil for none
}

// addMobiles adds the customer's mobile tokens to their page, where the bank has any.
func (c *console) addMobiles(v *visit, p *customerPage) error {
	if !v.s.Can(staff.MobileRead) {
		return nil
	}
	set := c.Policies.Active()
	all, err := c.Mobile.List(v.ctx(), p.ID)
	if err != nil || len(all) == 0 && len(set.Applications) == 0 {
		return err
	}
	card := &mobileCard{visit: v, At: customerPath(p.ID) + "/mobile", CanIssue: v.s.Can(staff.MobileIssue) && p.CanIssue && len(set.Applications) > 0}
	for _, it := range all {
		if it.Status == mobiletoken.Archived {
			card.Archived++
		}
		card.Rows = append(card.Rows, v.mobileRow(set, it))
	}
	if v.query("mobiles") != "all" {
		card.Rows = living(card.Rows)
	} else {
		card.Archived = 0
	}
	p.Mobiles = card
	return nil
}

// living leaves archived tokens out: after years they are most.
func living(rows []mobileRow) (out []mobileRow) {
	for _, r := range rows {
		if r.Status != mobiletoken.Archived {
			out = append(out, r)
		}
	}
	return out
}

func (v *visit) mobileRow(set *policy.Set, it mobiletoken.Item) mobileRow {
	r := mobileRow{Item: it, Title: mobileTitle(it.Token), App: appName(set, it.Application), Href: mobilePath(it.Token), Badge: v.mobileBadge(it.Token)}
	if it.Code != nil && it.Code.Status == mobiletoken.Valid {
		b := v.badge("console.status.code", it.Code.State(v.now))
		r.Code = &b
	}
	return r
}

// mobileTitle is how staff call a token.
func mobileTitle(t mobiletoken.Token) string { return cmp.Or(t.Name, t.Serial) }

func mobilePath(t mobiletoken.Token) string {
	return customerPath(t.Customer) + "/mobile/" + t.ID.String()
}

// appName is the name of an application in the policies in force, or its code.
func appName(set *policy.Set, code string) string {
	a, _ := set.Application(code)
	return cmp.Or(a.Name, code)
}

// mobileBadge is the state of a token in a word or two.
func (v *visit) mobileBadge(t mobiletoken.Token) ui.Badge {
	tones := map[mobiletoken.Status]ui.Tone{
		mobiletoken.CodeIssued: ui.Info, mobiletoken.Provisioning: ui.Info, mobiletoken.Active: ui.Good, mobiletoken.Blocked: ui.Bad,
	}
	return ui.Badge{Tone: cmp.Or(tones[t.Status], ui.Plain), Text: v.t.T("console.mobile.state." + string(t.Status))}
}

// mobileTarget is the mobile token in the address, as an act finds it.
type mobileTarget struct {
	mobiletoken.Item
	Set   *policy.Set
	App   policy.Application // zero when the policies do not have it any more
	Who   string             // its owner, as staff call them
	Badge ui.Badge
}

func (x mobileTarget) path() string { return mobilePath(x.Token) }

func (x mobileTarget) subject() subject {
	return subject{x.Customer, "mobile_token:" + x.ID.String(), x.path(), mobileTitle(x.Token)}
}

// readMobile finds the token in the address, and its owner.
func (c *console) readMobile(v *visit) (x mobileTarget, err error) {
	var ids [2]ident.ID
	for i, name := range []string{"id", "token"} {
		if ids[i], err = v.id(name); err != nil {
			return x, err
		}
	}
	if x.Item, err = c.Mobile.Get(v.ctx(), ids[0], ids[1]); err != nil {
		return x, err
	}
	owner, err := c.Customers.Get(v.ctx(), x.Customer)
	x.Set, x.Who, x.Badge = c.Policies.Active(), title(owner), v.mobileBadge(x.Token)
	x.App, _ = x.Set.Application(x.Application)
	return x, err
}

// targetFacts say which token an act is about, so that nobody takes another one.
func (v *visit) mobileTargetFacts(x mobileTarget) []ui.Fact {
	facts := []ui.Fact{
		{Name: v.t.T("console.token.serial"), Value: x.Serial, Note: appName(x.Set, x.Application), Mono: true, Badge: &x.Badge},
		{Name: v.t.T("console.token.owner"), Value: x.Who},
	}
	if x.Name != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.token.name"), Value: x.Name, Note: x.Model})
	}
	return facts
}

// countdown is a moment that runs out, and the moment of the page.
type countdown struct{ At, Now time.Time }
