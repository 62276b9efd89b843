package console

import (
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// cardFormPage takes what is printed on a card.
type cardFormPage struct {
	actPage

	Portfolios []ui.Choice // none: the card has its own
}

// mayEnroll reports whether the visitor may enroll a card, and there is a portfolio for it.
func (c *console) mayEnroll(v *visit) (bool, error) {
	if !v.s.Can(staff.PaymentRegister) {
		return false, nil
	}
	all, err := c.Vault.Portfolios(v.ctx())
	return len(all) > 0, err
}

// newCard asks for a card of a customer, who was identified.
func (c *console) newCard(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	i, ok, err := c.warrant(v, cu.ID)
	if err != nil || !ok {
		return err
	}
	all, err := c.Vault.Portfolios(v.ctx())
	if err != nil {
		return err
	}
	p := cardFormPage{actPage: v.act("enroll-card", title(cu), customerPath(cu.ID)+"/cards")}
	p.Identified, p.Reason = v.standingOf(i), ""
	p.Facts = []ui.Fact{{Name: v.t.T("console.token.owner"), Value: title(cu), Note: cu.Number}}
	for i := range all {
		p.Portfolios = append(p.Portfolios, ui.Choice{Value: all[i].ID.String(), Text: all[i].Name})
	}
	v.form.Set("number", "") // it goes in, and never out again
	return v.narrow("card-form", p.Title(), p)
}

// printed reads month and sequence number of a form.
func (v *visit) printed() (month string, sequence int) {
	v.form.Require(v.t, "expires", v.t.T("console.pay.expires"))
	if m, err := time.Parse("01/06", v.form.Value("expires")); err == nil {
		month = m.Format("0601")
	} else if v.form.OK() {
		v.form.Fail("expires", v.t.T("fault.vault.expires"))
	}
	if s := v.form.Value("sequence"); s != "" {
		var err error
		if sequence, err = strconv.Atoi(s); err != nil || sequence < 0 || sequence > 99 {
			v.form.Fail("sequence", v.t.T("console.pay.sequence_wrong"))
		}
	}
	return month, sequence
}

// enrollCard keeps the card.
func (c *console) enrollCard(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	if _, ok, err := c.warrant(v, cu.ID); err != nil || !ok {
		return err
	}
	n := vault.NewAccount{Customer: cu.ID, Number: v.form.Value("number")}
	v.form.Require(v.t, "number", v.t.T("console.pay.number"))
	n.Expires, n.Sequence = v.printed()
	if n.Portfolio, err = ident.Parse(v.form.Value("portfolio")); err != nil {
		v.form.Fail("portfolio", v.t.T("fault.vault.portfolio"))
	}
	if !v.form.OK() {
		return c.newCard(v)
	}
	x, err := c.Vault.AddAccount(v.ctx(), v.s.Actor(), n)
	if fault.Is(err, "vault.taken") {
		v.form.Fail("number", v.t.T("console.pay.card_taken"))
		return c.newCard(v)
	}
	if err != nil {
		return v.again(err, c.newCard)
	}
	return v.done(customerPath(cu.ID)+"/cards", "console.do.enroll-card.done", "last4", x.Last4)
}

// nextCard asks for what is printed on the card that follows one with the same number.
func (c *console) nextCard(v *visit) error {
	x, s, err := c.readBankCard(v)
	if err != nil {
		return err
	}
	i, ok, err := c.warrant(v, x.Customer)
	if err != nil || !ok {
		return err
	}
	if x.Status == vault.Closed {
		return c.overtaken(v, s, fault.Conflictf("vault.state", "This cannot be done with the card, or not any more."))
	}
	p := cardFormPage{actPage: v.act("renew-card", s.name, s.page)}
	p.Identified = v.standingOf(i)
	badge := v.cardBadge(&x)
	p.Facts = []ui.Fact{{Name: v.t.T("console.pay.card"), Value: "… " + x.Last4, Mono: true, Badge: &badge}, {Name: v.t.T("console.pay.expires"), Value: x.Expires[2:] + "/" + x.Expires[:2]}}
	return v.narrow("card-form", p.Title(), p)
}

// renewCard keeps it.
func (c *console) renewCard(v *visit) error {
	x, s, err := c.readBankCard(v)
	if err != nil {
		return err
	}
	if _, ok, err := c.warrant(v, x.Customer); err != nil || !ok {
		return err
	}
	month, sequence := v.printed()
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return c.nextCard(v)
	}
	if err := c.Vault.RenewAccount(v.ctx(), v.s.Actor(), x.ID, month, sequence, v.form.Value("reason")); err != nil {
		return c.refused(v, s, err, c.nextCard)
	}
	return v.done(s.page, "console.do.renew-card.done", "last4", x.Last4)
}
