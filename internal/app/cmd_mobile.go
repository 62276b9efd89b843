package app

import (
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// mobileCmd is about mobile tokens.
type mobileCmd struct {
	Applications mobileApplicationsCmd `cmd:"" help:"List the mobile applications of the policies in force."`
	List         mobileListCmd         `cmd:"" help:"List a customer's mobile tokens, or all of an application."`
	Show         mobileShowCmd         `cmd:"" help:"Show a mobile token with its activation code, migration and history. Never a value or a key."`
	mobileCodeCmds
	mobileActCmds
}

// mobileView is a mobile token as JSON.
type mobileView struct {
	ID          string             `json:"id"`
	Customer    string             `json:"customer_number,omitempty"`
	Application string             `json:"application"`
	Serial      string             `json:"serial"`
	Name        string             `json:"name,omitempty"`
	State       mobiletoken.Status `json:"state"`
	BlockedBy   mobiletoken.Cause  `json:"blocked_by,omitempty"`
	Until       time.Time          `json:"blocked_until,omitzero"`
	Reason      string             `json:"reason,omitempty"`
	Model       string             `json:"model,omitempty"`
	AppVersion  string             `json:"app_version,omitempty"`
	Created     time.Time          `json:"created_at"`
	Changed     time.Time          `json:"changed_at"`
	Used        time.Time          `json:"used_at,omitzero"`
	Code        *mobileCodeView    `json:"activation_code,omitempty"`
	Migration   *mobileMoveView    `json:"migration,omitempty"`
	History     []mobileEventView  `json:"history,omitempty"`
}

// mobileCodeView is an activation code as JSON, without its value.
type mobileCodeView struct {
	ClientID string              `json:"client_id"`
	Purpose  mobiletoken.Purpose `json:"purpose"`
	State    string              `json:"state"`
	Way      string              `json:"way"`
	Extended int                 `json:"extended"`
	Attempts int                 `json:"attempts"`
	By       string              `json:"by"`
	Expires  time.Time           `json:"expires_at"`
}

type mobileMoveView struct {
	From       string `json:"from"`
	To         string `json:"to"`
	KeepSerial bool   `json:"keep_serial"`
}

type mobileEventView struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	By   string    `json:"by"`
}

func viewOfMobile(t mobiletoken.Token, owner string, used time.Time) mobileView {
	return mobileView{
		ID: t.ID.String(), Customer: owner, Application: t.Application, Serial: t.Serial, Name: t.Name, State: t.Status, BlockedBy: t.BlockedBy, Until: t.Until,
		Reason: t.Reason, Model: t.Model, AppVersion: t.AppVersion, Created: t.Created, Changed: t.Changed, Used: used,
	}
}

func viewOfItem(it mobiletoken.Item, owner string, now time.Time) mobileView {
	v := viewOfMobile(it.Token, owner, it.Used)
	if c := it.Code; c != nil {
		v.Code = &mobileCodeView{c.ClientID, c.Purpose, c.State(now), string(c.Way), c.Extended, c.Tries.Count, c.By, c.Expires}
	}
	if m := it.Migration; m != nil {
		v.Migration = &mobileMoveView{m.Old.String(), m.New.String(), m.KeepSerial}
	}
	return v
}

type mobileApplicationsCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the applications.
func (n mobileApplicationsCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		all := a.Policies.Active().Applications
		if n.JSON {
			type view struct {
				Code     string   `json:"application"`
				Name     string   `json:"name"`
				Download string   `json:"download"`
				Policies []string `json:"policies"`
			}
			out := make([]view, len(all))
			for i, x := range all {
				out[i] = view{x.Code, x.Name, x.Download, x.Policies}
			}
			return e.json(out)
		}
		t := e.table("APPLICATION", "NAME", "CODES", "ACTIVATION", "SERVES")
		for _, x := range all {
			t.row(x.Code, x.Name, string(x.Keys.Code), x.Activation.Valid.String(), strings.Join(x.Policies, ", "))
		}
		return t.flush()
	})
}

