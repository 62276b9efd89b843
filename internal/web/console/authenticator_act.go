package console

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// held is an authenticator of a customer that an act is about.
type held struct {
	customer customer.Customer
	holding  authenticator.Holding
}

func (h held) subject() subject {
	return subject{h.customer.ID, "policy:" + h.holding.Policy, customerPath(h.customer.ID), title(h.customer)}
}

// readHolding finds the authenticator in the address.
func (c *console) readHolding(v *visit) (h held, err error) {
	if h.customer, err = c.readCustomer(v); err != nil {
		return h, err
	}
	all, err := c.Authenticators.Of(v.ctx(), h.customer.ID)
	if err != nil {
		return h, err
	}
	for _, x := range all {
		if x.Policy == v.r.PathValue("policy") {
			h.holding = x
			return h, nil
		}
	}
	return h, fault.NotFoundf("authenticator.unknown", "The customer is not registered for this policy: look at the customer's authenticators.")
}

// holdingAct starts the page of an act on an authenticator.
func (v *visit) holdingAct(key string, h held) actPage {
	p := v.act(key, title(h.customer), customerPath(h.customer.ID))
	x := v.holding(h.holding)
	p.Facts = []ui.Fact{
		{Name: v.t.T("console.token.owner"), Value: title(h.customer), Note: h.customer.Number},
		{Name: v.t.T("console.holding.one"), Value: x.Name, Badge: &x.Badge},
		{Name: v.t.T("console.holding.failures"), Value: x.Meter.Text},
	}
	return p
}

// resetForm says what a reset will do. It needs an identification.
func (c *console) resetForm(v *visit) error {
	h, err := c.readHolding(v)
	if err != nil {
		return err
	}
	return c.identifiedAct(v, "reset", h)
}

// identifiedAct shows the page of an act that needs an identification of the customer.
func (c *console) identifiedAct(v *visit, key string, h held) error {
	i, ok, err := c.warrant(v, h.customer.ID)
	if err != nil || !ok {
		return err
	}
	p := v.holdingAct(key, h)
	if rule, known := c.Policies.Active().Policy(h.holding.Policy); known && key == "reset" && resetText(rule) != "" {
		p.Effects[len(p.Effects)-1] = v.t.T(resetText(rule))
	}
	p.Identified = v.standingOf(i)
	return v.showAct(p)
}

// reset clears the failure counter of a policy for all the customer's devices
// (F-4.6).
func (c *console) reset(v *visit) error {
	return c.onHolding(v, c.resetForm, "console.do.reset.done", func(ctx context.Context, by audit.Actor, a authenticator.Act) (authenticator.Holding, error) {
		i, err := c.current(v, a.Customer) //nolint:contextcheck // the visit has the same one
		if err != nil {
			return authenticator.Holding{}, err
		}
		return c.Authenticators.Reset(ctx, by, a, i.ID)
	})
}

// disableForm says what disabling will do.
func (c *console) disableForm(v *visit) error {
	h, err := c.readHolding(v)
	if err != nil {
		return err
	}
	return v.showAct(v.holdingAct("disable", h))
}

// enableForm says what enabling will do. It needs an identification, and is for those
// who may make one: fraud analysts stop, and the help desk lets in again.
func (c *console) enableForm(v *visit) error {
	h, err := c.readHolding(v)
	if err != nil {
		return err
	}
	return c.identifiedAct(v, "enable", h)
}

// disable keeps an authenticator from being tried.
func (c *console) disable(v *visit) error {
	return c.onHolding(v, c.disableForm, "console.do.disable.done", c.Authenticators.Disable)
}

// enable lets it be tried again.
func (c *console) enable(v *visit) error {
	return c.onHolding(v, c.enableForm, "console.do.enable.done", c.Authenticators.Enable)
}

// onHolding carries an act out on the authenticator in the address.
func (c *console) onHolding(v *visit, form func(*visit) error, done string, act func(context.Context, audit.Actor, authenticator.Act) (authenticator.Holding, error)) error {
	h, err := c.readHolding(v)
	if err != nil {
		return err
	}
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return form(v)
	}
	_, err = act(v.ctx(), v.s.Actor(), authenticator.Act{Customer: h.customer.ID, Policy: h.holding.Policy, Reason: v.form.Value("reason")})
	if err != nil {
		return c.refused(v, h.subject(), err, form)
	}
	return v.done(customerPath(h.customer.ID), done, "name", h.holding.Name)
}
