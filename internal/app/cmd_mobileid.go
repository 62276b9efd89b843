package app

import (
	"fmt"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobileid"
)

// mobileIDCmd looks after mobile IDs from the command line.
type mobileIDCmd struct {
	List       mobileIDListCmd       `cmd:"" help:"List a customer's mobile IDs."`
	Show       mobileIDShowCmd       `cmd:"" help:"Show who has a phone number, and how its mobile ID stands."`
	Register   mobileIDRegisterCmd   `cmd:"" help:"Register a mobile ID: the phone asks its owner for two PINs."`
	Reregister mobileIDReregisterCmd `cmd:"" help:"Register a mobile ID anew, such as after a change of the SIM."`
	Suspend    mobileIDSuspendCmd    `cmd:"" help:"Take a mobile ID out of use."`
	Resume     mobileIDResumeCmd     `cmd:"" help:"Set a suspended mobile ID going again."`
	Release    mobileIDReleaseCmd    `cmd:"" name:"release-restored" help:"After a restore: end the holds of all mobile IDs but some."`
	Revoke     mobileIDRevokeCmd     `cmd:"" help:"End a mobile ID for good, and revoke its certificates."`
	Unblock    mobileIDUnblockCmd    `cmd:"" help:"Have the phone ask for the PUK, and for a new PIN."`
	Query      mobileIDQueryCmd      `cmd:"" help:"Ask a SIM which keys it has, and how many tries are left."`
	Spam       mobileIDSpamCmd       `cmd:"" name:"spam-code" help:"Set the code without which nobody can have a phone asked."`
}

// mobileIDView is a mobile ID as JSON.
type mobileIDView struct {
	ID       string         `json:"id"`
	Number   string         `json:"phone_number"`
	Person   string         `json:"person,omitempty"`
	State    mobileid.State `json:"state"`
	Reason   string         `json:"reason,omitempty"`
	Held     *time.Time     `json:"held_until,omitempty"`
	Holds    []string       `json:"holds,omitempty"` // why it cannot be used
	Spam     bool           `json:"spam_code"`
	Control  string         `json:"control,omitempty"`
	Serials  []string       `json:"certificates"`
	Created  time.Time      `json:"created_at"`
	Customer string         `json:"customer_number,omitempty"`
}

func viewOfMobileID(p mobileid.Profile) mobileIDView {
	v := mobileIDView{ID: p.ID.String(), Number: p.Masked(), Person: p.Person, State: p.State, Reason: p.Reason, Spam: p.Guarded, Serials: []string{}, Created: p.Created}
	if !p.Held.IsZero() {
		v.Held = &p.Held
	}
	for _, h := range p.Holds {
		v.Holds = append(v.Holds, string(h.Cause))
	}
	if p.Registration != nil {
		v.Control = p.Registration.Control
	}
	for _, c := range p.Certificates {
		v.Serials = append(v.Serials, c.Role.String()+":"+c.Serial)
	}
	return v
}

type mobileIDListCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run lists them, the first to be active first.
func (n mobileIDListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		all, err := a.MobileIDs.Profiles(e.ctx, cu.ID)
		if err != nil {
			return err
		}
		views := []mobileIDView{}
		t := e.table("ID", "NUMBER", "STATE", "PERSON", "SINCE")
		for _, p := range all {
			views = append(views, viewOfMobileID(p))
			t.row(p.ID.String(), p.Masked(), string(p.State), p.Person, moment(p.Changed))
		}
		if n.JSON {
			return e.json(map[string]any{"mobile_ids": views})
		}
		return t.flush()
	})
}

// phoneRef names a mobile ID by its phone number.
type phoneRef struct {
	Phone string `arg:"" help:"Phone number, with its country."`
}

// find returns the mobile ID of the number.
func (r phoneRef) find(e *env, a *App) (mobileid.Profile, error) {
	return a.MobileIDs.ProfileOf(e.ctx, mobileid.Provider{Entitled: true}, mobileid.User{Number: r.Phone})
}

// on carries an act out on the mobile ID of the number, for whom warranted lets through.
func (r phoneRef) on(e *env, c *cli, warranted func(*env, *App, ident.ID) error, act func(*App, mobileid.Order) error) error {
	return e.tools(c, func(a *App) error {
		p, err := r.find(e, a)
		if err != nil {
			return err
		}
		if err := warranted(e, a, p.Customer); err != nil {
			return err
		}
		return act(a, mobileid.Order{Customer: p.Customer, Mobile: p.ID})
	})
}

type mobileIDShowCmd struct {
	phoneRef
	JSON bool `name:"json" help:"Print JSON."`
}

// Run shows it.
func (n mobileIDShowCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		p, err := n.find(e, a)
		if err != nil {
			return err
		}
		cu, err := a.Customers.Get(e.ctx, p.Customer)
		if err != nil {
			return err
		}
		v := viewOfMobileID(p)
		v.Customer = cu.Number
		if n.JSON {
			return e.json(v)
		}
		t := e.table("NUMBER", v.Number)
		for _, row := range [][2]string{{"CUSTOMER", v.Customer}, {"PERSON", v.Person}, {"STATE", string(v.State)}, {"REASON", v.Reason}, {"HELD FOR", strings.Join(v.Holds, ", ")}, {"CONTROL CODE", v.Control}, {"CERTIFICATES", strings.Join(v.Serials, ", ")}} {
			if row[1] != "" {
				t.row(row[0], row[1])
			}
		}
		return t.flush()
	})
}

type mobileIDRegisterCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Phone  string `arg:"" help:"Phone number of the SIM, with its country."`
	JSON   bool   `name:"json" help:"Print JSON."`
	identified
}

// Run has the SIM make its keys, and prints the code that its owner types on the phone.
func (n mobileIDRegisterCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		cu, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		if err := n.lately(e, a, cu.ID); err != nil {
			return err
		}
		r, err := a.MobileIDs.Register(e.ctx, audit.System("cli"), mobileid.Enrollment{Customer: cu.ID, Number: n.Phone})
		return e.registering(r, err, n.JSON)
	})
}

// registrationView is a registration that was begun, as JSON.
type registrationView struct {
	mobileIDView

	Request string    `json:"request"`
	Mode    string    `json:"control_mode"` // what the phone asks of the code: none, shown, chosen, typed
	Expires time.Time `json:"expires_at"`
}

// registering says what is to be done on the phone.
func (e *env) registering(r mobileid.Registration, err error, asJSON bool) error {
	if err != nil {
		return err
	}
	if asJSON {
		v := viewOfMobileID(mobileid.Profile{MobileID: r.MobileID})
		v.Control = r.Control
		return e.json(registrationView{v, r.Transaction, r.Mode, r.Expires})
	}
	if r.Control == "" {
		return e.line("The phone asks for a PIN, until " + moment(r.Expires) + ".")
	}
	return e.line(fmt.Sprintf("The phone asks for a PIN, until %s. The control code is %s.", moment(r.Expires), r.Control))
}
