package console

import (
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// explainPortfolio says what a proposal makes of a portfolio: a new one with all it says, or what an existing one says otherwise.
func (c *console) explainPortfolio(v *visit, payload []byte) (x explained, err error) {
	ch, err := vault.ParsePortfolioChange(payload)
	if err != nil {
		return x, err
	}
	if ch.Portfolio.IsZero() {
		x.Text = v.t.T("console.proposal.what.portfolio_new", "name", ch.Name)
		x.Facts = []ui.Fact{{Name: v.t.T("console.pay.range"), Value: rangeText(ch.Range), Mono: true}}
		x.Changes = &changesView{Rows: ch.Profile.Settings()}
		return x, nil
	}
	p, err := c.Vault.Portfolio(v.ctx(), ch.Portfolio)
	if fault.Is(err, "vault.portfolio") {
		x.Text = v.t.Fault(fault.From(err))
		return x, nil
	}
	x.Text = v.t.T("console.proposal.what.portfolio", "name", p.Name)
	x.Facts = []ui.Fact{{Name: v.t.T("console.pay.version"), Value: strconv.Itoa(ch.Version), Note: v.t.T("console.pay.version_now", "n", strconv.Itoa(p.Version))}}
	x.Changes = &changesView{Rows: p.Profile.Differences(&ch.Profile)}
	return x, err
}

// rangeText writes a range of tokens as people do: 490000 and ten more digits.
func rangeText(r vault.Range) string {
	return r.Prefix + "…" + " (" + strconv.Itoa(r.Digits) + ")"
}
