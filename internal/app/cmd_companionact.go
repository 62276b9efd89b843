package app

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/companion"
)

type companionInviteCmd struct {
	Number string `arg:"" help:"The bank's customer ID."`
	Kind   string `arg:"" help:"What is to be registered, such as phone, watch or access_point."`
	Name   string `help:"What its owner calls it."`
	Group  string `enum:",home,body,bag,car,job" default:"" help:"Where it usually is; by default as for its kind."`
	JSON   bool   `name:"json" help:"Print JSON."`
	identified
}

// Run makes the code, and prints it this one time.
func (n companionInviteCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		who, err := a.Customers.GetByNumber(e.ctx, n.Number)
		if err != nil {
			return err
		}
		if err := n.lately(e, a, who.ID); err != nil {
			return err
		}
		i, err := a.Companions.Invite(e.ctx, audit.System("cli"), companion.Order{Customer: who.ID}, companion.Wanted{Kind: companion.Kind(n.Kind), Group: companion.Group(n.Group), Name: n.Name})
		switch {
		case err != nil:
			return err
		case n.JSON:
			return e.json(map[string]any{"id": i.ID.String(), "kind": i.Kind, "group": i.Group, "code": i.Code, "expires_at": i.Expires})
		}
		t := e.table("CODE", i.Code)
		t.row("VALID UNTIL", moment(i.Expires))
		return t.flush()
	})
}

// whyCompanion is why something is done with a device.
type whyCompanion struct {
	Reason string `required:"" help:"Why, in 1 to 200 characters, for the log."`
}

// companionDo is an act on a device.
type companionDo = func(context.Context, audit.Actor, companion.On) error

type companionStopCmd struct {
	companionRef
	whyCompanion
}

// Run suspends the device.
func (n companionStopCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.Reason, anybody, func(a *App) companionDo { return a.Companions.Suspend }, "suspended")
}

type companionResumeCmd struct {
	companionRef
	whyCompanion
	identified
}

// Run resumes the device, of a customer who was identified.
func (n companionResumeCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.Reason, n.lately, func(a *App) companionDo { return a.Companions.Resume }, "active")
}

type companionLoseCmd struct {
	companionRef
	whyCompanion
}

// Run reports the device lost.
func (n companionLoseCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.Reason, anybody, func(a *App) companionDo { return a.Companions.Lose }, "lost")
}

type companionRemoveCmd struct {
	companionRef
	whyCompanion
}

// Run removes the device.
func (n companionRemoveCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.Reason, anybody, func(a *App) companionDo { return a.Companions.Remove }, "removed")
}
