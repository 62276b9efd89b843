package console

import (
	"context"
	"strconv"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// payForm says what an act on a payment token will do.
func (c *console) payForm(a payAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readPayToken(v)
		if err != nil {
			return err
		}
		if !v.mayPay(a, x) {
			return c.overtaken(v, x.subject(), fault.Conflictf("vault.state", "This cannot be done with the token, or not any more."))
		}
		p := v.act(a.key, x.Title, x.Href)
		p.Facts, p.Final = []ui.Fact{{Name: v.t.T("console.pay.token"), Value: x.Title, Badge: &x.Badge}, {Name: v.t.T("console.token.owner"), Value: x.Who}}, a.final
		switch a.key {
		case "suspend-payment-token":
			p.Reason = "optional"
			p.Pick = &picker{Name: "who", Label: v.t.T("console.pay.who"), Options: []ui.Choice{
				{Value: string(vault.ByCustomer), Text: v.t.T("console.pay.cause.customer")}, {Value: string(vault.ByIssuer), Text: v.t.T("console.pay.cause.issuer")},
			}}
		case "resume-payment-token":
			p.Reason = ""
			p.Pick = &picker{Name: "cause", Label: v.t.T("console.pay.which")}
			for n, cause := range v.takeable(x) {
				row := v.causeRow(cause)
				if row.About != "" {
					row.Text += " (" + row.About + ")"
				}
				p.Pick.Options = append(p.Pick.Options, ui.Choice{Value: strconv.Itoa(n), Text: row.Text})
			}
			i, err := c.current(v, x.Customer)
			if err != nil {
				return err
			}
			p.Identified = v.standingOf(i)
		}
		return v.showAct(p)
	}
}

// doPay carries an act on a payment token out.
func (c *console) doPay(a payAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readPayToken(v)
		if err != nil {
			return err
		}
		if a.final && v.form.Value("sure") == "" {
			v.form.Fail("sure", v.t.T("console.do.not_sure"))
		}
		if a.final {
			v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
		}
		if !v.form.OK() {
			return c.payForm(a)(v)
		}
		switch a.key {
		case "suspend-payment-token":
			err = c.Vault.SuspendFor(v.ctx(), v.s.Actor(), x.on(), vault.Cause{Reason: vault.Reason(v.form.Value("who")), About: v.form.Value("reason")})
		case "resume-payment-token":
			n, bad := strconv.Atoi(v.form.Value("cause"))
			all := v.takeable(x)
			if bad != nil || n < 0 || n >= len(all) {
				return c.overtaken(v, x.subject(), fault.Conflictf("vault.state", "This cannot be done with the token, or not any more."))
			}
			err = c.Vault.ResumeFor(v.ctx(), v.s.Actor(), x.on(), all[n])
		default:
			err = c.Vault.DeleteFor(v.ctx(), v.s.Actor(), x.on(), v.form.Value("reason"))
		}
		if err != nil {
			return c.refused(v, x.subject(), err, c.payForm(a))
		}
		return v.done(x.Href, "console.do."+a.key+".done", "name", x.Title)
	}
}

// cardAct is an act on a card.
type cardAct struct {
	payAct
	warrant bool // the customer must have been identified
	from    []vault.AccountStatus
	do      func(*vault.Desk, context.Context, audit.Actor, ident.ID, string) error
}

func cardActs() []cardAct {
	return []cardAct{
		{payAct{key: "block-card", need: staff.PaymentStop, icon: "ban", danger: true}, false, []vault.AccountStatus{vault.Good}, (*vault.Desk).BlockAccount},
		{payAct{key: "unblock-card", need: staff.PaymentRegister, icon: "power"}, true, []vault.AccountStatus{vault.Blocked}, (*vault.Desk).UnblockAccount},
		{payAct{key: "close-card", need: staff.PaymentStop, icon: "trash-2", danger: true, final: true}, false, []vault.AccountStatus{vault.Good, vault.Blocked}, (*vault.Desk).CloseAccount},
	}
}

func (a cardAct) may(x vault.Account) bool {
	for _, s := range a.from {
		if x.Status == s {
			return true
		}
	}
	return false
}

// cardOffers lists what the visitor may do with a card in its state.
func (v *visit) cardOffers(x vault.Account) (acts []offer) {
	if v.s.Can(staff.PaymentRegister) && x.Status != vault.Closed {
		acts = append(acts, offer{Text: v.t.T("console.do.renew-card.short"), Href: customerPath(x.Customer) + "/cards/" + x.ID.String() + "/renew-card", Icon: "refresh-cw"})
	}
	for _, a := range cardActs() {
		if v.s.Can(a.need) && a.may(x) {
			acts = append(acts, offer{Text: v.t.T("console.do." + a.key + ".short"), Href: customerPath(x.Customer) + "/cards/" + x.ID.String() + "/" + a.key, Icon: a.icon, Danger: a.danger})
		}
	}
	return acts
}

// readBankCard finds the card in the address.
func (c *console) readBankCard(v *visit) (x vault.Account, s subject, err error) {
	var ids [2]ident.ID
	for i, name := range []string{"id", "card"} {
		if ids[i], err = v.id(name); err != nil {
			return x, s, err
		}
	}
	x, err = c.Vault.Account(v.ctx(), ids[0], ids[1])
	return x, subject{x.Customer, x.ID.String(), customerPath(x.Customer) + "/cards", v.t.T("console.pay.card_title", "last4", x.Last4)}, err
}

// cardForm says what an act on a card will do.
func (c *console) cardForm(a cardAct) func(*visit) error {
	return func(v *visit) error {
		x, s, err := c.readBankCard(v)
		if err != nil {
			return err
		}
		if !a.may(x) {
			return c.overtaken(v, s, fault.Conflictf("vault.state", "This cannot be done with the card, or not any more."))
		}
		p := v.act(a.key, s.name, s.page)
		if a.warrant {
			i, ok, err := c.warrant(v, x.Customer)
			if err != nil || !ok {
				return err
			}
			p.Identified = v.standingOf(i)
		}
		badge := v.cardBadge(&x)
		p.Facts, p.Final = []ui.Fact{{Name: v.t.T("console.pay.card"), Value: "… " + x.Last4, Mono: true, Badge: &badge}}, a.final
		return v.showAct(p)
	}
}

// doCard carries an act on a card out.
func (c *console) doCard(a cardAct) func(*visit) error {
	return func(v *visit) error {
		x, s, err := c.readBankCard(v)
		if err != nil {
			return err
		}
		if a.warrant {
			if _, ok, err := c.warrant(v, x.Customer); err != nil || !ok {
				return err
			}
		}
		if a.final && v.form.Value("sure") == "" {
			v.form.Fail("sure", v.t.T("console.do.not_sure"))
		}
		v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
		if !v.form.OK() {
			return c.cardForm(a)(v)
		}
		if err := a.do(c.Vault, v.ctx(), v.s.Actor(), x.ID, v.form.Value("reason")); err != nil {
			return c.refused(v, s, err, c.cardForm(a))
		}
		return v.done(s.page, "console.do."+a.key+".done", "last4", x.Last4)
	}
}
