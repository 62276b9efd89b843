package console

import (
	"net/url"
	"strconv"

	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type portfolioFormPage struct {
	*visit
	Name                                                          string // "" for a new one
	Action, Back                                                  string
	Suites, Assists, Variants, Wraps, Addings, Responses, Foreign []ui.Choice
}

// profileForm is the form of a profile.
func profileForm(p *vault.Profile) url.Values {
	f := url.Values{}
	for name, text := range map[string]string{"suite": p.Suite, "assist": p.Assist, "variant": p.Variant, "wrap": p.Wrap, "static": p.Static, "adding": p.Adding, "response": p.Response} {
		f.Set(name, text)
	}
	for name, t := range map[string]vault.Threshold{"key": p.Key, "data": p.Data} {
		f.Set(name+"_uses", strconv.Itoa(t.Uses))
		f.Set(name+"_hours", strconv.Itoa(t.Hours))
		f.Set(name+"_currency", t.Currency)
		f.Set(name+"_foreign", t.Foreign)
		if t.Amount > 0 {
			f.Set(name+"_amount", payment.Amount{Minor: t.Amount, Currency: payment.Currency(t.Currency)}.Decimal())
		}
	}
	for name, n := range map[string]int{"low_uses": p.LowUses, "low_share": p.LowShare, "keys": p.Keys, "cache": int(p.Cache), "token_days": p.TokenDays} {
		f.Set(name, strconv.Itoa(n))
	}
	return f
}

// typedProfile reads the form of a profile; what it does not ask for stays as it was. The vault says what is wrong with it.
func (v *visit) typedProfile(p vault.Profile) vault.Profile {
	f := v.form
	p.Assist, p.Variant, p.Wrap, p.Static = f.Value("assist"), f.Value("variant"), f.Value("wrap"), f.Value("static")
	p.Adding, p.Response = f.Value("adding"), f.Value("response")
	p.Key, p.Data = v.typedThreshold("key"), v.typedThreshold("data")
	p.LowUses, p.LowShare, p.Keys, p.Cache, p.TokenDays = v.count("low_uses"), v.count("low_share"), v.count("keys"), vault.Minutes(v.count("cache")), v.count("token_days")
	return p
}

func (v *visit) typedThreshold(of string) vault.Threshold {
	f := v.form
	t := vault.Threshold{Uses: v.count(of + "_uses"), Hours: v.count(of + "_hours")}
	if text := f.Value(of + "_amount"); text != "" {
		t.Currency, t.Foreign = f.Value(of+"_currency"), f.Value(of+"_foreign")
		a, err := payment.ParseAmount(text, payment.Currency(t.Currency))
		if err != nil {
			f.Fail(of+"_amount", v.t.T("console.pay.bad_amount"))
		}
		t.Amount = a.Minor
	}
	return t
}

// count reads a number from zero; an empty field is zero.
func (v *visit) count(name string) int {
	typed := v.form.Value(name)
	if typed == "" {
		return 0
	}
	n, err := strconv.Atoi(typed)
	if err != nil || n < 0 {
		v.form.Fail(name, v.t.T("console.pay.bad_count"))
	}
	return n
}

// newPortfolio asks for a portfolio.
func (c *console) newPortfolio(v *visit) error {
	if v.form.Value("suite") == "" {
		p := vault.DefaultProfile()
		v.form = ui.NewForm(profileForm(&p))
		v.form.Set("digits", "16")
	}
	return v.showPortfolioForm("", "/portfolios/new", "/portfolios")
}

// proposePortfolio proposes to create it.
func (c *console) proposePortfolio(v *visit) error {
	p := vault.DefaultProfile()
	p.Suite = v.form.Value("suite")
	ch := vault.PortfolioChange{Name: v.form.Value("name"), Range: vault.Range{Prefix: v.form.Value("prefix"), Digits: v.count("digits")}, Profile: v.typedProfile(p)}
	return c.proposeChange(v, ch, c.newPortfolio)
}

// editPortfolio shows the profile as it is.
func (c *console) editPortfolio(v *visit) error {
	x, err := c.readPortfolio(v)
	if err != nil {
		return err
	}
	v.form = ui.NewForm(profileForm(&x.Profile))
	v.form.Set("version", strconv.Itoa(x.Version))
	return v.showProfile(x)
}

func (v *visit) showProfile(x vault.Portfolio) error {
	back := "/portfolios/" + x.ID.String()
	return v.showPortfolioForm(x.Name, back+"/edit", back)
}

// proposeProfile proposes another profile.
func (c *console) proposeProfile(v *visit) error {
	x, err := c.readPortfolio(v)
	if err != nil {
		return err
	}
	ch := vault.PortfolioChange{Portfolio: x.ID, Version: v.count("version"), Profile: v.typedProfile(x.Profile)}
	return c.proposeChange(v, ch, func(v *visit) error { return v.showProfile(x) })
}

// proposeChange makes the proposal. It takes two people always.
func (c *console) proposeChange(v *visit, ch vault.PortfolioChange, show func(*visit) error) error {
	v.form.Require(v.t, "reason", v.t.T("console.proposal.reason"))
	if !v.form.OK() {
		return show(v)
	}
	p, err := c.Proposals.Propose(v.ctx(), v.s.Actor(), foureyes.New{Act: policy.ActPortfolio, Payload: ch.Payload(), Reason: v.form.Value("reason")})
	if err != nil {
		return v.again(err, show)
	}
	return v.done("/proposals/"+p.ID.String(), "console.proposal.done.made")
}

func (v *visit) showPortfolioForm(name, action, back string) error {
	choices := func(group string, values ...string) (all []ui.Choice) {
		for _, x := range values {
			all = append(all, ui.Choice{Value: x, Text: v.t.T("console.pay." + group + "." + x)})
		}
		return all
	}
	p := portfolioFormPage{
		visit: v, Name: name, Action: action, Back: back, Suites: choices("suites", "aes", "emv-tdes"), Assists: choices("assists", "encryption", "storage"),
		Variants: choices("variants", "protected", "plain"), Wraps: choices("wraps", "hardened", "patent"), Addings: choices("addings", vault.AddApproved, vault.AddFreely), Responses: choices("responses", vault.ResponseNone, vault.ResponseCode, vault.ResponseStatus), Foreign: choices("foreigns", "count", "refuse"),
	}
	title := v.t.T("console.pay.portfolio_new")
	if name != "" {
		title = v.t.T("console.pay.portfolio_edit")
	}
	return v.render("portfolio-form", title, p)
}
