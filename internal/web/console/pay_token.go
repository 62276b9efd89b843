package console

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// payEvents is how much of its past the page of a payment token shows.
const payEvents = 20

// payTarget is the payment token in the address, as an act finds it.
type payTarget struct {
	payRow

	Who   string // its owner, as staff call them
	Title string
}

func (x payTarget) subject() subject { return subject{x.Customer, x.ID.String(), x.Href, x.Title} }

func (x payTarget) on() vault.On { return vault.On{Customer: x.Customer, ID: x.ID} }

// readPayToken finds the token in the address, and its owner.
func (c *console) readPayToken(v *visit) (x payTarget, err error) {
	var ids [2]ident.ID
	for i, name := range []string{"id", "token"} {
		if ids[i], err = v.id(name); err != nil {
			return x, err
		}
	}
	h, err := c.Vault.Holding(v.ctx(), ids[0], ids[1])
	if err != nil {
		return x, err
	}
	names, err := c.payingDevices(v, h.Customer)
	if err != nil {
		return x, err
	}
	x.payRow = v.payRow(h, names)
	x.Title = v.t.T("console.pay.token_title", "device", x.Device, "last4", h.Card.Last4)
	owner, err := c.Customers.Get(v.ctx(), h.Customer)
	x.Who = title(owner)
	return x, err
}

type payTokenPage struct {
	*visit
	payTarget
	Why    []causeRow
	Facts  []ui.Fact
	Acts   []offer
	Recent []ui.Event
	Pager  ui.Pager
}

// causeRow is a reason of a suspension.
type causeRow struct{ Text, About string }

// payToken shows one payment token.
func (c *console) payToken(v *visit) error {
	x, err := c.readPayToken(v)
	if err != nil {
		return err
	}
	p := payTokenPage{visit: v, payTarget: x, Facts: v.payFacts(x), Acts: v.payOffers(x)}
	for _, cause := range x.Causes {
		p.Why = append(p.Why, v.causeRow(cause))
	}
	if p.Recent, p.Pager.Next, err = c.history(v, audit.Filter{Customer: x.Customer, Object: x.ID.String()}, v.query("after"), payEvents); err != nil {
		return err
	}
	p.Pager = v.pager(p.Pager.Next)
	return v.render("pay-token", x.Title, p)
}

// causeRow says why a token is suspended. What a card or a device is about is an id that says nothing to people.
func (v *visit) causeRow(cause vault.Cause) causeRow {
	row := causeRow{Text: v.t.T("console.pay.cause." + string(cause.Reason))}
	if cause.Reason == vault.ByIssuer || cause.Reason == vault.ByCustomer {
		row.About = cause.About
	}
	return row
}

func (v *visit) payFacts(x payTarget) []ui.Fact {
	card := v.cardBadge(&x.Card)
	facts := []ui.Fact{
		{Name: v.t.T("console.pay.card"), Value: "… " + x.Card.Last4, Mono: true, Badge: &card},
		{Name: v.t.T("console.pay.token"), Value: "… " + x.Last4, Mono: true, Note: v.t.T("console.pay.token_note")},
		{Name: v.t.T("console.pay.device"), Value: x.Device},
	}
	if x.Others != "" {
		facts = append(facts, ui.Fact{Name: v.t.T("console.pay.together"), Value: x.Others, Note: v.t.T("console.pay.together_note")})
	}
	return append(facts, []ui.Fact{
		{Name: v.t.T("console.pay.counter"), Value: strconv.Itoa(x.Counter), Note: v.t.T("console.pay.counter_note")},
		{Name: v.t.T("console.pay.renewals"), Value: strconv.Itoa(x.Renewals)},
		{Name: v.t.T("console.pay.issued"), Value: v.moment(x.Created)},
		{Name: v.t.T("console.pay.ends"), Value: v.moment(x.Ends())},
	}...)
}

// payAct is an act on a payment token, or on a card. Its key is the last part of its address, and of its texts below console.do.
type payAct struct {
	key    string
	need   staff.Permission
	icon   string
	danger bool
	final  bool
}

func payActs() []payAct {
	return []payAct{
		{key: "suspend-payment-token", need: staff.PaymentStop, icon: "ban", danger: true},
		{key: "resume-payment-token", need: staff.PaymentStop, icon: "power"}, // of which reasons, takeable says
		{key: "delete-payment-token", need: staff.PaymentStop, icon: "trash-2", danger: true, final: true},
	}
}

// mayPay reports whether the state of a token allows the visitor an act.
func (v *visit) mayPay(a payAct, x payTarget) bool {
	switch {
	case x.Status == vault.Deleted:
		return false
	case strings.HasPrefix(a.key, "resume"):
		return len(v.takeable(x)) > 0
	}
	return true
}

// takeable are the reasons that the visitor may take away: what customers wanted and what they approve at the desk, what the bank wanted where such is wanted. Those of a
// card and a device end with it.
func (v *visit) takeable(x payTarget) (all []vault.Cause) {
	need := map[vault.Reason]staff.Permission{vault.ByCustomer: staff.PaymentRegister, vault.ByApproval: staff.PaymentRegister, vault.ByIssuer: staff.PaymentRelease}
	for _, cause := range x.Causes {
		if p := need[cause.Reason]; p != "" && v.s.Can(p) {
			all = append(all, cause)
		}
	}
	return all
}

// payOffers lists what the visitor may do with a token in its state.
func (v *visit) payOffers(x payTarget) (acts []offer) {
	for _, a := range payActs() {
		if v.s.Can(a.need) && v.mayPay(a, x) {
			acts = append(acts, offer{Text: v.t.T("console.do." + a.key + ".short"), Href: x.Href + "/" + a.key, Icon: a.icon, Danger: a.danger})
		}
	}
	return acts
}
