package app

import (
	"errors"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
)

// mobileCodeCmds are the commands that make an activation code.
type mobileCodeCmds struct {
	Issue        mobileIssueCmd        `cmd:"" help:"Enroll a mobile token: print its activation code, this once."`
	Renew        mobileRenewCmd        `cmd:"" help:"Issue a new activation code for a token that is not active yet."`
	Redistribute mobileRedistributeCmd `cmd:"" help:"Issue an activation code by which a token in use comes to another device, or anew to its own."`
	Migrate      mobileMigrateCmd      `cmd:"" help:"Begin to replace an active token by a new one: print its activation code, this once."`
}

// handed are the flags of a new activation code.
type handed struct {
	Hand  string        `enum:",shown,sent" default:"" help:"How the code is handed over: shown (printed) or sent; by default the application's first way."`
	Valid time.Duration `help:"How long the code is valid; by default as the policy says."`
	JSON  bool          `name:"json" help:"Print JSON."`
	identified
}

func (h handed) handing() mobiletoken.Handing {
	return mobiletoken.Handing{Way: policy.HandOver(h.Hand), Valid: h.Valid}
}

// known sees to it that the customer was identified, unless they hold nothing yet.
func (i identified) known(e *env, a *App, customer ident.ID) error {
	held, err := a.Authenticators.Of(e.ctx, customer)
	if err != nil || len(held) == 0 {
		return err
	}
	return i.lately(e, a, customer)
}

// lately sees to it that the customer was identified. The domain asks nothing of the
// program itself, so what was named is looked at here.
func (i identified) lately(e *env, a *App, customer ident.ID) error {
	id, err := i.of(e, a, customer)
	if err != nil {
		return err
	}
	return a.DB.Read(e.ctx, func(tx *db.Tx) error { return identification.Require(tx, id, customer, audit.System("cli")) })
}

// issued is a new activation code as JSON.
type issuedView struct {
	Serial   string    `json:"serial"`
	ClientID string    `json:"client_id"`
	Code     string    `json:"code,omitempty"`
	Part     int       `json:"part"`
	Link     string    `json:"link,omitempty"`
	Download string    `json:"download"`
	Expires  time.Time `json:"expires_at"`
}

// handOver prints what is handed over.
func (h handed) handOver(e *env, a *App, out mobiletoken.Issued, err error) error {
	if err != nil {
		return err
	}
	x := out.Handout(a.mobileURL())
	if h.JSON {
		return e.json(issuedView{out.Serial, out.ClientID, x.Code, x.Part, x.Link, out.Download, out.Expires})
	}
	if x.Code == "" {
		return e.line("The activation code of " + out.Serial + " is sent; it is valid until " + moment(out.Expires) + ".")
	}
	note := ""
	if x.Part == 1 {
		note = " (first half; the second goes out by the other way)"
	}
	err = errors.Join(e.line(x.Code+note), e.line("Token "+out.Serial+", valid until "+moment(out.Expires)+", application at "+out.Download))
	if x.Link != "" {
		err = errors.Join(err, e.line(x.Link))
	}
	return err
}

type mobileIssueCmd struct {
	Number      string `arg:"" help:"The bank's customer ID."`
	Application string `arg:"" help:"Code of the application, as the policies have it."`
	Name        string `help:"What the customer calls the token."`
	handed
}

// Run enrolls.
func (n mobileIssueCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		if err := n.known(e, a, cu.ID); err != nil {
			return err
		}
		_, out, err := a.Mobile.Enroll(e.ctx, audit.System("cli"), mobiletoken.Enrollment{Customer: cu.ID, Application: n.Application, Name: n.Name, Handing: n.handing()})
		return n.handOver(e, a, out, err)
	})
}

// mobileRef names a mobile token.
type mobileRef struct {
	Serial string `arg:"" help:"Serial number of the mobile token."`
}

// on carries an act out on the token, for whom warranted lets through.
func (r mobileRef) on(e *env, c *cli, warranted func(*env, *App, ident.ID) error, act func(*App, mobiletoken.Order) error) error {
	return e.tools(c, func(a *App) error {
		it, _, err := a.Mobile.Find(e.ctx, r.Serial)
		if err != nil {
			return err
		}
		if err := warranted(e, a, it.Customer); err != nil {
			return err
		}
		return act(a, mobiletoken.Order{Customer: it.Customer, Token: it.ID})
	})
}

// anybody is the warrant of acts that need no identification.
func anybody(*env, *App, ident.ID) error { return nil }

type mobileRenewCmd struct {
	mobileRef
	handed
}

// Run renews.
func (n mobileRenewCmd) Run(e *env, c *cli) error {
	return n.on(e, c, n.known, func(a *App, o mobiletoken.Order) error {
		out, err := a.Mobile.Renew(e.ctx, audit.System("cli"), o, n.handing())
		return n.handOver(e, a, out, err)
	})
}

type mobileRedistributeCmd struct {
	mobileRef
	handed
}

// Run redistributes.
func (n mobileRedistributeCmd) Run(e *env, c *cli) error {
	return n.on(e, c, n.lately, func(a *App, o mobiletoken.Order) error {
		out, err := a.Mobile.Redistribute(e.ctx, audit.System("cli"), o, n.handing())
		return n.handOver(e, a, out, err)
	})
}

type mobileMigrateCmd struct {
	mobileRef
	KeepSerial *bool  `negatable:"" help:"Whether the new token takes over the serial number; by default as the application's policy says."`
	Name       string `help:"What the customer calls the new token; by default as the old one."`
	handed
}

// Run begins the migration.
func (n mobileMigrateCmd) Run(e *env, c *cli) error {
	return n.on(e, c, n.known, func(a *App, o mobiletoken.Order) error {
		_, _, out, err := a.Mobile.Migrate(e.ctx, audit.System("cli"), mobiletoken.Migrate{Order: o, KeepSerial: n.KeepSerial, Name: n.Name, Handing: n.handing()})
		return n.handOver(e, a, out, err)
	})
}
