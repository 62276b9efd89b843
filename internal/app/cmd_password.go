package app

import (
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/registration"
)

// customerPasswordCmd is about customers' passwords and PINs. None of its commands
// shows or takes one.
type customerPasswordCmd struct {
	Show   customerPasswordShowCmd   `cmd:"" help:"Show since when a customer has a password, and whether it must be replaced."`
	Demand customerPasswordDemandCmd `cmd:"" help:"Have a customer replace the password at the next login."`
	Reset  customerPasswordResetCmd  `cmd:"" help:"Cancel a forgotten password and issue an activation code; it is printed this once."`
}

type customerPasswordShowCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
}

// Run prints one line about the password.
func (n customerPasswordShowCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		p, found, err := a.Secrets.Of(e.ctx, cu.ID)
		switch {
		case err != nil:
			return err
		case !found:
			return e.line("The customer has no password.")
		}
		t := e.table("CHANGED", "LAST RIGHT", "FROM ELSEWHERE", "MUST BE REPLACED")
		t.row(moment(p.Changed), moment(p.Used), yesNo(p.Imported), yesNo(p.Due))
		return t.flush()
	})
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

type customerPasswordDemandCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Reason string `required:"" help:"Why, for the audit log."`
}

// Run marks the password as outdated.
func (n customerPasswordDemandCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		if err := a.Secrets.Demand(e.ctx, audit.System("cli"), cu.ID, n.Reason); err != nil {
			return err
		}
		return e.line("The customer must replace the password at the next login.")
	})
}

type customerPasswordResetCmd struct {
	Number string        `arg:"" help:"The bank's customer ID."`
	Policy string        `default:"password" help:"Policy that the customer registers for anew."`
	Valid  time.Duration `help:"How long the code is valid; by default as the policy says."`
	identified
}

// Run prints the activation code.
func (n customerPasswordResetCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		if p, known := a.Policies.Active().Policy(n.Policy); !known || p.Secret.Kind == "" {
			return fault.Invalidf("registration.policy", "There is no policy %q of the method password.", n.Policy)
		}
		id, err := n.of(e, a, cu.ID)
		if err != nil {
			return err
		}
		code, err := a.Desk.Forgotten(e.ctx, audit.System("cli"), cu.ID, registration.Forgotten{Policy: n.Policy, Identified: id, Valid: n.Valid})
		if err != nil {
			return err
		}
		note := ""
		if code.Split {
			note = " (first half; the second goes out by the other way)"
		}
		return e.line(code.Value + note)
	})
}
