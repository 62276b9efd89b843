package console

import (
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const (
	endingPage  = 50   // tokens
	endingDays  = 90   // when nothing is said
	endingLimit = 3650 // days
)

type endingView struct {
	*visit
	Days   int
	Stock  bool
	Places []ui.Choice
	Tokens []tokenRow
	File   string // address of the CSV file
	Pager  ui.Pager
	Asked  bool // the question made sense
}

// ending lists tokens that end soon: their batteries, or what the bank planned.
func (c *console) ending(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	p := endingView{visit: v, Places: []ui.Choice{{Value: "", Text: v.t.T("console.ending.customers")}, {Value: "stock", Text: v.t.T("console.ending.stock")}}}
	e, days, ok := v.readEnding()
	p.Days, p.Stock, p.Asked = days, e.Stock, ok
	if !ok {
		return v.render("ending", v.t.T("console.ending.title"), p)
	}
	items, next, err := c.Care.Ending(v.ctx(), e, v.query("after"), endingPage)
	if err != nil {
		return err
	}
	set := c.Policies.Active()
	for _, it := range items {
		p.Tokens = append(p.Tokens, v.tokenRow(it, modelName(set, it.Device.Model)))
	}
	p.File = link("/tokens/ending.csv", "days", strconv.Itoa(days), "where", v.query("where"))
	p.Pager = v.pager(next)
	return v.render("ending", v.t.T("console.ending.title"), p)
}

// readEnding reads what is asked for from the address. Days are whole ones in UTC,
// so that a page and the next one speak of the same span.
func (v *visit) readEnding() (e token.Ending, days int, ok bool) {
	days = endingDays
	if typed := v.query("days"); typed != "" {
		n, err := strconv.Atoi(typed)
		if err != nil || n < 1 || n > endingLimit {
			v.form.Fail("days", v.t.T("console.ending.bad_days", "max", endingLimit))
			return e, days, false
		}
		days = n
	}
	v.form.Set("days", strconv.Itoa(days))
	const day = 24 * time.Hour
	from := v.now.UTC().Truncate(day)
	return token.Ending{From: from, Before: from.Add(time.Duration(days+1) * day), Stock: v.query("where") == "stock"}, days, true
}

// endingFile sends the whole list as CSV.
func (c *console) endingFile(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	e, days, ok := v.readEnding()
	if !ok {
		return fault.Invalidf("console.days", "Write a number of days from 1 to %d.", endingLimit)
	}
	v.lift()
	w := v.attach("text/csv; charset=utf-8", "tokens-ending-in-"+strconv.Itoa(days)+"-days.csv")
	if err := c.Care.EndingCSV(v.ctx(), e, w); err != nil {
		return err
	}
	return nil
}
