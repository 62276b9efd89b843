package console

import (
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// casesPage is how many events a page of the queue has.
const casesPage = 25

type queueView struct {
	*visit
	Rows      []caseRow
	Decisions []ui.Choice
	Kinds     []ui.Choice
	Labels    []ui.Choice
	Orders    []ui.Choice
	Channels  []ui.Choice
	Claims    []ui.Choice
	Codes     []ui.Choice
	Filtered  bool
	Mine      bool
	Pager     ui.Pager
}

// caseRow is an event of the queue.
type caseRow struct {
	risk.Case
	Href   string
	Who    string // the customer
	What   string
	Why    []string // the first reasons, in words
	Badge  ui.Badge
	Label  *ui.Badge
	Holder string // who looks at it; "" for nobody
	Mine   bool
}

// riskQueue lists what was stepped up or blocked and nobody has judged, or what the
// filters find.
func (c *console) riskQueue(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	f, err := v.caseFilter()
	if err != nil {
		return err
	}
	list, err := c.Risk.Queue(v.ctx(), f)
	if err != nil {
		return err
	}
	p := queueView{visit: v, Mine: v.query("claimed") == "mine", Filtered: v.r.URL.RawQuery != ""}
	p.choose(c.Policies.Active())
	p.chooseCode(c.Risk.Rules())
	if len(list) > casesPage {
		list = list[:casesPage]
		p.Pager = v.pager(cursorText(list[casesPage-1].Cursor()))
	}
	n := c.names(v)
	for _, x := range list {
		row, err := c.caseRow(v, n, x)
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, row)
	}
	return v.render("risk-queue", v.t.T("console.risk.queue.title"), p)
}

func (c *console) caseRow(v *visit, n *names, x risk.Case) (row caseRow, err error) {
	row = caseRow{Case: x, Href: eventPath(x.Customer, x.ID), What: v.eventKind(&x.Event), Badge: v.decisionBadge(x.Result.Decision), Label: v.labelBadge(x.Label)}
	const shown = 3
	for _, code := range x.Result.Reasons()[:min(shown, len(x.Result.Reasons()))] {
		row.Why = append(row.Why, v.reason(code))
	}
	if row.Who, err = c.customerName(v, x.Customer); err != nil {
		return row, err
	}
	if row.Mine = x.Claim.Holder == v.s.Actor().String(); x.Claim.Holder != "" {
		row.Holder, err = n.of(v.ctx(), x.Claim.Holder)
	}
	return row, err
}

// customerName names a customer; one who was erased is named by the id.
func (c *console) customerName(v *visit, id ident.ID) (string, error) {
	cu, err := c.Customers.Get(v.ctx(), id)
	if fault.KindOf(err) == fault.NotFound {
		return id.String(), nil
	}
	return title(cu), err
}

// casesWaiting counts what waits for an analyst.
func (c *console) casesWaiting(v *visit) (int64, error) {
	if !v.s.Can(staff.RiskReview) {
		return 0, nil
	}
	return c.Risk.Waiting(v.ctx(), v.s.Actor().String())
}

func eventPath(customer, id ident.ID) string {
	return "/risk/events/" + customer.String() + "/" + id.String()
}
