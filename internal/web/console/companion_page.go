package console

import (
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// companionEvents is how much of its past the page of a device shows.
const companionEvents = 20

type companionPage struct {
	*visit
	companionTarget
	Means      string // its state in a sentence
	Pattern    string // address of its pattern; "" when it reports nothing, or the visitor may not see it
	Acts       []offer
	Identified *standing // what the visitor's acts may rely on; nil for none
	Facts      []ui.Fact
	Tokens     []payRow // payment tokens that it takes part in, if the visitor may see them
	Recent     []ui.Event
	Pager      ui.Pager
}

// companion shows one device that a customer lives with.
func (c *console) companion(v *visit) error {
	x, err := c.readCompanion(v)
	if err != nil {
		return err
	}
	word := x.State(v.now)
	if x.Cloned {
		word = "cloned"
	}
	p := companionPage{visit: v, companionTarget: x, Means: v.t.T("console.companion.means."+word, "time", v.t.Time(x.Counts)), Acts: v.companionOffers(x), Facts: v.companionFacts(x)}
	if x.Reports() && v.s.Can(staff.RiskRead) {
		p.Pattern = x.Href + "/pattern"
	}
	if v.s.Can(staff.CompanionRegister) {
		i, err := c.current(v, x.Customer)
		if err != nil && !fault.Is(err, "customer.closed") && !fault.Is(err, "customer.unknown") {
			return err
		}
		p.Identified = v.standingOf(i)
	}
	if p.Tokens, err = c.tokensOn(v, x.Customer, x.ID); err != nil {
		return err
	}
	recent, next, err := c.history(v, audit.Filter{Customer: x.Customer, Object: x.ID.String()}, v.query("after"), companionEvents)
	if err != nil {
		return err
	}
	p.Recent, p.Pager = recent, v.pager(next)
	return v.render("companion", x.Title, p)
}

// tokensOn are the payment tokens that end with a device: its own, and those that need it besides.
func (c *console) tokensOn(v *visit, customer, id ident.ID) ([]payRow, error) {
	if !v.s.Can(staff.PaymentRead) {
		return nil, nil
	}
	all, err := c.payRows(v, customer)
	return slices.DeleteFunc(all, func(r payRow) bool { return r.Token.Device != id && !slices.Contains(r.With, id) }), err
}

func (v *visit) companionFacts(x companionTarget) []ui.Fact {
	facts := []ui.Fact{
		{Name: v.t.T("console.companion.what"), Value: x.What, Note: x.Model},
		{Name: v.t.T("console.companion.proves"), Value: x.Proof},
	}
	for _, i := range x.Masked {
		facts = append(facts, ui.Fact{Name: v.t.T("console.companion.identifier." + string(i.Kind)), Value: i.Value, Mono: true})
	}
	var roles []string
	for _, r := range x.Roles {
		roles = append(roles, v.t.T("console.companion.role."+string(r)))
	}
	return append(
		facts,
		ui.Fact{Name: v.t.T("console.companion.may"), Value: dash(strings.Join(roles, ", "))},
		ui.Fact{Name: v.t.T("console.companion.made"), Value: v.moment(x.Created)},
		ui.Fact{Name: v.t.T("console.companion.counts"), Value: v.moment(x.Counts)},
		ui.Fact{Name: v.t.T("console.companion.seen"), Value: v.moment(x.Seen)},
	)
}
