package app

import (
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
)

type customerIdentifyCmd struct {
	Number string   `arg:"" help:"The bank's customer ID."`
	Way    string   `default:"call" enum:"call,branch,chat" help:"How you spoke with the customer: call, branch or chat."`
	Right  []string `placeholder:"QUESTION,…" help:"The identity questions that the customer answered right, by their codes in the policies."`
	Wrong  []string `placeholder:"QUESTION,…" help:"Those that the customer answered wrong."`
}

// Run prints the identification's id alone.
func (n customerIdentifyCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		i, err := identified{Way: n.Way, Right: n.Right}.record(e, a, cu.ID, n.Wrong)
		switch {
		case err != nil:
			return err
		case !i.Passed():
			return hinted{fmt.Errorf("the customer is not identified: %d right answers, and %d are needed", i.Right(), i.Needed), "It is recorded. After several of them nobody can be identified as this customer for a while."}
		}
		return e.line(i.ID.String())
	})
}

type customerAuthenticatorsCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
}

// Run prints a table of the customer's authenticators.
func (n customerAuthenticatorsCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		all, err := a.Authenticators.Of(e.ctx, cu.ID)
		if err != nil {
			return err
		}
		t := e.table("POLICY", "STATUS", "FAILURES", "BLOCKED UNTIL", "RIGHT", "WRONG", "LAST RIGHT", "LAST WRONG")
		for _, h := range all {
			t.row(h.Policy, string(h.Status), fmt.Sprintf("%d/%d", h.Failures.Count, h.Threshold), blockedUntil(h, a.Now()),
				strconv.FormatInt(h.Successes, 10), strconv.FormatInt(h.Mistakes, 10), moment(h.Succeeded), moment(h.Failed))
		}
		return t.flush()
	})
}

func blockedUntil(h authenticator.Holding, now time.Time) string {
	switch {
	case h.Failures.Held():
		return "reset"
	case h.Failures.Blocked(now):
		return moment(h.Failures.BlockedUntil)
	}
	return "-"
}

// moment shows a time to the second; "-" for never.
func moment(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// authenticatorArgs name an authenticator, and why something is done with it.
type authenticatorArgs struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Policy string `default:"secure-code" help:"Policy that the customer holds."`
	Reason string `required:"" help:"Why, for the audit log."`
}

func (n authenticatorArgs) act(e *env, a *App) (authenticator.Act, error) {
	cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
	return authenticator.Act{Customer: cu.ID, Policy: n.Policy, Reason: n.Reason}, err
}

type customerResetCmd struct {
	authenticatorArgs
	identified
}

// Run resets the failure counter.
func (n customerResetCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		act, err := n.act(e, a)
		if err != nil {
			return err
		}
		id, err := n.of(e, a, act.Customer)
		if err != nil {
			return err
		}
		if _, err := a.Authenticators.Reset(e.ctx, audit.System("cli"), act, id); err != nil {
			return err
		}
		return e.line("The failure counter of " + act.Policy + " is reset, for all tokens of the customer.")
	})
}

type customerDisableCmd struct{ authenticatorArgs }

// Run disables the authenticator.
func (n customerDisableCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		act, err := n.act(e, a)
		if err == nil {
			_, err = a.Authenticators.Disable(e.ctx, audit.System("cli"), act)
		}
		return err
	})
}

type customerEnableCmd struct {
	authenticatorArgs
	identified
}

// Run enables the authenticator, of a customer who was identified.
func (n customerEnableCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		act, err := n.act(e, a)
		if err != nil {
			return err
		}
		if _, err := n.of(e, a, act.Customer); err != nil {
			return err
		}
		_, err = a.Authenticators.Enable(e.ctx, audit.System("cli"), act)
		return err
	})
}
