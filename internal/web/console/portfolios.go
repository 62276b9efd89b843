package console

import (
	"cmp"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type portfolioRow struct {
	vault.Portfolio
	Tokens string
	Limits string // of a key
	Active int
}

type portfoliosView struct {
	*visit
	Rows []portfolioRow
}

// portfolios lists the sets of cards that are served alike.
func (c *console) portfolios(v *visit) error {
	all, err := c.Vault.Portfolios(v.ctx())
	if err != nil {
		return err
	}
	figures, err := c.Vault.Figures(v.ctx())
	if err != nil {
		return err
	}
	p := portfoliosView{visit: v}
	for _, x := range all {
		row := portfolioRow{Portfolio: x, Tokens: rangeText(x.Range), Limits: v.limitText(x.Profile.Key)}
		for _, f := range figures {
			if f.Portfolio == x.ID && f.Status == vault.Active {
				row.Active = f.Count
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return v.render("portfolios", v.t.T("console.pay.portfolios"), p)
}

// limitText says in words where something of limited use ends.
func (v *visit) limitText(t vault.Threshold) string {
	text := v.t.Span(time.Duration(t.Hours) * time.Hour)
	if t.Uses > 0 {
		text = v.t.N("console.pay.uses", t.Uses) + ", " + text
	}
	if t.Amount > 0 {
		text += ", " + v.minor(t.Amount, t.Currency)
	}
	return text
}

type portfolioView struct {
	*visit
	vault.Portfolio
	Facts  []ui.Fact
	States []figureBar
}

// figureBar is a number among others, as a bar.
type figureBar struct {
	Name string
	N    int
	Part int // percent of the largest
	Bad  bool
}

// portfolio shows one, with the states of its tokens.
func (c *console) portfolio(v *visit) error {
	x, err := c.readPortfolio(v)
	if err != nil {
		return err
	}
	figures, err := c.Vault.Figures(v.ctx())
	if err != nil {
		return err
	}
	return v.render("portfolio", x.Name, portfolioView{visit: v, Portfolio: x, Facts: v.portfolioFacts(&x), States: v.stateBars(figures, x.ID)})
}

func (c *console) readPortfolio(v *visit) (vault.Portfolio, error) {
	id, err := v.id("id")
	if err != nil {
		return vault.Portfolio{}, err
	}
	return c.Vault.Portfolio(v.ctx(), id)
}

func (v *visit) portfolioFacts(x *vault.Portfolio) []ui.Fact {
	p := &x.Profile
	return []ui.Fact{
		{Name: v.t.T("console.pay.range"), Value: rangeText(x.Range), Mono: true},
		{Name: v.t.T("console.pay.suite"), Value: v.t.T("console.pay.suites." + p.Suite)},
		{Name: v.t.T("console.pay.assist"), Value: v.t.T("console.pay.assists." + p.Assist)},
		{Name: v.t.T("console.pay.variant"), Value: v.t.T("console.pay.variants." + p.Variant)},
		{Name: v.t.T("console.pay.wrap"), Value: v.t.T("console.pay.wraps." + p.Wrap)},
		{Name: v.t.T("console.pay.static"), Value: p.Static, Mono: true},
		{Name: v.t.T("console.pay.adding"), Value: v.t.T("console.pay.addings." + p.Adding)},
		{Name: v.t.T("console.pay.response"), Value: v.t.T("console.pay.responses." + p.Response)},
		{Name: v.t.T("console.pay.key_limit"), Value: v.limitText(p.Key), Note: v.foreignText(p.Key)},
		{Name: v.t.T("console.pay.data_limit"), Value: v.limitText(p.Data), Note: v.foreignText(p.Data)},
		{Name: v.t.T("console.pay.low"), Value: v.t.T("console.pay.low_text", "uses", v.t.Number(int64(p.LowUses)), "share", v.t.Number(int64(p.LowShare)))},
		{Name: v.t.T("console.pay.keys"), Value: v.t.Number(int64(p.Keys))},
		{Name: v.t.T("console.pay.cache"), Value: v.t.Span(p.Cache.Duration())},
		{Name: v.t.T("console.pay.token_life"), Value: v.t.N("console.pay.days", p.TokenDays)},
		{Name: v.t.T("console.pay.version_is"), Value: v.t.Number(int64(x.Version)), Note: v.t.Time(x.Changed)},
	}
}

func (v *visit) foreignText(t vault.Threshold) string {
	if t.Amount == 0 {
		return ""
	}
	return v.t.T("console.pay.foreign") + ": " + v.t.T("console.pay.foreigns."+t.Foreign)
}

// stateBars are the tokens of a portfolio by state.
func (v *visit) stateBars(figures []vault.Figure, of ident.ID) (bars []figureBar) {
	for _, s := range []vault.Status{vault.Active, vault.Inactive, vault.Suspended, vault.Deleted} {
		bar := figureBar{Name: v.t.T("console.pay.state." + string(s))}
		for _, f := range figures {
			if f.Portfolio == of && f.Status == s {
				bar.N = f.Count
			}
		}
		bars = append(bars, bar)
	}
	return proportioned(bars)
}

// proportioned gives bars their lengths.
func proportioned(bars []figureBar) []figureBar {
	most := 1
	for _, b := range bars {
		most = max(most, b.N)
	}
	for i := range bars {
		bars[i].Part = 100 * bars[i].N / most //nolint:mnd // percent
	}
	return bars
}

// paySpan is how many days the report covers where nobody says otherwise.
const paySpan = 30

type payReportView struct {
	*visit
	Parts []payReportPart
}

// payReportPart is about one portfolio.
type payReportPart struct {
	ID       string // for anchors
	Name     string
	States   []figureBar
	Outcomes []figureBar
}

// payReport counts, by portfolio, tokens by state, and approvals and refusals by reason in a span of days.
func (c *console) payReport(v *visit) error {
	v.form = ui.ReadQuery(v.r)
	today := v.now.UTC().Truncate(24 * time.Hour) //nolint:mnd // a day
	for name, day := range map[string]time.Time{"from": today.AddDate(0, 0, 1-paySpan), "to": today} {
		if v.form.Value(name) == "" {
			v.form.Set(name, day.Format(time.DateOnly))
		}
	}
	from, to := v.typedDay("from", 0), v.typedDay("to", 1)
	if v.form.OK() && (!from.Before(to) || to.Sub(from) > 400*24*time.Hour) {
		v.form.Fail("to", v.t.T("console.pay.report_span"))
	}
	p := payReportView{visit: v}
	if v.form.OK() {
		var err error
		if p.Parts, err = c.payReportParts(v, from, to); err != nil {
			return err
		}
	}
	return v.render("pay-report", v.t.T("console.pay.report"), p)
}

func (c *console) payReportParts(v *visit, from, to time.Time) (parts []payReportPart, err error) {
	portfolios, err := c.Vault.Portfolios(v.ctx())
	if err != nil {
		return nil, err
	}
	tokens, err := c.Vault.Figures(v.ctx())
	if err != nil {
		return nil, err
	}
	decided, err := c.Issuing.Figures(v.ctx(), from, to)
	for _, x := range portfolios {
		parts = append(parts, payReportPart{"p" + x.ID.String(), x.Name, v.stateBars(tokens, x.ID), v.outcomeBars(decided, x.ID)})
	}
	if strangers := v.outcomeBars(decided, ident.ID{}); len(strangers) > 0 {
		parts = append(parts, payReportPart{"strangers", v.t.T("console.pay.strangers"), nil, strangers})
	}
	return parts, err
}

// outcomeBars are the decisions of a portfolio, the most frequent first.
func (v *visit) outcomeBars(figures []issuing.Figure, of ident.ID) (bars []figureBar) {
	for _, f := range figures {
		if f.Portfolio != of {
			continue
		}
		name := v.t.T("console.pay.outcome." + string(f.Outcome))
		if f.Reason != issuing.NoReason {
			name += " · " + v.t.T("console.pay.reason."+string(f.Reason))
		}
		if f.Advices {
			name += " · " + v.t.T("console.pay.advice")
		}
		bars = append(bars, figureBar{Name: name, N: f.Count, Bad: f.Outcome == issuing.Decline})
	}
	slices.SortStableFunc(bars, func(a, b figureBar) int { return cmp.Compare(b.N, a.N) })
	return proportioned(bars)
}

// payRoutes is the part of the site map about cards, payment tokens, payments and portfolios.
func (c *console) payRoutes() []route {
	const cards, token = "/customers/{id}/cards", "/customers/{id}/payment-tokens/{token}"
	all := []route{
		{Pattern: "GET " + cards, Need: staff.PaymentRead, Serve: c.bankCards},
		{Pattern: "GET " + cards + "/new", Need: staff.PaymentRegister, Serve: c.newCard},
		{Pattern: "POST " + cards + "/new", Need: staff.PaymentRegister, Fresh: "console.act.payment", Serve: c.enrollCard},
		{Pattern: "GET " + cards + "/{card}/renew-card", Need: staff.PaymentRegister, Serve: c.nextCard},
		{Pattern: "POST " + cards + "/{card}/renew-card", Need: staff.PaymentRegister, Fresh: "console.act.payment", Serve: c.renewCard},
		{Pattern: "GET " + token, Need: staff.PaymentRead, Serve: c.payToken},
		{Pattern: "GET /customers/{id}/authorizations", Need: staff.PaymentReview, Serve: c.authorizations},
		{Pattern: "GET /customers/{id}/authorizations/{authorization}", Need: staff.PaymentReview, Serve: c.authorization},
		{Pattern: "GET /portfolios", Need: staff.PaymentRead, Serve: c.portfolios},
		{Pattern: "GET /portfolios/report", Need: staff.PaymentReview, Serve: c.payReport},
		{Pattern: "GET /portfolios/strangers", Need: staff.PaymentReview, Serve: c.strangers},
		{Pattern: "GET /portfolios/new", Need: staff.PortfolioWrite, Serve: c.newPortfolio},
		{Pattern: "POST /portfolios/new", Need: staff.PortfolioWrite, Fresh: "console.act.portfolio", Serve: c.proposePortfolio},
		{Pattern: "GET /portfolios/{id}", Need: staff.PaymentRead, Serve: c.portfolio},
		{Pattern: "GET /portfolios/{id}/edit", Need: staff.PortfolioWrite, Serve: c.editPortfolio},
		{Pattern: "POST /portfolios/{id}/edit", Need: staff.PortfolioWrite, Fresh: "console.act.portfolio", Serve: c.proposeProfile},
	}
	for _, a := range payActs() {
		all = append(all,
			route{Pattern: "GET " + token + "/" + a.key, Need: a.need, Serve: c.payForm(a)},
			route{Pattern: "POST " + token + "/" + a.key, Need: a.need, Fresh: "console.act.payment", Serve: c.doPay(a)})
	}
	for _, a := range cardActs() {
		all = append(all,
			route{Pattern: "GET " + cards + "/{card}/" + a.key, Need: a.need, Serve: c.cardForm(a)},
			route{Pattern: "POST " + cards + "/{card}/" + a.key, Need: a.need, Fresh: "console.act.payment", Serve: c.doCard(a)})
	}
	return all
}
