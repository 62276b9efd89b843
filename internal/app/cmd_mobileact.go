package app

import (
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// mobileActCmds are the acts on one mobile token that make no activation code.
type mobileActCmds struct {
	Extend  mobileExtendCmd  `cmd:"" help:"Give an activation code another life."`
	Cancel  mobileCancelCmd  `cmd:"" help:"Take an activation code back, or a key that was never proven."`
	Abandon mobileAbandonCmd `cmd:"" help:"Give a migration up: the old token stays."`
	Block   mobileBlockCmd   `cmd:"" help:"Take a mobile token out of use."`
	Enable  mobileEnableCmd  `cmd:"" help:"Set a blocked mobile token going again."`
	Archive mobileArchiveCmd `cmd:"" help:"End a mobile token for good."`
	Rename  mobileRenameCmd  `cmd:"" help:"Set what the customer calls a mobile token."`
}

// mobile says what state a token is in after an act.
func (e *env) mobile(t mobiletoken.Token, err error) error {
	if err != nil {
		return err
	}
	return e.line(fmt.Sprintf("%s is %s now.", t.Serial, t.Status))
}

type mobileExtendCmd struct {
	mobileRef
	identified
}

// Run extends.
func (n mobileExtendCmd) Run(e *env, c *cli) error {
	return n.on(e, c, n.known, func(a *App, o mobiletoken.Order) error {
		code, err := a.Mobile.Extend(e.ctx, audit.System("cli"), o)
		if err != nil {
			return err
		}
		return e.line("The activation code is valid until " + moment(code.Expires) + ".")
	})
}

type mobileCancelCmd struct{ mobileRef }

// Run takes the code back.
func (n mobileCancelCmd) Run(e *env, c *cli) error {
	return n.on(e, c, anybody, func(a *App, o mobiletoken.Order) error {
		return e.mobile(a.Mobile.Cancel(e.ctx, audit.System("cli"), o))
	})
}

type mobileAbandonCmd struct{ mobileRef }

// Run gives the migration up.
func (n mobileAbandonCmd) Run(e *env, c *cli) error {
	return n.on(e, c, anybody, func(a *App, o mobiletoken.Order) error {
		if err := a.Mobile.Abandon(e.ctx, audit.System("cli"), o); err != nil {
			return err
		}
		return e.line("The migration is abandoned; the old token is in use as before.")
	})
}

// mobileStop are the flags of acts that take a mobile token out of use.
type mobileStop struct {
	mobileRef
	Reason   string `required:"" help:"Why, for people."`
	EvenLast bool   `help:"Also when the customer is left without a token that can be used."`
}

type mobileBlockCmd struct {
	mobileStop
	For time.Duration `help:"The block ends by itself after so long; by default it does not."`
}

// Run blocks.
func (n mobileBlockCmd) Run(e *env, c *cli) error {
	return n.on(e, c, anybody, func(a *App, o mobiletoken.Order) error {
		o.Reason, o.Warned = n.Reason, n.EvenLast
		var until time.Time
		if n.For != 0 {
			until = a.Now().Add(n.For)
		}
		return e.mobile(a.Mobile.Block(e.ctx, audit.System("cli"), o, until))
	})
}

type mobileArchiveCmd struct{ mobileStop }

// Run archives.
func (n mobileArchiveCmd) Run(e *env, c *cli) error {
	return n.on(e, c, anybody, func(a *App, o mobiletoken.Order) error {
		o.Reason, o.Warned = n.Reason, n.EvenLast
		return e.mobile(a.Mobile.Archive(e.ctx, audit.System("cli"), o))
	})
}

type mobileEnableCmd struct {
	mobileRef
	Reason string `required:"" help:"Why, for people."`
	identified
}

// Run enables.
func (n mobileEnableCmd) Run(e *env, c *cli) error {
	return n.on(e, c, n.lately, func(a *App, o mobiletoken.Order) error {
		o.Reason = n.Reason
		return e.mobile(a.Mobile.Enable(e.ctx, audit.System("cli"), o))
	})
}

type mobileRenameCmd struct {
	mobileRef
	Name string `arg:"" help:"The name, of at most 60 characters; empty for none."`
}

// Run renames.
func (n mobileRenameCmd) Run(e *env, c *cli) error {
	return n.on(e, c, anybody, func(a *App, o mobiletoken.Order) error {
		_, err := a.Mobile.Rename(e.ctx, audit.System("cli"), o, n.Name)
		return err
	})
}
