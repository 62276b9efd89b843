package console

import (
	"cmp"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// requestRow is something that was asked of a phone.
type requestRow struct {
	mobileid.Transaction
	What  string // kind and role, in words
	From  string // who asked
	Why   string // why it came to nothing; "" otherwise
	Badge ui.Badge
	File  string // address of its evidence; "" when it is no valid signature
}

// requestsOf lists the last things that a phone was asked.
func (c *console) requestsOf(v *visit, x mobileIDTarget) (rows []requestRow, err error) {
	all, err := c.MobileIDs.List(v.ctx(), x.Customer, ident.ID{}, mobileIDLooked)
	for _, t := range all {
		if t.Mobile == x.ID && len(rows) < mobileIDAsked {
			rows = append(rows, v.requestRow(t))
		}
	}
	return rows, err
}

func (v *visit) requestRow(t mobileid.Transaction) requestRow {
	tones := map[mobileid.Status]ui.Tone{
		mobileid.Asked: ui.Info, mobileid.Delivered: ui.Info, mobileid.Signed: ui.Info, mobileid.Valid: ui.Good, mobileid.Done: ui.Good,
		mobileid.Invalid: ui.Bad, mobileid.Revoked: ui.Bad, mobileid.Reported: ui.Bad, mobileid.PINBlocked: ui.Bad, mobileid.WrongControl: ui.Bad,
		mobileid.WrongPIN: ui.Warn, mobileid.Undelivered: ui.Warn, mobileid.Failed: ui.Warn,
	}
	status := t.At(v.now)
	r := requestRow{Transaction: t, From: cmp.Or(t.Provider, t.Service), Badge: ui.Badge{Tone: cmp.Or(tones[status], ui.Plain), Text: v.t.T("console.mobile_id.request." + string(status))}}
	r.What = v.t.T("console.mobile_id.kind." + string(t.Kind))
	if t.Kind == mobileid.Signing || t.Kind == mobileid.Generating {
		r.What = v.t.T("console.mobile_id.kind_role", "kind", r.What, "role", v.t.T("console.mobile_id.role."+t.Role.String()))
	}
	if t.Reason != "" {
		r.Why = v.word("console.mobile_id.why.", string(t.Reason))
	}
	if t.Withheld != "" {
		r.Why = v.word("console.mobile_id.why.", string(t.Withheld))
		r.Badge = ui.Badge{Tone: ui.Plain, Text: v.t.T("console.mobile_id.request.withheld")}
	}
	if t.Kind == mobileid.Signing && status == mobileid.Valid {
		r.File = mobileIDPath(t.Customer, t.Mobile) + "/evidence/" + t.Handle
	}
	return r
}

// requestsPage is how many requests a page of all has.
const requestsPage = 50

type requestsView struct {
	*visit
	States   []ui.Choice
	Filtered bool
	Rows     []anyRequestRow
	Pager    ui.Pager
}

// anyRequestRow is a request in the list of all, with whose it is.
type anyRequestRow struct {
	requestRow
	Href string // of the mobile ID; "" when nobody has the number
}

// mobileIDRequests lists what was asked of all phones, newest first; or finds who has a number.
func (c *console) mobileIDRequests(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	if number := v.query("number"); number != "" {
		m, err := c.MobileIDs.ProfileOf(v.ctx(), mobileid.Provider{Entitled: true}, mobileid.User{Number: number})
		switch {
		case err == nil:
			return v.to(mobileIDPath(m.Customer, m.ID))
		case fault.KindOf(err) == fault.NotFound:
			v.form.Fail("number", v.t.T("console.mobile_id.no_number"))
		default:
			if err := v.form.Take(v.t, err); err != nil {
				return err
			}
		}
	}
	p := requestsView{visit: v, Filtered: v.query("state") != ""}
	p.States = []ui.Choice{{Value: "", Text: v.t.T("console.mobile.any_state")}}
	for _, s := range mobileid.Statuses() {
		p.States = append(p.States, ui.Choice{Value: string(s), Text: v.t.T("console.mobile_id.request." + string(s))})
	}
	page, err := c.MobileIDs.All(v.ctx(), mobileid.Query{Status: mobileid.Status(v.query("state")), After: v.query("after"), Limit: requestsPage})
	if err != nil {
		return err
	}
	for _, t := range page.Transactions {
		row := anyRequestRow{requestRow: v.requestRow(t)}
		if !t.Mobile.IsZero() {
			row.Href = mobileIDPath(t.Customer, t.Mobile)
		}
		p.Rows = append(p.Rows, row)
	}
	p.Pager = v.pager(page.Next)
	return v.render("mobile-id-requests", v.t.T("console.mobile_id.title"), p)
}