type mobileListCmd struct {
	Number      string        `arg:"" optional:"" help:"The bank's customer ID; without it, all tokens of an application."`
	Application string        `help:"Code of the application; it may be left out while there is only one."`
	State       string        `enum:",created,code_issued,provisioning,active,blocked,archived" default:"" help:"Only tokens in this state."`
	Unused      time.Duration `help:"Only tokens that gave no code for so long, such as 2160h."`
	Limit       int           `default:"50" help:"At most so many, up to 200."`
	After       string        `help:"Where a former list ended, as it said."`
	JSON        bool          `name:"json" help:"Print JSON."`
}

// Run lists them, newest first where they are an application's.
func (n mobileListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		all, next, err := n.find(e, a)
		if err != nil {
			return err
		}
		if n.JSON {
			return e.json(map[string]any{"mobile_tokens": all, "next": next})
		}
		t := e.table("SERIAL", "CUSTOMER", "APPLICATION", "STATE", "NAME", "PHONE", "LAST USED")
		for _, v := range all {
			t.row(v.Serial, v.Customer, v.Application, string(v.State), v.Name, v.Model, moment(v.Used))
		}
		if next != "" {
			t.after("There may be more: --after " + next)
		}
		return t.flush()
	})
}

func (n mobileListCmd) find(e *env, a *App) (all []mobileView, next string, err error) {
	all = []mobileView{}
	if n.Number != "" {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return all, "", err
		}
		items, err := a.Mobile.List(e.ctx, cu.ID)
		for _, it := range items {
			all = append(all, viewOfItem(it, cu.Number, a.Now()))
		}
		return all, "", err
	}
	q := mobiletoken.Query{Application: n.Application, Status: mobiletoken.Status(n.State), After: n.After, Limit: n.Limit}
	if apps := a.Policies.Active().Applications; q.Application == "" && len(apps) == 1 {
		q.Application = apps[0].Code
	}
	if n.Unused > 0 {
		q.Unused = a.Now().Add(-n.Unused)
	}
	page, err := a.Mobile.All(e.ctx, q)
	for _, t := range page.Tokens {
		all = append(all, viewOfMobile(t.Token, t.Owner, t.Used))
	}
	return all, page.Next, err
}

type mobileShowCmd struct {
	Serial string `arg:"" help:"Serial number of a token that is not archived."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run shows the token.
func (n mobileShowCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		it, owner, err := a.Mobile.Find(e.ctx, n.Serial)
		if err != nil {
			return err
		}
		v := viewOfItem(it, owner, a.Now())
		page, err := a.Audit.Find(e.ctx, audit.Filter{Customer: it.Customer, Object: "mobile_token:" + v.ID}, "", 100) //nolint:mnd // the last ones
		if err != nil {
			return err
		}
		for _, x := range page.Entries {
			v.History = append(v.History, mobileEventView{x.At, x.Kind, x.Actor})
		}
		if n.JSON {
			return e.json(v)
		}
		return n.print(e, v)
	})
}

func (n mobileShowCmd) print(e *env, v mobileView) error {
	t := e.table("SERIAL", v.Serial)
	row := func(name, value string) {
		if value != "" && value != "-" {
			t.row(name, value)
		}
	}
	row("CUSTOMER", v.Customer)
	row("APPLICATION", v.Application)
	row("STATE", strings.TrimSpace(string(v.State)+" "+string(v.BlockedBy)))
	row("BLOCKED UNTIL", moment(v.Until))
	row("REASON", v.Reason)
	row("NAME", v.Name)
	row("PHONE", strings.TrimSpace(v.Model+" "+v.AppVersion))
	row("LAST USED", moment(v.Used))
	if v.Code != nil {
		row("ACTIVATION CODE", v.Code.State+", "+string(v.Code.Purpose)+", until "+moment(v.Code.Expires))
	}
	if v.Migration != nil {
		row("MIGRATION", "from "+v.Migration.From+" to "+v.Migration.To)
	}
	for _, x := range v.History {
		t.row(moment(x.At), x.Kind+" by "+x.By)
	}
	return t.flush()
}
