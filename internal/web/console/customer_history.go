package console

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const historyPage = 50 // events

type historyView struct {
	*visit
	Of     string // whose history
	Back   string
	Events []ui.Event
	Pager  ui.Pager
}

// customerHistory shows everything that the log has about a customer.
func (c *console) customerHistory(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	events, next, err := c.history(v, audit.Filter{Customer: cu.ID}, v.query("after"), historyPage)
	if err != nil {
		return err
	}
	p := historyView{visit: v, Of: title(cu), Back: "/customers/" + cu.ID.String(), Events: events, Pager: v.pager(next)}
	return v.render("history", v.t.T("console.history.title"), p)
}
