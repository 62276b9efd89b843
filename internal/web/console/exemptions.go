package console

import (
	"cmp"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// paymentsPage is how many payments on record a page has.
const paymentsPage = 25

// exemptionsPage is by what a customer's payments need no proof, and which had none.
type exemptionsPage struct {
	*visit
	Customer customer.Customer
	Name     string
	Base     string // address of the acts
	Payees   []exemption.Beneficiary
	Series   []seriesRow
	Accounts []exemption.Account
	Payments []paymentRow
	Pager    ui.Pager
	Full     bool // payments as well
}

type seriesRow struct {
	exemption.Series
	Amount string
	Badge  ui.Badge
}

type paymentRow struct {
	exemption.Payment
	Amount string
	Badge  ui.Badge
}

func exemptionsPath(id ident.ID) string { return customerPath(id) + "/exemptions" }

// customerExemptions shows the lists to everybody who may know what was decided about
// the customer, and the payments on record to those who work on risk.
func (c *console) customerExemptions(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	p := exemptionsPage{visit: v, Customer: cu, Name: title(cu), Base: exemptionsPath(cu.ID), Full: v.s.Can(staff.RiskRead)}
	if p.Payees, err = c.Exemptions.Trusted(v.ctx(), cu.ID); err != nil {
		return err
	}
	if p.Accounts, err = c.Exemptions.Accounts(v.ctx(), cu.ID); err != nil {
		return err
	}
	all, err := c.Exemptions.AllSeries(v.ctx(), cu.ID)
	if err != nil {
		return err
	}
	for _, s := range all {
		p.Series = append(p.Series, v.seriesRow(s))
	}
	if p.Full {
		if err := c.addPayments(v, &p); err != nil {
			return err
		}
	}
	return v.render("exemptions", v.t.T("console.exempt.customer", "name", p.Name), p)
}

func (c *console) addPayments(v *visit, p *exemptionsPage) error {
	after, err := readBefore(v.query("after"))
	if err != nil {
		return err
	}
	all, err := c.Exemptions.Payments(v.ctx(), p.Customer.ID, after, paymentsPage+1)
	if len(all) > paymentsPage {
		all = all[:paymentsPage]
		p.Pager = v.pager(all[paymentsPage-1].ID.String())
	}
	for _, x := range all {
		p.Payments = append(p.Payments, v.paymentRow(x))
	}
	return err
}

// sum writes an amount of money in full.
func (v *visit) sum(a payment.Amount) string {
	return v.t.Money(a.Minor, a.Currency.Decimals(), string(a.Currency))
}

func (v *visit) seriesRow(s exemption.Series) seriesRow {
	row := seriesRow{Series: s, Amount: v.sum(s.Amount), Badge: ui.Badge{Tone: ui.Good, Text: v.t.T("console.exempt.series.on")}}
	row.Name = cmp.Or(s.Name, s.Account.Account)
	if !s.Ended.IsZero() {
		row.Badge = ui.Badge{Tone: ui.Plain, Text: v.t.T("console.exempt.series.ended")}
	}
	return row
}

func (v *visit) paymentRow(x exemption.Payment) paymentRow {
	row := paymentRow{Payment: x, Amount: v.sum(x.Amount), Badge: ui.Badge{Tone: ui.Info, Text: v.kindOfExemption(string(x.Exemption))}}
	if x.Exemption == "strong" {
		row.Badge.Tone = ui.Good
	}
	return row
}

// kindOfExemption says why a payment had no proof, or that it had one.
func (v *visit) kindOfExemption(kind string) string { return v.t.T("console.exempt.kind." + kind) }
