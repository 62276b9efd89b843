package console

import (
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

func gone() error {
	return fault.NotFoundf("exemption.unknown", "It is not there any more: look at the customer's page again.")
}

// exemptionAct starts the page of an act on what is in the address.
func (c *console) exemptionAct(v *visit, key string) (cu customer.Customer, entry ident.ID, p actPage, err error) {
	if cu, err = c.readCustomer(v); err != nil {
		return cu, entry, p, err
	}
	entry, err = v.id("entry")
	p = v.act(key, v.t.T("console.exempt.customer", "name", title(cu)), exemptionsPath(cu.ID))
	p.Reason = ""
	p.Facts = []ui.Fact{{Name: v.t.T("console.token.owner"), Value: title(cu), Note: cu.Number}}
	return cu, entry, p, err
}

// trustedEntry finds the payee in the address.
func (c *console) trustedEntry(v *visit) (cu customer.Customer, b exemption.Beneficiary, p actPage, err error) {
	cu, entry, p, err := c.exemptionAct(v, "distrust")
	if err != nil {
		return cu, b, p, err
	}
	all, err := c.Exemptions.Trusted(v.ctx(), cu.ID)
	for _, b := range all {
		if b.ID() == entry {
			p.Facts = append(p.Facts, ui.Fact{Name: v.t.T("console.exempt.payee"), Value: b.Payee.Name}, ui.Fact{Name: v.t.T("console.exempt.account"), Value: b.Payee.Account, Mono: true})
			return cu, b, p, err
		}
	}
	if err == nil {
		err = gone()
	}
	return cu, b, p, err
}

// distrustForm says what taking a payee off the list does.
func (c *console) distrustForm(v *visit) error {
	_, _, p, err := c.trustedEntry(v)
	if err != nil {
		return err
	}
	return v.showAct(p)
}

// distrust takes a payee off a customer's list, to protect the customer. Nobody at the
// bank can put one there.
func (c *console) distrust(v *visit) error {
	cu, b, _, err := c.trustedEntry(v)
	if err != nil {
		return err
	}
	found, err := c.Exemptions.Distrust(v.ctx(), v.s.Actor(), cu.ID, exemption.Warrant{}, b.Payee)
	if err == nil && !found {
		err = gone()
	}
	if err != nil {
		return err
	}
	return v.done(exemptionsPath(cu.ID), "console.do.distrust.done")
}

// seriesEntry finds the series in the address, which must go on.
func (c *console) seriesEntry(v *visit) (cu customer.Customer, s exemption.Series, p actPage, err error) {
	cu, entry, p, err := c.exemptionAct(v, "endseries")
	if err != nil {
		return cu, s, p, err
	}
	all, err := c.Exemptions.AllSeries(v.ctx(), cu.ID)
	for _, s := range all {
		if s.ID == entry && s.Ended.IsZero() {
			row := v.seriesRow(s)
			p.Facts = append(p.Facts, ui.Fact{Name: v.t.T("console.exempt.payee"), Value: row.Name}, ui.Fact{Name: v.t.T("console.exempt.amount"), Value: row.Amount})
			return cu, s, p, err
		}
	}
	if err == nil {
		err = gone()
	}
	return cu, s, p, err
}

// endSeriesForm says what ending a series does.
func (c *console) endSeriesForm(v *visit) error {
	_, _, p, err := c.seriesEntry(v)
	if err != nil {
		return err
	}
	return v.showAct(p)
}

// endSeries ends it.
func (c *console) endSeries(v *visit) error {
	cu, s, _, err := c.seriesEntry(v)
	if err != nil {
		return err
	}
	if _, err := c.Exemptions.EndSeries(v.ctx(), v.s.Actor(), cu.ID, s.ID); err != nil {
		return err
	}
	return v.done(exemptionsPath(cu.ID), "console.do.endseries.done")
}

// fraudPage asks how much of a payment was fraud.
type fraudPage struct {
	actPage

	Known bool // its value in euro is known
}

// recorded finds the payment in the address.
func (c *console) recorded(v *visit, key string) (cu customer.Customer, x exemption.Payment, p fraudPage, err error) {
	cu, entry, act, err := c.exemptionAct(v, key)
	if err == nil {
		x, err = c.Exemptions.FindPayment(v.ctx(), cu.ID, entry)
	}
	if err != nil {
		return cu, x, p, err
	}
	row := v.paymentRow(x)
	act.Facts = append(act.Facts, ui.Fact{Name: v.t.T("console.risk.event.at"), Value: v.t.Time(x.At)}, ui.Fact{Name: v.t.T("console.exempt.amount"), Value: row.Amount},
		ui.Fact{Name: v.t.T("console.exempt.how"), Badge: &row.Badge})
	return cu, x, fraudPage{act, x.Cents > 0}, nil
}

// fraudForm asks for what is to be reported.
func (c *console) fraudForm(v *visit) error {
	_, _, p, err := c.recorded(v, "fraud")
	if err != nil {
		return err
	}
	return v.narrow("fraud", p.Title(), p)
}

// reportFraud counts a payment as fraud, all of it or a part.
func (c *console) reportFraud(v *visit) error {
	cu, x, p, err := c.recorded(v, "fraud")
	if err != nil {
		return err
	}
	again := func() error { return v.narrow("fraud", p.Title(), p) }
	f := exemption.Fraud{Customer: cu.ID, Use: x.ID}
	if !p.Known {
		v.form.Require(v.t, "lost", v.t.T("console.exempt.lost"))
	}
	if text := v.form.Value("lost"); text != "" {
		a, err := payment.ParseAmount(text, "EUR")
		if err != nil {
			v.form.Fail("lost", v.t.T("console.exempt.lost_wrong"))
		}
		f.Cents = a.Minor
	}
	if !v.form.OK() {
		return again()
	}
	switch err := c.Exemptions.ReportFraud(v.ctx(), v.s.Actor(), f); {
	case fault.Is(err, "exemption.fraud_value"):
		v.form.Fail("lost", v.t.T("console.exempt.lost_much"))
		return again()
	case err != nil:
		return err
	}
	return v.done(exemptionsPath(cu.ID), "console.do.fraud.done")
}

// unfraudForm says what taking a report back does.
func (c *console) unfraudForm(v *visit) error {
	_, _, p, err := c.recorded(v, "unfraud")
	if err != nil {
		return err
	}
	return v.showAct(p.actPage)
}

// withdrawFraud takes it back.
func (c *console) withdrawFraud(v *visit) error {
	cu, x, _, err := c.recorded(v, "unfraud")
	if err != nil {
		return err
	}
	found, err := c.Exemptions.WithdrawFraud(v.ctx(), v.s.Actor(), cu.ID, x.ID)
	if err == nil && !found {
		err = gone()
	}
	if err != nil {
		return err
	}
	return v.done(exemptionsPath(cu.ID), "console.do.unfraud.done")
}
