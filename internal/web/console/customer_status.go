package console

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
)

type statusPage struct {
	*visit
	Customer   customer.Customer
	Act        string    // "suspend" or "activate"
	Identified *standing // what activating relies on
}

// statusForm asks for the reason to suspend an active customer, or to activate a
// suspended one.
func (c *console) statusForm(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	return c.showStatus(v, cu)
}

func (c *console) showStatus(v *visit, cu customer.Customer) error {
	p := statusPage{visit: v, Customer: cu, Act: "suspend"}
	switch cu.Status {
	case customer.Suspended:
		if !v.s.Can(staff.CustomerIdentify) {
			return notYours()
		}
		i, ok, err := c.warrant(v, cu.ID)
		if err != nil || !ok {
			return err
		}
		p.Act, p.Identified = "activate", v.standingOf(i)
	case customer.Closed:
		return fault.Conflictf("console.closed", "This customer is closed for good: there is nothing to change.")
	case customer.Active:
	}
	return v.narrow("customer-status", v.t.T("console.status."+p.Act+".title"), p)
}

// changeStatus suspends or activates, as the form said.
func (c *console) changeStatus(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	var act func(context.Context, audit.Actor, ident.ID, string) error
	var key string
	switch v.form.Value("act") {
	case "suspend":
		act, key = c.Customers.Suspend, "console.status.suspend.done"
	case "activate":
		if !v.s.Can(staff.CustomerIdentify) {
			return notYours()
		}
		act, key = c.Customers.Activate, "console.status.activate.done"
	default:
		return fault.Invalidf("console.form", "This form is not complete: open it anew.")
	}
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return c.showStatus(v, cu)
	}
	if err := act(v.ctx(), v.s.Actor(), cu.ID, v.form.Value("reason")); err != nil {
		return c.refused(v, subject{cu.ID, cu.ID.String(), customerPath(cu.ID), title(cu)}, err, func(v *visit) error { return c.showStatus(v, cu) })
	}
	return v.done("/customers/"+cu.ID.String(), key)
}
