package app

import (
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// cardCmd is about the cards for which payment tokens stand.
type cardCmd struct {
	List    cardListCmd    `cmd:"" help:"List a customer's cards."`
	Add     cardAddCmd     `cmd:"" help:"Enroll a card: its number is read from a file or from standard input."`
	Renew   cardRenewCmd   `cmd:"" help:"Tell the month and sequence number of the next card with the same number."`
	Block   cardBlockCmd   `cmd:"" help:"Block a card, and suspend its tokens."`
	Unblock cardUnblockCmd `cmd:"" help:"Unblock a card, and give its tokens back."`
	Close   cardCloseCmd   `cmd:"" help:"Close a card for good, and delete its tokens."`
}

// cardView is a card as JSON.
type cardView struct {
	ID        string    `json:"id"`
	Portfolio string    `json:"portfolio"`
	Last4     string    `json:"last4"`
	Expires   string    `json:"expires"`
	Sequence  int       `json:"sequence"`
	State     string    `json:"state"`
	Created   time.Time `json:"created_at"`
	Changed   time.Time `json:"changed_at"`
}

func viewOfPaymentCard(x vault.Account) cardView {
	return cardView{x.ID.String(), x.Portfolio.String(), x.Last4, x.Expires, x.Sequence, string(x.Status), x.Created, x.Changed}
}

type cardListCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run lists them, the oldest first.
func (n cardListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		all, err := a.Vault.Accounts(e.ctx, who.ID)
		if err != nil {
			return err
		}
		views := []cardView{}
		t := e.table("CARD", "NUMBER", "EXPIRES", "STATE", "ENROLLED")
		for _, x := range all {
			v := viewOfPaymentCard(x)
			views = append(views, v)
			t.row(v.ID, "…"+v.Last4, v.Expires, v.State, moment(v.Created))
		}
		if n.JSON {
			return e.json(map[string]any{"cards": views})
		}
		return t.flush()
	})
}

type cardAddCmd struct {
	Number     string `arg:"" help:"The bank's customer ID."`
	Portfolio  string `required:"" help:"Name or id of its portfolio."`
	Expires    string `required:"" placeholder:"YYMM" help:"The month that is printed on the card."`
	Sequence   int    `help:"Its sequence number, 0 to 99."`
	NumberFile string `default:"-" placeholder:"FILE" help:"File with the number on the card; - for standard input. It is no argument, so that no list of processes has it."`
	JSON       bool   `name:"json" help:"Print JSON."`
}

// maxPAN bounds what is read of a card's number, in bytes.
const maxPAN = 64

// pan reads the number.
func (n cardAddCmd) pan(e *env) (string, error) {
	if n.NumberFile == "-" {
		b, err := io.ReadAll(io.LimitReader(e.stdin, maxPAN))
		return strings.TrimSpace(string(b)), err
	}
	b, err := e.secret(n.NumberFile, "")
	return strings.TrimSpace(string(b)), err
}

// Run enrolls it.
func (n cardAddCmd) Run(e *env, c *cli) error {
	pan, err := n.pan(e)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		p, err := a.portfolio(e, n.Portfolio)
		if err != nil {
			return err
		}
		x, err := a.Vault.AddAccount(e.ctx, audit.System("cli"), vault.NewAccount{Customer: who.ID, Portfolio: p.ID, Number: pan, Expires: n.Expires, Sequence: n.Sequence})
		switch {
		case err != nil:
			return err
		case n.JSON:
			return e.json(viewOfPaymentCard(x))
		}
		return e.line("The card …" + x.Last4 + " is enrolled as " + x.ID.String() + ".")
	})
}

// cardRef names a card of a customer.
type cardRef struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Card   string `arg:"" help:"The card: its id, or its last four digits where no other card of the customer has them."`
	Reason string `required:"" help:"Why, for the log."`
}

// find returns the card.
func (r cardRef) find(e *env, a *App) (x vault.Account, err error) {
	who, err := a.Customers.GetByNumber(e.ctx, r.Number)
	if err != nil {
		return x, err
	}
	all, err := a.Vault.Accounts(e.ctx, who.ID)
	if err != nil {
		return x, err
	}
	found := 0
	for _, it := range all {
		if it.ID.String() == r.Card || it.Last4 == r.Card {
			x, found = it, found+1
		}
	}
	hint := "See countersign card list " + r.Number + "."
	switch found {
	case 0:
		err = hinted{fault.NotFoundf("vault.account", "The customer has no card %s.", r.Card), hint}
	case 1:
	default:
		err = hinted{fault.Conflictf("vault.account", "The customer has %s cards that end in %s: name one by its id.", strconv.Itoa(found), r.Card), hint}
	}
	return x, err
}

// act carries an act out on the card, for whom warranted lets through.
func (r cardRef) act(e *env, c *cli, warranted func(*env, *App, ident.ID) error, do func(*vault.Desk, context.Context, audit.Actor, ident.ID, string) error, done string) error {
	return e.tools(c, func(a *App) error {
		x, err := r.find(e, a)
		if err != nil {
			return err
		}
		if err := warranted(e, a, x.Customer); err != nil {
			return err
		}
		if err := do(a.Vault, e.ctx, audit.System("cli"), x.ID, r.Reason); err != nil {
			return err
		}
		return e.line("The card …" + x.Last4 + " is " + done + " now.")
	})
}

type cardRenewCmd struct {
	cardRef
	Expires  string `required:"" placeholder:"YYMM" help:"The month that is printed on the new card."`
	Sequence int    `help:"Its sequence number, 0 to 99."`
}

// Run tells of it.
func (n cardRenewCmd) Run(e *env, c *cli) error {
	return n.act(e, c, anybody, func(d *vault.Desk, ctx context.Context, by audit.Actor, id ident.ID, note string) error {
		return d.RenewAccount(ctx, by, id, n.Expires, n.Sequence, note)
	}, "good until "+n.Expires)
}

type cardBlockCmd struct{ cardRef }

// Run blocks it.
func (n cardBlockCmd) Run(e *env, c *cli) error {
	return n.act(e, c, anybody, (*vault.Desk).BlockAccount, "blocked")
}

type cardUnblockCmd struct {
	cardRef
	identified
}

// Run unblocks it.
func (n cardUnblockCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.lately, (*vault.Desk).UnblockAccount, "in good standing")
}

type cardCloseCmd struct{ cardRef }

// Run closes it.
func (n cardCloseCmd) Run(e *env, c *cli) error {
	return n.act(e, c, anybody, (*vault.Desk).CloseAccount, "closed")
}
