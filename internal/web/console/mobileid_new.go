package console

import (
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/ota/applet"
)

// mobileIDNewPage asks for which SIM a customer is to have a mobile ID (F-3.1).
type mobileIDNewPage struct {
	actPage

	Algorithms []ui.Choice
}

// newMobileID asks for the number or the SIM, once the customer was identified.
func (c *console) newMobileID(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	i, ok, err := c.warrant(v, cu.ID)
	if err != nil || !ok {
		return err
	}
	p := mobileIDNewPage{actPage: v.act("register-mobile-id", title(cu), customerPath(cu.ID))}
	p.Identified, p.Reason, p.Fresh = v.standingOf(i), "", v.form.Value("id")
	p.Facts = []ui.Fact{{Name: v.t.T("console.token.owner"), Value: title(cu), Note: cu.Number}}
	if p.Fresh == "" {
		p.Fresh = ident.New(v.now, c.Rand).String()
	}
	for _, a := range c.Policies.Active().MobileID.Algorithms {
		p.Algorithms = append(p.Algorithms, ui.Choice{Value: a, Text: algorithmName(a)})
	}
	return v.narrow("mobile-id-new", p.Title(), p)
}

// registerMobileID has the SIM make its keys, and leads to the page that shows the control code
// and waits for the phone (F-3.2).
func (c *console) registerMobileID(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	in := mobileid.Enrollment{Customer: cu.ID, Number: v.form.Value("number"), ICCID: v.form.Value("iccid")}
	if in.ID, err = ident.Parse(v.form.Value("id")); err != nil {
		return fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	for _, a := range [...]applet.Algorithm{applet.ECDSAP256, applet.RSA2048} {
		if a.String() == v.form.Value("algorithm") {
			in.Algorithm = a
		}
	}
	if in.Number == "" && in.ICCID == "" {
		v.form.Require(v.t, "number", v.t.T("console.mobile_id.number"))
		return c.newMobileID(v)
	}
	r, err := c.MobileIDs.Register(v.ctx(), v.s.Actor(), in)
	if err != nil {
		of := subject{owner: cu.ID, object: "mobile_id:" + in.ID.String(), page: customerPath(cu.ID), name: title(cu)}
		return c.refused(v, of, err, c.newMobileID)
	}
	return v.to(mobileIDPath(r.Customer, r.ID))
}
