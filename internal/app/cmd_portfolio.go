package app

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/vault"
)

// portfolioCmd is about sets of cards that are served alike.
type portfolioCmd struct {
	List    portfolioListCmd    `cmd:"" help:"List the portfolios."`
	Show    portfolioShowCmd    `cmd:"" help:"Show a portfolio, or print its profile as a file for propose."`
	Create  portfolioCreateCmd  `cmd:"" help:"Create a portfolio with its first issuer's key."`
	Propose portfolioProposeCmd `cmd:"" help:"Propose another profile of a portfolio: somebody else must approve."`
}

// portfolioView is a portfolio as JSON.
type portfolioView struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	Range   vault.Range   `json:"range"`
	Version int           `json:"version"`
	Profile vault.Profile `json:"profile"`
	Created time.Time     `json:"created_at"`
	Changed time.Time     `json:"changed_at"`
}

func viewOfPortfolio(p vault.Portfolio) portfolioView {
	return portfolioView{p.ID.String(), p.Name, p.Range, p.Version, p.Profile, p.Created, p.Changed}
}

// minorUnits writes an amount for people.
func minorUnits(n int64, currency string) string {
	return payment.Amount{Minor: n, Currency: payment.Currency(currency)}.Decimal() + " " + currency
}

type portfolioListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists them by name.
func (n portfolioListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		all, err := a.Vault.Portfolios(e.ctx)
		if err != nil {
			return err
		}
		views := []portfolioView{}
		t := e.table("NAME", "PREFIX", "DIGITS", "SUITE", "ASSIST", "VERSION", "PORTFOLIO")
		for _, p := range all {
			views = append(views, viewOfPortfolio(p))
			t.row(p.Name, p.Range.Prefix, strconv.Itoa(p.Range.Digits), p.Profile.Suite, p.Profile.Assist, strconv.Itoa(p.Version), p.ID.String())
		}
		if n.JSON {
			return e.json(map[string]any{"portfolios": views})
		}
		return t.flush()
	})
}

// portfolio finds one by its name or id.
func (a *App) portfolio(e *env, name string) (vault.Portfolio, error) {
	all, err := a.Vault.Portfolios(e.ctx)
	for _, p := range all {
		if p.Name == name || p.ID.String() == name {
			return p, err
		}
	}
	if err == nil {
		err = hinted{fault.NotFoundf("vault.portfolio", "There is no portfolio %q.", name), "See countersign portfolio list."}
	}
	return vault.Portfolio{}, err
}

type portfolioShowCmd struct {
	Name    string `arg:"" help:"Name or id of the portfolio."`
	Profile bool   `help:"Print the profile alone, as JSON: a file for countersign portfolio propose."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Run shows it.
func (n portfolioShowCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		p, err := a.portfolio(e, n.Name)
		switch {
		case err != nil:
			return err
		case n.Profile:
			return e.json(p.Profile)
		case n.JSON:
			return e.json(viewOfPortfolio(p))
		}
		t := e.table("PORTFOLIO", p.Name)
		t.row("ID", p.ID.String())
		t.row("TOKENS", fmt.Sprintf("%s…, %d digits", p.Range.Prefix, p.Range.Digits))
		t.row("VERSION", strconv.Itoa(p.Version))
		for _, s := range p.Profile.Settings() {
			t.row(s.Path, s.New)
		}
		return t.flush()
	})
}

// profileFile reads a profile; without a file it is the usual one.
func profileFile(file string) (vault.Profile, error) {
	if file == "" {
		return vault.DefaultProfile(), nil
	}
	doc, err := readFile(file)
	if err != nil {
		return vault.Profile{}, err
	}
	return vault.ParseProfile(doc)
}

type portfolioCreateCmd struct {
	Name    string `arg:"" help:"What people call it, 1 to 60 characters."`
	Prefix  string `required:"" placeholder:"DIGITS" help:"The 6 to 12 digits with which its tokens begin; no other portfolio may have them."`
	Digits  int    `default:"16" help:"How many digits its tokens have, 13 to 19."`
	Profile string `placeholder:"FILE" type:"path" help:"How its tokens work (JSON, as countersign portfolio show --profile prints it); by default ten payments, five days, 250 EUR a key."`
	Propose bool   `help:"Propose it instead of doing it: somebody else must approve."`
	Reason  string `help:"Why, with --propose: for whoever approves, and for the log."`
	person
}

// Run creates it, or proposes to.
func (n portfolioCreateCmd) Run(e *env, c *cli) error {
	profile, err := profileFile(n.Profile)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		in := vault.NewPortfolio{Name: n.Name, Range: vault.Range{Prefix: n.Prefix, Digits: n.Digits}, Profile: profile}
		if n.Propose {
			return n.proposes(e, a, vault.PortfolioChange{Name: in.Name, Range: in.Range, Profile: in.Profile}, n.Reason)
		}
		if err := a.Policies.Active().FourEyes.Direct(policy.ActPortfolio); err != nil {
			return hintProposal(err, "countersign portfolio create … --propose --reason WHY --as LOGIN")
		}
		p, err := a.Vault.CreatePortfolio(e.ctx, audit.System("cli"), in)
		if err != nil {
			return err
		}
		return e.line("Portfolio " + p.ID.String() + " is created.")
	})
}

// proposes makes a proposal about a portfolio in the name of a member of staff.
func (p person) proposes(e *env, a *App, ch vault.PortfolioChange, reason string) error {
	by, err := p.prove(e, a)
	if err != nil {
		return err
	}
	made, err := a.Proposals.Propose(e.ctx, by, foureyes.New{Act: policy.ActPortfolio, Payload: ch.Payload(), Reason: reason})
	if err != nil {
		return err
	}
	return e.proposed(made)
}

type portfolioProposeCmd struct {
	Name   string `arg:"" help:"Name or id of the portfolio."`
	File   string `arg:"" type:"path" help:"Its new profile, as countersign portfolio show --profile prints the present one."`
	Reason string `required:"" help:"Why: for whoever approves, and for the log."`
	person
}

// Run says what would change, and proposes it.
func (n portfolioProposeCmd) Run(e *env, c *cli) error {
	profile, err := profileFile(n.File)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		p, err := a.portfolio(e, n.Name)
		if err != nil {
			return err
		}
		if err := e.changes(p.Profile.Differences(&profile)); err != nil {
			return err
		}
		return n.proposes(e, a, vault.PortfolioChange{Portfolio: p.ID, Version: p.Version, Profile: profile}, n.Reason)
	})
}

// explainPortfolio says what a proposal makes of a portfolio.
func (a *App) explainPortfolio(e *env, payload json.RawMessage) error {
	ch, err := vault.ParsePortfolioChange(payload)
	if err != nil {
		return err
	}
	if ch.Portfolio.IsZero() {
		if err := e.line(fmt.Sprintf("A portfolio %q is created, with tokens of %d digits that begin with %s:", ch.Name, ch.Range.Digits, ch.Range.Prefix)); err != nil {
			return err
		}
		return e.changes(ch.Profile.Settings())
	}
	p, err := a.Vault.Portfolio(e.ctx, ch.Portfolio)
	if err != nil {
		return err
	}
	if err := e.line(fmt.Sprintf("The portfolio %q has another profile in place of version %d:", p.Name, ch.Version)); err != nil {
		return err
	}
	return e.changes(p.Profile.Differences(&ch.Profile))
}
