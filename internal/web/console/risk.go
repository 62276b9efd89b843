package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
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
	p := queueView{visit: v, Mine: v.query("mine") != "", Filtered: v.r.URL.RawQuery != ""}
	p.choose()
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

// caseFilter reads the filters of the address.
func (v *visit) caseFilter() (f risk.Filter, err error) {
	f = risk.Filter{
		Kind: v.query("kind"), Decision: score.Decision(v.query("decision")), Label: v.query("label"), Highest: v.query("order") == "highest", Limit: casesPage + 1,
	}
	if v.query("mine") != "" {
		f.Holder = v.s.Actor().String()
	}
	if typed := v.query("least"); typed != "" {
		if f.Least, err = strconv.Atoi(typed); err != nil {
			return f, fault.Invalidf("console.score", "Write a score from 0 to 1000.").WithCause(err)
		}
	}
	if f.From, err = v.dayOf("from", 0); err != nil {
		return f, err
	}
	if f.To, err = v.dayOf("to", 1); err != nil {
		return f, err
	}
	f.After, err = readCursor(v.query("after"))
	return f, err
}

// cursorText writes a cursor for an address.
func cursorText(c risk.Cursor) string {
	return strings.Join([]string{strconv.Itoa(c.Score), strconv.FormatInt(c.At.UnixMicro(), 10), c.Customer.String(), c.ID.String()}, "_")
}

func readCursor(s string) (c risk.Cursor, err error) {
	if s == "" {
		return c, nil
	}
	wrong := fault.Invalidf("console.cursor", "This is not a page of the list. Start with the first page.")
	parts := strings.Split(s, "_")
	if len(parts) != 4 { //nolint:mnd // as cursorText writes them
		return c, wrong
	}
	at, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return c, wrong.WithCause(err)
	}
	c.At = time.UnixMicro(at).UTC()
	if c.Score, err = strconv.Atoi(parts[0]); err != nil {
		return c, wrong.WithCause(err)
	}
	if c.Customer, err = ident.Parse(parts[2]); err != nil {
		return c, wrong.WithCause(err)
	}
	if c.ID, err = ident.Parse(parts[3]); err != nil {
		return c, wrong.WithCause(err)
	}
	return c, nil
}

func (p *queueView) choose() {
	t := p.t
	p.Decisions = []ui.Choice{{Value: "", Text: t.T("console.risk.queue.not_allowed")}}
	for _, d := range []score.Decision{score.Block, score.StepUp, score.Allow} {
		p.Decisions = append(p.Decisions, ui.Choice{Value: string(d), Text: t.T("console.risk.decision." + string(d))})
	}
	p.Kinds = []ui.Choice{{Value: "", Text: t.T("console.risk.kind.all")}}
	for _, k := range []string{score.KindSession, score.KindPayment, score.KindAction} {
		p.Kinds = append(p.Kinds, ui.Choice{Value: k, Text: t.T("console.risk.kind." + k)})
	}
	for _, l := range []string{"", risk.Decided, string(risk.Fraud), string(risk.Legitimate), "all"} {
		key := l
		if key == "" {
			key = risk.Open
		}
		p.Labels = append(p.Labels, ui.Choice{Value: l, Text: t.T("console.risk.label." + key)})
	}
	p.Orders = []ui.Choice{{Value: "", Text: t.T("console.risk.queue.newest")}, {Value: "highest", Text: t.T("console.risk.queue.highest")}}
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
