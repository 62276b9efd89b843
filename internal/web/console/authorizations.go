package console

import (
	"cmp"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const authorizationPage = 50

// authorizationRow is a payment in a list.
type authorizationRow struct {
	issuing.Authorization
	Href   string
	Where  string
	Sum    string // what was asked for
	Badge  ui.Badge
	Why    string
	Device string
}

type authorizationsView struct {
	*visit
	Who, Back string
	Rows      []authorizationRow
	Pager     ui.Pager
}

// authorizations lists what was paid, or refused, with the tokens of a customer.
func (c *console) authorizations(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	before, err := v.behind()
	if err != nil {
		return v.to(v.r.URL.Path)
	}
	all, err := c.Issuing.Authorizations(v.ctx(), cu.ID, before, authorizationPage)
	if err != nil {
		return err
	}
	names, err := c.payingDevices(v, cu.ID)
	if err != nil {
		return err
	}
	p := authorizationsView{visit: v, Who: title(cu), Back: customerPath(cu.ID) + "/cards"}
	for _, x := range all {
		p.Rows = append(p.Rows, v.authorizationRow(x, names))
	}
	if len(all) == authorizationPage {
		p.Pager = v.pager(all[authorizationPage-1].ID.String())
	}
	return v.render("authorizations", v.t.T("console.pay.payments"), p)
}

// behind is the payment behind which a page begins; zero: the first.
func (v *visit) behind() (id ident.ID, err error) {
	if after := v.query("after"); after != "" {
		return ident.Parse(after)
	}
	return id, nil
}

// strangers lists payments that belong to no customer: guesses of numbers, garbled messages, tokens of another issuer. An approved one was approved elsewhere.
func (c *console) strangers(v *visit) error {
	before, err := v.behind()
	if err != nil {
		return v.to(v.r.URL.Path)
	}
	all, err := c.Issuing.Unowned(v.ctx(), before, authorizationPage)
	if err != nil {
		return err
	}
	p := authorizationsView{visit: v}
	for _, x := range all {
		p.Rows = append(p.Rows, v.authorizationRow(x, nil))
	}
	if len(all) == authorizationPage {
		p.Pager = v.pager(all[authorizationPage-1].ID.String())
	}
	return v.render("strangers", v.t.T("console.pay.strangers_title"), p)
}

func (v *visit) authorizationRow(x issuing.Authorization, names map[ident.ID]companionRow) authorizationRow {
	return authorizationRow{
		Authorization: x, Href: customerPath(x.Customer) + "/authorizations/" + x.ID.String(), Where: cmp.Or(x.Merchant.Name, x.Merchant.ID, x.Merchant.Terminal), Sum: v.minor(x.Amount, x.Currency),
		Badge: v.paidBadge(x.Outcome), Why: v.whyPaid(&x), Device: cmp.Or(names[x.Device].Title, v.t.T("console.pay.device_gone")),
	}
}

func (v *visit) paidBadge(o issuing.Outcome) ui.Badge {
	tone := map[issuing.Outcome]ui.Tone{issuing.Approve: ui.Good, issuing.Partial: ui.Info, issuing.Refer: ui.Warn, issuing.StepUp: ui.Warn, issuing.Decline: ui.Bad}[o]
	return ui.Badge{Tone: tone, Text: v.t.T("console.pay.outcome." + string(o))}
}

// whyPaid is the reason of a decision in a few words; "" for none.
func (v *visit) whyPaid(x *issuing.Authorization) string {
	if x.Reason == issuing.NoReason {
		return ""
	}
	why := v.t.T("console.pay.reason." + string(x.Reason))
	if x.Reason == issuing.WornKey {
		why += " (" + v.t.T("console.pay.worn."+x.Detail) + ")"
	}
	return why
}

// check is one question that was asked about a payment.
type check struct {
	Name, Text string
	Badge      ui.Badge
}

// checks are the questions in the order in which they are asked, each with the reasons of a "no" (package issuing).
func checks() []struct {
	key     string
	reasons []issuing.Reason
} {
	return []struct {
		key     string
		reasons []issuing.Reason
	}{
		{"first", []issuing.Reason{issuing.Reversed}},
		{"life", []issuing.Reason{issuing.Expired, issuing.UnknownToken}},
		{"standing", []issuing.Reason{issuing.Standing}},
		{"state", []issuing.Reason{issuing.Suspended}},
		{"device", []issuing.Reason{issuing.OtherDevice}},
		{"cryptogram", []issuing.Reason{issuing.WrongCryptogram}},
		{"counter", []issuing.Reason{issuing.OldCounter}},
		{"limits", []issuing.Reason{issuing.WornKey}},
		{"pattern", []issuing.Reason{issuing.Pattern, issuing.Restriction}},
		{"risk", []issuing.Reason{issuing.Risk}},
	}
}

type authorizationView struct {
	*visit
	authorizationRow
	Who, Back string
	Checks    []check
	Decision  string // address of what the devices said; "" for nothing, or when the visitor may not see it
	Risk      string // address of what the risk engine said, likewise
	Facts     []ui.Fact
}

// authorization explains one payment, question by question.
func (c *console) authorization(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	id, err := v.id("authorization")
	if err != nil {
		return err
	}
	x, err := c.Issuing.Authorization(v.ctx(), cu.ID, id)
	if err != nil {
		return err
	}
	names, err := c.payingDevices(v, cu.ID)
	if err != nil {
		return err
	}
	p := authorizationView{visit: v, authorizationRow: v.authorizationRow(x, names), Who: title(cu), Back: customerPath(cu.ID) + "/authorizations", Checks: v.checked(&x), Facts: v.authorizationFacts(&x)}
	if !x.Judged.IsZero() && v.s.Can(staff.RiskRead) {
		p.Decision = customerPath(cu.ID) + "/decisions/" + x.Judged.String()
	}
	if !x.Risk.IsZero() && v.s.Can(staff.RiskRead) {
		p.Risk = eventPath(cu.ID, x.Risk)
	}
	return v.render("authorization", v.t.T("console.pay.payment"), p)
}

// checked says of each question how it was answered. The first "no" decides, and what comes after it was not asked. An advice asked
// all of them, and keeps the first "no"; a limit of the devices' word may leave a part.
func (v *visit) checked(x *issuing.Authorization) (rows []check) {
	over := false
	for _, q := range checks() {
		state, tone := "yes", ui.Good
		for _, r := range q.reasons {
			if x.Reason == r {
				state, tone = "no", ui.Bad
			}
		}
		switch {
		case over && x.Advice:
			state, tone = "unknown", ui.Plain
		case over:
			state, tone = "unasked", ui.Plain
		case state == "yes" && (q.key == "pattern" && x.Judged.IsZero() || q.key == "risk" && x.Risk.IsZero()):
			state, tone = "nobody", ui.Plain
		case state == "no" && x.Approves():
			state, tone = "part", ui.Warn
		}
		over = over || state == "no" || state == "part"
		row := check{Name: v.t.T("console.pay.check." + q.key), Badge: ui.Badge{Tone: tone, Text: v.t.T("console.pay.answer." + state)}}
		if state == "no" || state == "part" {
			row.Text = v.whyPaid(x)
		}
		rows = append(rows, row)
	}
	return rows
}

func (v *visit) authorizationFacts(x *issuing.Authorization) []ui.Fact {
	facts := []ui.Fact{
		{Name: v.t.T("console.pay.when"), Value: v.moment(x.Created)},
		{Name: v.t.T("console.pay.asked"), Value: v.minor(x.Amount, x.Currency)},
		{Name: v.t.T("console.pay.approved"), Value: v.minor(x.Approved, x.Currency)},
	}
	if x.Returned > 0 {
		facts = append(facts, ui.Fact{Name: v.t.T("console.pay.returned"), Value: v.minor(x.Returned, x.Currency)})
	}
	if x.Code != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.pay.code"), Value: x.Code, Mono: true})
	}
	return append(
		facts,
		ui.Fact{Name: v.t.T("console.pay.merchant"), Value: dash(cmp.Or(x.Merchant.Name, x.Merchant.ID)), Note: v.t.T("console.pay.merchant_note", "category", dash(x.Merchant.Category), "country", dash(x.Merchant.Country), "terminal", dash(x.Merchant.Terminal))},
		ui.Fact{Name: v.t.T("console.pay.path"), Value: v.t.T("console.pay.way." + string(x.Path))},
		ui.Fact{Name: v.t.T("console.pay.card"), Value: "… " + x.Card, Mono: true},
		ui.Fact{Name: v.t.T("console.pay.token"), Value: "… " + x.Last4, Mono: true},
		ui.Fact{Name: v.t.T("console.pay.key"), Value: x.Index.String(), Mono: true},
		ui.Fact{Name: v.t.T("console.pay.counter"), Value: v.t.Number(int64(x.Counter))},
	)
}
