package app

import (
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/staff"
)

// customerCmd is about customers.
type customerCmd struct {
	Create   customerCreateCmd   `cmd:"" help:"Create a customer."`
	Activate customerActivateCmd `cmd:"" help:"Issue an activation code; it is printed this once."`
	Import   customerImportCmd   `cmd:"" help:"Take customers over from another server: contacts, tokens in use, password hashes."`

	Identify       customerIdentifyCmd       `cmd:"" help:"Record that a customer was identified, for acts that need it."`
	Authenticators customerAuthenticatorsCmd `cmd:"" help:"List a customer's policies with their failure counters."`
	Reset          customerResetCmd          `cmd:"" help:"Reset the failure counter of a policy."`
	Disable        customerDisableCmd        `cmd:"" help:"Disable a policy of a customer: nothing is tried or counted."`
	Enable         customerEnableCmd         `cmd:"" help:"Enable a policy of a customer again."`
	Password       customerPasswordCmd       `cmd:"" help:"Passwords and PINs: what is known of them, forced changes, and resets."`
}

type customerCreateCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Name   string `help:"Name, for people to recognize."`
	Locale string `default:"en" help:"Language to speak, such as en or de-AT."`
	Phone  string `help:"Mobile number in international form, such as +436641234567."`
	Email  string `help:"E-mail address."`
}

// Run creates the customer.
func (n customerCreateCmd) Run(e *env, c *cli) error {
	in := customer.New{Number: n.Number, Name: n.Name, Locale: n.Locale}
	if n.Phone != "" {
		in.Contacts = append(in.Contacts, customer.NewContact{Kind: customer.Phone, Value: n.Phone})
	}
	if n.Email != "" {
		in.Contacts = append(in.Contacts, customer.NewContact{Kind: customer.Email, Value: n.Email})
	}
	return e.tools(c, func(a *App) error {
		made, err := a.Customers.Create(e.ctx, audit.System("cli"), in)
		if err != nil {
			return err
		}
		return e.line("Customer " + made.Number + " is created.")
	})
}

type customerActivateCmd struct {
	Number string        `arg:"" help:"The bank's customer ID."`
	Policy string        `default:"secure-code" help:"What to register for."`
	Valid  time.Duration `help:"How long the code is valid; by default as the policy says."`
}

// Run issues the code.
func (n customerActivateCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		code, err := a.Desk.Issue(e.ctx, audit.System("cli"), cu.ID, registration.Issue{Policy: n.Policy, Valid: n.Valid})
		if fault.Is(err, "identification.required") {
			return hinted{err, "The customer has registered before: countersign customer identify " + cu.Number + " --right QUESTION,… records that you know them."}
		}
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

// clientCmd is about applications.
type clientCmd struct {
	Create  clientCreateCmd  `cmd:"" help:"Register an application; its secret is printed this once."`
	List    clientListCmd    `cmd:"" help:"List the applications."`
	Disable clientDisableCmd `cmd:"" help:"Disable an application; its tokens end within a second."`
	Scopes  clientScopesCmd  `cmd:"" help:"List what an application may be allowed to do."`
}

type clientCreateCmd struct {
	Name     string `arg:"" help:"Name of the application."`
	Scopes   string `default:"customers:read customers:write registrations authentications tokens:read policies:read" help:"Scopes, separated by blanks; see: countersign client scopes."`
	KeysFile string `placeholder:"FILE" help:"JWK set for private_key_jwt, in place of a secret."`
	Rate     int    `help:"Requests a second."`
	Burst    int    `help:"Requests at once."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Run registers the application.
func (n clientCreateCmd) Run(e *env, c *cli) error {
	scopes, err := client.ParseScopes(n.Scopes)
	if err != nil {
		return hinted{err, "List them with: countersign client scopes"}
	}
	in := client.New{Name: n.Name, Scopes: scopes, Rate: n.Rate, Burst: n.Burst, Secret: n.KeysFile == ""}
	if n.KeysFile != "" {
		if in.Keys, err = readFile(n.KeysFile); err != nil {
			return err
		}
	}
	return e.tools(c, func(a *App) error {
		made, secret, err := a.Clients.Create(e.ctx, audit.System("cli"), in)
		if err != nil {
			return err
		}
		if n.JSON {
			return e.json(map[string]string{"client_id": made.ID.String(), "client_secret": secret, "scope": made.Scopes.String()})
		}
		if err := e.line("client_id      " + made.ID.String()); err != nil || secret == "" {
			return err
		}
		return e.line("client_secret  " + secret)
	})
}

type clientListCmd struct{}

// Run lists the applications.
func (clientListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		t := e.table("CLIENT", "NAME", "STATUS", "SCOPES")
		var after ident.ID
		for {
			all, err := a.Clients.List(e.ctx, after, 100)
			if err != nil {
				return err
			}
			for _, x := range all {
				t.row(x.ID.String(), x.Name, string(x.Status), x.Scopes.String())
				after = x.ID
			}
			if len(all) < 100 {
				return t.flush()
			}
		}
	})
}

type clientDisableCmd struct {
	Client string `arg:"" help:"Id of the application."`
}

// Run disables the application.
func (n clientDisableCmd) Run(e *env, c *cli) error {
	id, err := ident.Parse(n.Client)
	if err != nil {
		return err
	}
	return e.tools(c, func(a *App) error {
		if err := a.Clients.Disable(e.ctx, audit.System("cli"), id); err != nil {
			return err
		}
		return e.line("The application is disabled.")
	})
}

type clientScopesCmd struct{}

// Run lists the scopes.
func (clientScopesCmd) Run(e *env) error {
	t := e.table("SCOPE", "ALLOWS")
	for _, s := range client.Describe() {
		t.row(s.Name, s.Description)
	}
	return t.flush()
}

// staffCmd is about the bank's staff.
type staffCmd struct {
	Create staffCreateCmd `cmd:"" help:"Invite a member of staff; the invitation is printed this once."`
	List   staffListCmd   `cmd:"" help:"List the members of staff."`
}

type staffCreateCmd struct {
	Login string `arg:"" help:"Login name."`
	Name  string `required:"" help:"Name of the person."`
	Role  string `required:"" help:"help_desk, security_officer, fraud_analyst, auditor or administrator."`
}

// Run invites the member. The first one must be an administrator.
func (n staffCreateCmd) Run(e *env, c *cli) error {
	in := staff.New{Login: n.Login, Name: n.Name, Role: staff.Role(strings.ReplaceAll(n.Role, "-", "_"))}
	return e.tools(c, func(a *App) error {
		_, inv, err := a.Staff.Create(e.ctx, audit.System("cli"), in)
		if err != nil {
			return err
		}
		return e.line(fmt.Sprintf("%s\n(enter it at %s/invitation before %s)", inv.Code, a.url(a.Config.Console), inv.Until.Format("2006-01-02 15:04 MST")))
	})
}

type staffListCmd struct{}

// Run lists the members.
func (staffListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		t := e.table("LOGIN", "NAME", "ROLE", "STATUS")
		after := ""
		for {
			all, err := a.Staff.List(e.ctx, after, 100)
			if err != nil {
				return err
			}
			for _, m := range all {
				t.row(m.Login, m.Name, string(m.Role), string(m.Status))
				after = m.Login
			}
			if len(all) < 100 {
				return t.flush()
			}
		}
	})
}
