package app

import (
	"cmp"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
)

// authorizationCmd is about payments with tokens.
type authorizationCmd struct {
	List authorizationListCmd `cmd:"" help:"List payments with a customer's tokens, approved and refused ones."`
	Show authorizationShowCmd `cmd:"" help:"Show a payment, and why it was decided as it was."`
}

// authorizationView is an authorization as JSON; amounts are minor units.
type authorizationView struct {
	ID       string           `json:"id"`
	At       time.Time        `json:"authorized_at"`
	Outcome  string           `json:"outcome"`
	Reason   string           `json:"reason,omitempty"`
	Detail   string           `json:"detail,omitempty"`
	Advice   bool             `json:"advice,omitempty"`
	Amount   int64            `json:"amount"`
	Approved int64            `json:"approved"`
	Returned int64            `json:"returned"`
	Currency string           `json:"currency"`
	Code     string           `json:"code,omitempty"`
	Path     string           `json:"path"`
	Merchant issuing.Merchant `json:"merchant"`
	Token    string           `json:"payment_token"`
	Last4    string           `json:"last4,omitempty"`
	Card     string           `json:"card_last4,omitempty"`
	Index    string           `json:"key"`
	Counter  int              `json:"counter"`
	Judged   string           `json:"interaction_decision,omitempty"`
	Risk     string           `json:"risk_event,omitempty"`
}

func viewOfAuthorization(x issuing.Authorization) authorizationView {
	v := authorizationView{
		ID: x.ID.String(), At: x.Created, Outcome: string(x.Outcome), Reason: string(x.Reason), Detail: x.Detail, Advice: x.Advice, Amount: x.Amount, Approved: x.Approved, Returned: x.Returned,
		Currency: x.Currency, Code: x.Code, Path: string(x.Path), Merchant: x.Merchant, Token: x.Token.String(), Last4: x.Last4, Card: x.Card, Index: x.Index.String(), Counter: x.Counter,
	}
	if !x.Judged.IsZero() {
		v.Judged = x.Judged.String()
	}
	if !x.Risk.IsZero() {
		v.Risk = x.Risk.String()
	}
	return v
}

// why is reason and detail in one.
func (v authorizationView) why() string {
	if v.Detail == "" {
		return cmp.Or(v.Reason, "-")
	}
	return cmp.Or(v.Reason, "-") + " (" + v.Detail + ")"
}

type authorizationListCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Limit  int    `default:"50" help:"At most so many, the newest first: 1 to 1000."`
	Before string `placeholder:"ID" help:"Only those before this one."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run lists them, the newest first.
func (n authorizationListCmd) Run(e *env, c *cli) error {
	if n.Limit < 1 || n.Limit > 1000 {
		return fault.Invalidf("app.limit", "Give --limit a number from 1 to 1000.")
	}
	var before ident.ID
	if n.Before != "" {
		var err error
		if before, err = ident.Parse(n.Before); err != nil {
			return err
		}
	}
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		all, err := a.Issuing.Authorizations(e.ctx, who.ID, before, n.Limit)
		if err != nil {
			return err
		}
		views := []authorizationView{}
		t := e.table("AUTHORIZATION", "TIME", "TOKEN", "AMOUNT", "MERCHANT", "OUTCOME", "REASON")
		for _, x := range all {
			v := viewOfAuthorization(x)
			views = append(views, v)
			t.row(v.ID, stamp(v.At), "…"+v.Last4, minorUnits(v.Amount, v.Currency), cmp.Or(v.Merchant.Name, v.Merchant.ID, "-"), v.Outcome, v.why())
		}
		if n.JSON {
			return e.json(map[string]any{"authorizations": views})
		}
		return t.flush()
	})
}

type authorizationShowCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	ID     string `arg:"" help:"Id of the authorization."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run shows it.
func (n authorizationShowCmd) Run(e *env, c *cli) error {
	id, err := ident.Parse(n.ID)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		x, err := a.Issuing.Authorization(e.ctx, who.ID, id)
		if err != nil {
			return err
		}
		v := viewOfAuthorization(x)
		if n.JSON {
			return e.json(v)
		}
		t := e.table("AUTHORIZATION", v.ID)
		for _, row := range [][2]string{
			{"TIME", moment(v.At)},
			{"OUTCOME", v.Outcome},
			{"REASON", v.why()},
			{"AMOUNT", minorUnits(v.Amount, v.Currency)},
			{"APPROVED", minorUnits(v.Approved, v.Currency)},
			{"RETURNED", minorUnits(v.Returned, v.Currency)},
			{"CODE", cmp.Or(v.Code, "-")},
			{"MERCHANT", cmp.Or(v.Merchant.Name, "-")},
			{"TERMINAL", cmp.Or(v.Merchant.Terminal, "-")},
			{"PATH", v.Path},
			{"TOKEN", "…" + v.Last4 + " for the card …" + v.Card},
			{"KEY", v.Index},
			{"COUNTER", decimal(int64(v.Counter))},
			{"PATTERN", cmp.Or(v.Judged, "-")},
			{"RISK", cmp.Or(v.Risk, "-")},
		} {
			t.row(row[0], row[1])
		}
		if v.Judged != "" {
			t.after("See countersign interaction decisions " + n.Number + " " + v.Judged + " for what the customer's devices said.")
		}
		return t.flush()
	})
}
