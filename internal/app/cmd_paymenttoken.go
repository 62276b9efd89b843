package app

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/vault"
)

// paymentTokenCmd is about what stands for cards on devices.
type paymentTokenCmd struct {
	List    paymentTokenListCmd    `cmd:"" help:"List a customer's payment tokens with their devices and what is left of their keys."`
	Suspend paymentTokenSuspendCmd `cmd:"" help:"Suspend a payment token for a reason."`
	Resume  paymentTokenResumeCmd  `cmd:"" help:"Take a reason of a suspension away."`
	Delete  paymentTokenDeleteCmd  `cmd:"" help:"Delete a payment token for good."`
}

// paymentTokenView is a token as JSON.
type paymentTokenView struct {
	ID      string      `json:"id"`
	Card    string      `json:"card_last4"`
	Last4   string      `json:"last4"`
	Device  string      `json:"device"`
	With    []string    `json:"with"` // the other devices that take part
	State   string      `json:"state"`
	Causes  []string    `json:"causes"`
	Grants  []grantView `json:"grants"`
	Counter int         `json:"counter"`
	Expires time.Time   `json:"expires_at"`
	Created time.Time   `json:"created_at"`
}

// grantView is a key or data of limited use as JSON; amounts are minor units.
type grantView struct {
	Index   string          `json:"index"`
	Kind    string          `json:"kind"`
	State   string          `json:"state"`
	Limit   vault.Threshold `json:"limit"`
	Used    int             `json:"used"`
	Charged int64           `json:"charged"`
	Expires time.Time       `json:"expires_at"`
}

func viewOfPaymentToken(h vault.Holding, now time.Time) paymentTokenView {
	v := paymentTokenView{
		ID: h.ID.String(), Card: h.Card.Last4, Last4: h.Last4, Device: h.Device.String(), With: []string{}, State: string(h.Status), Causes: []string{}, Grants: []grantView{}, Counter: h.Counter, Expires: h.Expires, Created: h.Created,
	}
	for _, id := range h.With {
		v.With = append(v.With, id.String())
	}
	for _, c := range h.Causes {
		v.Causes = append(v.Causes, strings.TrimSpace(string(c.Reason)+" "+c.About))
	}
	for i := range h.Grants {
		g := &h.Grants[i]
		v.Grants = append(v.Grants, grantView{g.Index.String(), string(g.Kind), cmp.Or(string(g.State(now)), "good"), g.Limit, g.Used, g.Charged, g.Expires})
	}
	return v
}

// left says of the newest key what was used of what.
func (v paymentTokenView) left() string {
	i := slices.IndexFunc(v.Grants, func(g grantView) bool { return g.Kind == string(vault.Key) })
	if i < 0 {
		return ""
	}
	g, parts := v.Grants[i], []string{}
	if g.Limit.Uses > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d", g.Used, g.Limit.Uses))
	}
	if g.Limit.Amount > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s", strings.Fields(minorUnits(g.Charged, g.Limit.Currency))[0], minorUnits(g.Limit.Amount, g.Limit.Currency)))
	}
	if g.State != "good" {
		parts = append(parts, g.State)
	}
	return strings.Join(parts, ", ")
}

type paymentTokenListCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run lists them, the oldest first.
func (n paymentTokenListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		all, err := a.Vault.Holdings(e.ctx, who.ID)
		if err != nil {
			return err
		}
		devices, err := a.Companions.List(e.ctx, who.ID)
		if err != nil {
			return err
		}
		names := map[string]string{}
		for _, d := range devices {
			names[d.ID.String()] = strconv.Itoa(d.Number) + " " + cmp.Or(d.Name, string(d.Kind))
		}
		views := []paymentTokenView{}
		t := e.table("TOKEN", "NUMBER", "CARD", "DEVICE", "STATE", "USED", "CAUSES")
		for _, h := range all {
			v := viewOfPaymentToken(h, e.now())
			views = append(views, v)
			t.row(v.ID, "…"+v.Last4, "…"+v.Card, cmp.Or(names[v.Device], "-"), v.State, cmp.Or(v.left(), "-"), cmp.Or(strings.Join(v.Causes, "; "), "-"))
		}
		if n.JSON {
			return e.json(map[string]any{"payment_tokens": views})
		}
		return t.flush()
	})
}

// paymentTokenRef names a token of a customer.
type paymentTokenRef struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Token  string `arg:"" help:"Id of the token, as countersign payment-token list prints it."`
}

// on finds whose token is meant; whether there is one, the act finds out.
func (r paymentTokenRef) on(e *env, a *App) (vault.On, error) {
	who, err := a.Customers.GetByNumber(e.ctx, r.Number)
	if err != nil {
		return vault.On{}, err
	}
	id, err := ident.Parse(r.Token)
	if err != nil {
		err = hinted{err, "See countersign payment-token list " + r.Number + "."}
	}
	return vault.On{Customer: who.ID, ID: id}, err
}

type paymentTokenSuspendCmd struct {
	paymentTokenRef
	Reason string `required:"" enum:"customer,issuer" help:"Who wants it: customer or issuer."`
	About  string `help:"What it is about, such as a case: with it the same is taken back."`
}

// Run suspends it.
func (n paymentTokenSuspendCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		on, err := n.on(e, a)
		if err != nil {
			return err
		}
		if err := a.Vault.SuspendFor(e.ctx, audit.System("cli"), on, vault.Cause{Reason: vault.Reason(n.Reason), About: n.About}); err != nil {
			return err
		}
		return n.say(e, a, on)
	})
}

type paymentTokenResumeCmd struct {
	paymentTokenRef
	Reason string `required:"" enum:"customer,issuer,approval" help:"Who wanted it: customer or issuer; or approval, where its owner approves a new token."`
	About  string `help:"What it is about, as it was said then."`
	identified
}

// Run takes the reason away; what the customer wanted or approves, for a customer who was identified.
func (n paymentTokenResumeCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		on, err := n.on(e, a)
		if err != nil {
			return err
		}
		cause := vault.Cause{Reason: vault.Reason(n.Reason), About: n.About}
		if cause.Reason != vault.ByIssuer {
			if err := n.lately(e, a, on.Customer); err != nil {
				return err
			}
		}
		if err := a.Vault.ResumeFor(e.ctx, audit.System("cli"), on, cause); err != nil {
			return err
		}
		return n.say(e, a, on)
	})
}

type paymentTokenDeleteCmd struct {
	paymentTokenRef
	Reason string `required:"" help:"Why, for the log."`
}

// Run deletes it.
func (n paymentTokenDeleteCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		on, err := n.on(e, a)
		if err != nil {
			return err
		}
		if err := a.Vault.DeleteFor(e.ctx, audit.System("cli"), on, n.Reason); err != nil {
			return err
		}
		return n.say(e, a, on)
	})
}

// say tells the state of the token.
func (r paymentTokenRef) say(e *env, a *App, on vault.On) error {
	h, err := a.Vault.Holding(e.ctx, on.Customer, on.ID)
	if err != nil {
		return err
	}
	line := "The token …" + h.Last4 + " is " + string(h.Status) + " now."
	if len(h.Causes) > 0 {
		line += " Causes that are left: " + strings.Join(viewOfPaymentToken(h, e.now()).Causes, "; ") + "."
	}
	return e.line(line)
}
