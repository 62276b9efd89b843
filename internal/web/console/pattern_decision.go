package console

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk/score"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// decisionsShown is how many decisions the page of a pattern lists.
const decisionsShown = 10

// interactionRows lists the newest decisions about a customer.
func (c *console) interactionRows(v *visit, customer ident.ID) (rows []interactionRow, err error) {
	all, err := c.Interactions.Decisions(v.ctx(), customer, ident.ID{}, decisionsShown)
	for _, x := range all {
		rows = append(rows, v.interactionRow(x))
	}
	return rows, err
}

func (v *visit) interactionRow(x interaction.Decision) interactionRow {
	what := v.t.T("console.pattern.kind." + kindWord(x.Details.Kind))
	if x.Details.Amount > 0 {
		what += " · " + v.minor(x.Details.Amount, x.Details.Currency)
	}
	return interactionRow{x, customerPath(x.Customer) + "/decisions/" + x.ID.String(), what, v.outcomeBadge(x.Outcome), v.t.T("console.pattern.mode." + x.Mode)}
}

// kindWord names what was asked for.
func kindWord(k judge.Kind) string {
	switch k {
	case judge.Account:
		return "account"
	case judge.Service:
		return "service"
	case judge.Transaction:
	}
	return "transaction"
}

// minor writes an amount of minor units.
func (v *visit) minor(n int64, currency string) string {
	return v.t.Money(n, payment.Currency(currency).Decimals(), currency)
}

func (v *visit) outcomeBadge(o judge.Outcome) ui.Badge {
	tone := map[judge.Outcome]ui.Tone{judge.Allow: ui.Good, judge.Limited: ui.Info, judge.StepUp: ui.Warn, judge.Deny: ui.Bad}[o]
	return ui.Badge{Tone: tone, Text: v.t.T("console.pattern.outcome." + string(o))}
}

// decisionPage explains one decision by its terms.
type decisionPage struct {
	*visit
	interactionRow
	Who   string
	Facts []ui.Fact
	Terms []termRow
	Sum   string
}

// interactionDecision shows why a request was judged as it was.
func (c *console) interactionDecision(v *visit) error {
	var ids [2]ident.ID
	var err error
	for i, name := range []string{"id", "decision"} {
		if ids[i], err = v.id(name); err != nil {
			return err
		}
	}
	x, err := c.Interactions.Decision(v.ctx(), ids[0], ids[1])
	if err != nil {
		return err
	}
	owner, err := c.Customers.Get(v.ctx(), x.Customer)
	if err != nil {
		return err
	}
	terms := make([]score.Term, len(x.Details.Terms))
	sum := 0
	for i, t := range x.Details.Terms {
		terms[i] = t.Term
		sum += t.Weight
	}
	p := decisionPage{visit: v, interactionRow: v.interactionRow(x), Who: title(owner), Terms: v.terms(terms), Sum: v.weight(sum), Facts: v.decisionFacts(x)}
	return v.render("decision", v.t.T("console.pattern.decision"), p)
}

func (v *visit) decisionFacts(x interaction.Decision) []ui.Fact {
	d := x.Details
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }
	facts := []ui.Fact{
		{Name: v.t.T("console.pattern.when"), Value: v.moment(x.Created)},
		{Name: v.t.T("console.pattern.zone"), Value: v.t.T("console.pattern.outcome." + string(x.Zone)), Note: v.t.T("console.pattern.bounds", "allow", number(d.Allow), "limit", number(d.Limit), "deny", number(d.Deny))},
		{Name: v.t.T("console.pattern.confidence"), Value: percent(d.Confidence)},
		{Name: v.t.T("console.pattern.policies"), Value: strconv.FormatInt(d.Policies, 10)},
	}
	if l := d.Limits; l != nil {
		facts = append(facts, ui.Fact{Name: v.t.T("console.pattern.limits"), Value: v.minor(l.Amount, d.Currency), Note: v.t.T("console.pattern.daily", "amount", v.minor(l.Daily, d.Currency))})
	}
	if d.Over != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.pattern.over"), Value: v.t.T("console.pattern.limit." + d.Over)})
	}
	if d.Place != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.pattern.place"), Value: d.Place, Mono: true})
	}
	if !x.Denied.IsZero() {
		facts = append(facts, ui.Fact{Name: v.t.T("console.pattern.denied"), Value: v.moment(x.Denied)})
	}
	return facts
}
