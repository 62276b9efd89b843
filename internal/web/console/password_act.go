package console

import (
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

func passwordSubject(cu customer.Customer) subject {
	return subject{cu.ID, "password", customerPath(cu.ID), title(cu)}
}

// passwordAct starts the page of an act on a customer's password.
func (v *visit) passwordAct(key string, cu customer.Customer) actPage {
	p := v.act(key, title(cu), customerPath(cu.ID))
	p.Facts = []ui.Fact{{Name: v.t.T("console.token.owner"), Value: title(cu), Note: cu.Number}}
	return p
}

// forgottenForm says what resetting a forgotten password does (F-6.5): nobody at the
// bank sees or chooses the next one.
func (c *console) forgottenForm(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	set := c.Policies.Active()
	rules := set.Passwords()
	if len(rules) == 0 || cu.Status != customer.Active {
		return c.overtaken(v, passwordSubject(cu), fault.Conflictf("customer.not_active", "The customer is not active: nothing can be changed."))
	}
	i, ok, err := c.warrant(v, cu.ID)
	if err != nil || !ok {
		return err
	}
	p := v.passwordAct("forgotten", cu)
	p.Identified, p.Reason, p.Fresh = v.standingOf(i), "", v.form.Value("id")
	if p.Fresh == "" {
		p.Fresh = ident.New(v.now, c.Rand).String()
	}
	if len(rules) > 1 {
		p.Pick = &picker{Name: "policy", Label: v.t.T("console.code.for")}
		for _, r := range rules {
			p.Pick.Options = append(p.Pick.Options, ui.Choice{Value: r.Code, Text: r.Name})
		}
	}
	handing := v.t.T("console.do.forgotten.shown")
	if set.Registration.Split {
		handing = v.t.T("console.do.forgotten.split")
	}
	p.Effects = append(p.Effects, handing)
	return v.showAct(p)
}

// forgotten resets the password, and shows the activation code that takes its place, or
// the half of it that the policies leave to the help desk.
func (c *console) forgotten(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	set := c.Policies.Active()
	in := registration.Forgotten{Policy: v.form.Value("policy"), Split: set.Registration.Split}
	if rules := set.Passwords(); in.Policy == "" && len(rules) == 1 {
		in.Policy = rules[0].Code
	}
	if in.ID, err = ident.Parse(v.form.Value("id")); err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	i, err := c.current(v, cu.ID)
	if err != nil {
		return err
	}
	in.Identified = i.ID
	out, err := c.Desk.Forgotten(v.ctx(), v.s.Actor(), cu.ID, in)
	if err != nil {
		return c.refused(v, passwordSubject(cu), err, c.forgottenForm)
	}
	return v.render("once", v.t.T("console.code.issued"), v.issued(cu, out, set))
}

// demandForm says what demanding another password does.
func (c *console) demandForm(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	return v.showAct(v.passwordAct("demand", cu))
}

// demand has the customer choose another password at the next login.
func (c *console) demand(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return c.demandForm(v)
	}
	if err := c.Passwords.Demand(v.ctx(), v.s.Actor(), cu.ID, v.form.Value("reason")); err != nil {
		return c.refused(v, passwordSubject(cu), err, c.demandForm)
	}
	return v.done(customerPath(cu.ID), "console.do.demand.done")
}
