package console

import (
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// noPage answers addresses of what is not there, or is somebody else's.
func noPage() error {
	return fault.NotFoundf("console.address", "There is no page at this address.")
}

// phoneAct starts the page of an act on a customer's phone.
func (v *visit) phoneAct(key string, cu customer.Customer, x *passcode.Phone) actPage {
	p := v.act(key, title(cu), customerPath(cu.ID))
	p.Facts = []ui.Fact{{Name: v.t.T("console.token.owner"), Value: title(cu), Note: cu.Number}}
	if x != nil {
		badge := v.phoneBadge(x.Status)
		p.Facts = append(p.Facts, ui.Fact{Name: v.t.T("console.phone.one"), Value: x.Number, Mono: true, Badge: &badge})
	}
	return p
}

func phoneSubject(cu customer.Customer, x *passcode.Phone) subject {
	s := subject{cu.ID, cu.ID.String(), customerPath(cu.ID), title(cu)}
	if x != nil {
		s.object = "phone:" + x.ID.String()
	}
	return s
}

// activeOf returns the phone that a customer's codes go to; nil when there is none.
func (c *console) activeOf(v *visit, owner ident.ID) (*passcode.Phone, error) {
	all, err := c.Passcodes.Phones(v.ctx(), owner)
	for i := range all {
		if all[i].Status == passcode.Active {
			return &all[i], err
		}
	}
	return nil, err
}

// identifiedPhoneAct shows the page of an act that needs an identification.
func (c *console) identifiedPhoneAct(v *visit, p actPage, owner ident.ID) error {
	i, ok, err := c.warrant(v, owner)
	if err != nil || !ok {
		return err
	}
	p.Identified = v.standingOf(i)
	return v.showAct(p)
}

// reasoned reads the reason of an act that needs an identification; false when there
// is none, and the form is to be shown again.
func (c *console) reasoned(v *visit, owner ident.ID) (a passcode.Act, ok bool, err error) {
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return a, false, nil
	}
	i, err := c.current(v, owner)
	return passcode.Act{Customer: owner, Reason: v.form.Value("reason"), Identified: i.ID}, err == nil, err
}

// unregisterForm says what unregistering a phone does (F-6.8).
func (c *console) unregisterForm(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	x, err := c.activeOf(v, cu.ID)
	if err != nil {
		return err
	}
	if x == nil {
		return c.overtaken(v, phoneSubject(cu, nil), fault.Conflictf("passcode.not_registered", "The customer has no phone that codes go to."))
	}
	return c.identifiedPhoneAct(v, v.phoneAct("unregister", cu, x), cu.ID)
}

// unregister takes the phone away, and with it the count of codes.
func (c *console) unregister(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	a, ok, err := c.reasoned(v, cu.ID)
	if err != nil {
		return err
	}
	if !ok {
		return c.unregisterForm(v)
	}
	if _, err := c.Passcodes.Unregister(v.ctx(), v.s.Actor(), a); err != nil {
		return c.refused(v, phoneSubject(cu, nil), err, c.unregisterForm)
	}
	return v.done(customerPath(cu.ID), "console.do.unregister.done")
}

// registerForm asks which number codes are to go to: one that the bank vouches for.
func (c *console) registerForm(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	if x, err := c.activeOf(v, cu.ID); err != nil {
		return err
	} else if x != nil {
		return c.overtaken(v, phoneSubject(cu, x), fault.Conflictf("passcode.registered", "Codes go to a phone of the customer's already: unregister it first."))
	}
	contacts, err := c.Customers.Contacts(v.ctx(), cu.ID)
	if err != nil {
		return err
	}
	p := v.phoneAct("register", cu, nil)
	pick := &picker{Name: "contact", Label: v.t.T("console.phone.one")}
	for _, k := range contacts {
		if k.Kind == customer.Phone && !k.Verified.IsZero() {
			pick.Options = append(pick.Options, ui.Choice{Value: k.ID.String(), Text: k.Masked()})
		}
	}
	if p.Pick = pick; len(pick.Options) == 0 {
		p.Pick, p.Missing = nil, v.t.T("console.phone.no_number")
	}
	return c.identifiedPhoneAct(v, p, cu.ID)
}

// register has codes go to the number.
func (c *console) register(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	contact, err := ident.Parse(v.form.Value("contact"))
	if err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	a, ok, err := c.reasoned(v, cu.ID)
	if err != nil {
		return err
	}
	if !ok {
		return c.registerForm(v)
	}
	x, err := c.Passcodes.Register(v.ctx(), v.s.Actor(), c.Policies.Active(), a, contact)
	if err != nil {
		return c.refused(v, phoneSubject(cu, nil), err, c.registerForm)
	}
	return v.done(customerPath(cu.ID), "console.do.register.done", "number", x.Number)
}

// waiting finds a phone that waits to become the customer's.
func (c *console) waitingPhone(v *visit, in ...passcode.Status) (cu customer.Customer, x passcode.Phone, err error) {
	if cu, err = c.readCustomer(v); err != nil {
		return cu, x, err
	}
	if x, err = c.phoneOf(v, cu.ID); err != nil {
		return cu, x, err
	}
	for _, s := range in {
		if x.Status == s {
			return cu, x, nil
		}
	}
	return cu, x, fault.Conflictf("passcode.not_pending", "The phone is %s: this cannot be done with it any more.", x.Status)
}

// releaseForm says what ending a hold does.
func (c *console) releaseForm(v *visit) error {
	cu, x, err := c.waitingPhone(v, passcode.Held)
	if err != nil {
		return c.barred(v, phoneSubject(cu, &x), err)
	}
	return c.identifiedPhoneAct(v, v.phoneAct("release", cu, &x), cu.ID)
}

// release ends the hold: codes go to the new number at once.
func (c *console) release(v *visit) error {
	cu, x, err := c.waitingPhone(v, passcode.Held)
	if err != nil {
		return c.barred(v, phoneSubject(cu, &x), err)
	}
	a, ok, err := c.reasoned(v, cu.ID)
	if err != nil {
		return err
	}
	if !ok {
		return c.releaseForm(v)
	}
	if _, err := c.Passcodes.Decide(v.ctx(), v.s.Actor(), c.Policies.Active(), a, x.ID, true); err != nil {
		return c.refused(v, phoneSubject(cu, &x), err, c.releaseForm)
	}
	return v.done(customerPath(cu.ID), "console.do.release.done", "number", x.Number)
}

// refuseForm says what refusing a number does. It takes something away from nobody,
// so it needs no identification.
func (c *console) refuseForm(v *visit) error {
	cu, x, err := c.waitingPhone(v, passcode.Pending, passcode.Held)
	if err != nil {
		return c.barred(v, phoneSubject(cu, &x), err)
	}
	return v.showAct(v.phoneAct("refuse", cu, &x))
}

// refuse refuses it.
func (c *console) refuse(v *visit) error {
	cu, x, err := c.waitingPhone(v, passcode.Pending, passcode.Held)
	if err != nil {
		return c.barred(v, phoneSubject(cu, &x), err)
	}
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return c.refuseForm(v)
	}
	a := passcode.Act{Customer: cu.ID, Reason: v.form.Value("reason")}
	if _, err := c.Passcodes.Stop(v.ctx(), v.s.Actor(), a, x.ID); err != nil {
		return c.refused(v, phoneSubject(cu, &x), err, c.refuseForm)
	}
	return v.done(customerPath(cu.ID), "console.do.refuse.done", "number", x.Number)
}
