package console

import (
	"cmp"
	"strings"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// payCard is what the customer's page says of cards and payment tokens.
type payCard struct {
	*visit
	At     string // address of the page about them
	Tokens []payRow
	Cards  int
}

// payRow is a payment token in a list.
type payRow struct {
	vault.Holding
	Device     string // what its owner calls the device
	Others     string // likewise the devices that it needs besides; "" for none
	DeviceHref string // its page; "" for a device that is gone
	Href       string
	Badge      ui.Badge
	Keys       []grantRow // the newest first
}

// grantRow is a key, or data, of limited use.
type grantRow struct {
	vault.Grant
	Kind  string
	Badge ui.Badge
	Bars  []useBar
}

// useBar says how much of a limit was used.
type useBar struct {
	Name, Text string
	Part       int // percent, 0 to 100
	Low        bool
}

// bankCardRow is a card in a list.
type bankCardRow struct {
	vault.Account
	Portfolio string
	Badge     ui.Badge
	Acts      []offer
}

// addPaying adds cards and payment tokens to the page of a customer who has any, or could get one from the visitor.
func (c *console) addPaying(v *visit, p *customerPage) error {
	if !v.s.Can(staff.PaymentRead) {
		return nil
	}
	cards, err := c.Vault.Accounts(v.ctx(), p.ID)
	if err != nil {
		return err
	}
	if len(cards) == 0 {
		if may, err := c.mayEnroll(v); err != nil || !may {
			return err
		}
	}
	rows, err := c.payRows(v, p.ID)
	p.Payments = &payCard{visit: v, At: customerPath(p.ID) + "/cards", Tokens: rows, Cards: len(cards)}
	return err
}

// payRows lists the tokens of a customer that are not deleted.
func (c *console) payRows(v *visit, customer ident.ID) (rows []payRow, err error) {
	all, err := c.Vault.Holdings(v.ctx(), customer)
	if err != nil {
		return nil, err
	}
	names, err := c.payingDevices(v, customer)
	for i := range all {
		if all[i].Status != vault.Deleted {
			rows = append(rows, v.payRow(all[i], names))
		}
	}
	return rows, err
}

// payingDevices are the devices of a customer, by id.
func (c *console) payingDevices(v *visit, customer ident.ID) (map[ident.ID]companionRow, error) {
	all, err := c.Companions.List(v.ctx(), customer)
	names := make(map[ident.ID]companionRow, len(all))
	for _, it := range all {
		names[it.ID] = v.companionRow(it)
	}
	return names, err
}

func (v *visit) payRow(h vault.Holding, names map[ident.ID]companionRow) payRow {
	d := names[h.Device]
	r := payRow{Holding: h, Device: cmp.Or(d.Title, v.t.T("console.pay.device_gone")), Href: customerPath(h.Customer) + "/payment-tokens/" + h.ID.String(), Badge: v.payBadge(&h)}
	if v.s.Can(staff.CompanionRead) {
		r.DeviceHref = d.Href
	}
	var others []string
	for _, id := range h.With {
		others = append(others, cmp.Or(names[id].Title, v.t.T("console.pay.device_gone")))
	}
	r.Others = strings.Join(others, ", ")
	for i := range h.Grants {
		r.Keys = append(r.Keys, v.grantRow(h.Grants[i]))
	}
	return r
}

// payBadge is the state of a token; expiry, also that of its card, which no row says, included.
func (v *visit) payBadge(h *vault.Holding) ui.Badge {
	state := string(h.Status)
	if h.Status != vault.Deleted && !h.Ends().After(v.now) {
		state = "expired"
	}
	return v.badge("console.pay.state", state)
}

// cardBadge is the state of a card; that its month is over included.
func (v *visit) cardBadge(x *vault.Account) ui.Badge {
	s := x.Status
	if s == vault.Good && x.Over(v.now) {
		return ui.Badge{Tone: ui.Warn, Text: v.t.T("console.pay.card_state.expired")}
	}
	tone := map[vault.AccountStatus]ui.Tone{vault.Good: ui.Good, vault.Blocked: ui.Bad}[s]
	return ui.Badge{Tone: cmp.Or(tone, ui.Plain), Text: v.t.T("console.pay.card_state." + string(s))}
}

func (v *visit) grantRow(g vault.Grant) grantRow {
	r := grantRow{Grant: g, Kind: v.t.T("console.pay.kind." + string(g.Kind)), Badge: ui.Badge{Tone: ui.Good, Text: v.t.T("console.pay.worn.good")}}
	if worn := g.State(v.now); worn != "" {
		r.Badge = ui.Badge{Tone: ui.Plain, Text: v.t.T("console.pay.worn." + string(worn))}
	}
	if n := g.Limit.Uses; n > 0 {
		r.Bars = append(r.Bars, v.useBar("uses", int64(g.Used), int64(n), v.t.Number(int64(g.Used)), v.t.Number(int64(n))))
	}
	if n := g.Limit.Amount; n > 0 {
		r.Bars = append(r.Bars, v.useBar("amount", g.Charged, n, v.minor(g.Charged, g.Limit.Currency), v.minor(n, g.Limit.Currency)))
	}
	life, gone := g.Expires.Sub(g.Created), min(max(v.now.Sub(g.Created), 0), g.Expires.Sub(g.Created))
	r.Bars = append(r.Bars, v.useBar("time", int64(gone), max(int64(life), 1), v.t.Span(gone), v.t.Span(life)))
	return r
}

// nearly is the part of a limit from which on little is left, in percent.
const nearly = 80

func (v *visit) useBar(key string, used, of int64, usedText, ofText string) useBar {
	part := int(min(100*used/of, 100)) //nolint:mnd // percent
	return useBar{Name: v.t.T("console.pay.bar." + key), Text: v.t.T("console.pay.of", "used", usedText, "limit", ofText), Part: part, Low: part >= nearly}
}

// cardsPage is all that a customer pays with.
type cardsPage struct {
	*visit
	Who, Back string
	Cards     []bankCardRow
	Tokens    []payRow
	Payments  string // address of what was paid; "" when the visitor may not see it
	New       string // where a card is enrolled; "" when the visitor may not, or there is no portfolio
}

// bankCards shows the cards of a customer, and the tokens that stand for them.
func (c *console) bankCards(v *visit) error {
	cu, err := c.readCustomer(v)
	if err != nil {
		return err
	}
	cards, err := c.Vault.Accounts(v.ctx(), cu.ID)
	if err != nil {
		return err
	}
	portfolios, err := c.Vault.Portfolios(v.ctx())
	if err != nil {
		return err
	}
	p := cardsPage{visit: v, Who: title(cu), Back: customerPath(cu.ID)}
	for _, x := range cards {
		row := bankCardRow{Account: x, Badge: v.cardBadge(&x), Acts: v.cardOffers(x)}
		for i := range portfolios {
			if portfolios[i].ID == x.Portfolio {
				row.Portfolio = portfolios[i].Name
			}
		}
		p.Cards = append(p.Cards, row)
	}
	if p.Tokens, err = c.payRows(v, cu.ID); err != nil {
		return err
	}
	if v.s.Can(staff.PaymentReview) {
		p.Payments = customerPath(cu.ID) + "/authorizations"
	}
	if len(portfolios) > 0 && v.s.Can(staff.PaymentRegister) {
		p.New = customerPath(cu.ID) + "/cards/new"
	}
	return v.render("cards", v.t.T("console.pay.title"), p)
}
