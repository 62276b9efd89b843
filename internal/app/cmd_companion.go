package app

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// companionCmd is about the devices that customers live with.
type companionCmd struct {
	List   companionListCmd   `cmd:"" help:"List the devices that a customer lives with."`
	Show   companionShowCmd   `cmd:"" help:"Show a device with what it is known by, masked."`
	Invite companionInviteCmd `cmd:"" help:"Make a code with which one device is registered."`
	Stop   companionStopCmd   `cmd:"" help:"Suspend a device: it may not report, and counts for nothing."`
	Resume companionResumeCmd `cmd:"" help:"Set a suspended device going again."`
	Lose   companionLoseCmd   `cmd:"" help:"Report a device lost, for good."`
	Remove companionRemoveCmd `cmd:"" help:"Remove a device, and forget its identifiers."`
}

// companionView is a device as JSON.
type companionView struct {
	ID          string    `json:"id"`
	Number      int       `json:"number"`
	Kind        string    `json:"kind"`
	Group       string    `json:"group"`
	Name        string    `json:"name,omitempty"`
	Model       string    `json:"model,omitempty"`
	State       string    `json:"state"`
	Cloned      bool      `json:"cloned,omitempty"`
	Proof       string    `json:"proof"`
	Roles       []string  `json:"roles"`
	Identifiers []string  `json:"identifiers"`
	Counts      time.Time `json:"counts_at"`
	Seen        time.Time `json:"seen_at,omitzero"`
	Created     time.Time `json:"created_at"`
}

func viewOfCompanion(it companion.Item, now time.Time) companionView {
	c := it.Companion
	v := companionView{
		ID: c.ID.String(), Number: c.Number, Kind: string(c.Kind), Group: string(c.Group), Name: c.Name, Model: c.Model, State: c.State(now), Cloned: it.Cloned, Proof: string(c.Class),
		Roles: []string{}, Identifiers: []string{}, Counts: c.Counts, Seen: c.Seen, Created: c.Created,
	}
	for _, r := range c.Roles {
		v.Roles = append(v.Roles, string(r))
	}
	for _, i := range it.Masked {
		v.Identifiers = append(v.Identifiers, string(i.Kind)+" "+i.Value)
	}
	return v
}

type companionListCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run lists them, by their short numbers.
func (n companionListCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		all, err := a.Companions.List(e.ctx, who.ID)
		if err != nil {
			return err
		}
		views := []companionView{}
		t := e.table("DEVICE", "KIND", "NAME", "STATE", "GROUP", "PROOF", "ROLES", "SEEN")
		for _, it := range all {
			v := viewOfCompanion(it, e.now())
			views = append(views, v)
			t.row(strconv.Itoa(v.Number), v.Kind, v.Name, v.State, v.Group, v.Proof, strings.Join(v.Roles, ","), moment(v.Seen))
		}
		if n.JSON {
			return e.json(map[string]any{"companions": views})
		}
		return t.flush()
	})
}

// companionRef names a device of a customer.
type companionRef struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Device int    `arg:"" help:"Short number of the device, as countersign companion list prints it."`
}

// find returns the customer and the device.
func (r companionRef) find(e *env, a *App) (companion.Item, error) {
	who, err := a.Customers.GetByNumber(e.ctx, r.Number)
	if err != nil {
		return companion.Item{}, err
	}
	all, err := a.Companions.List(e.ctx, who.ID)
	for _, it := range all {
		if it.Number == r.Device {
			return it, err
		}
	}
	if err == nil {
		err = hinted{fault.NotFoundf("companion.unknown", "The customer has no device %d.", r.Device), "See countersign companion list " + r.Number + "."}
	}
	return companion.Item{}, err
}

// act carries an act out on the device, for whom warranted lets through.
func (r companionRef) act(e *env, c *cli, reason string, warranted func(*env, *App, ident.ID) error, do func(*App) func(context.Context, audit.Actor, companion.On) error, done string) error {
	return e.tools(c, func(a *App) error {
		it, err := r.find(e, a)
		if err != nil {
			return err
		}
		if err := warranted(e, a, it.Customer); err != nil {
			return err
		}
		on := companion.On{Order: companion.Order{Customer: it.Customer, Reason: reason}, Companion: it.ID}
		if err := do(a)(e.ctx, audit.System("cli"), on); err != nil {
			return err
		}
		return e.line("The device is " + done + " now.")
	})
}

type companionShowCmd struct {
	companionRef
	JSON bool `name:"json" help:"Print JSON."`
}

// Run shows it.
func (n companionShowCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		it, err := n.find(e, a)
		if err != nil {
			return err
		}
		v := viewOfCompanion(it, e.now())
		if n.JSON {
			return e.json(v)
		}
		t := e.table("DEVICE", strconv.Itoa(v.Number))
		for _, row := range [][2]string{
			{"ID", v.ID},
			{"KIND", v.Kind},
			{"NAME", v.Name},
			{"MODEL", v.Model},
			{"STATE", v.State},
			{"GROUP", v.Group},
			{"PROOF", v.Proof},
			{"ROLES", strings.Join(v.Roles, ", ")},
			{"IDENTIFIERS", strings.Join(v.Identifiers, ", ")},
			{"COUNTS FROM", moment(v.Counts)},
			{"SEEN", moment(v.Seen)},
			{"REGISTERED", moment(v.Created)},
		} {
			if row[1] != "" {
				t.row(row[0], row[1])
			}
		}
		return t.flush()
	})
}
