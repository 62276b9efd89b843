package app

import "github.com/countersign-auth/countersign/internal/audit"

// simWhy is why something is done with a card.
type simWhy struct {
	Reason string `required:"" help:"Why, in 1 to 200 characters, for the log."`
}

type simAssignCmd struct {
	ICCID  string `arg:"" help:"Serial number of the card."`
	Number string `arg:"" help:"Phone number with its country code."`
	simWhy
}

// Run assigns the number.
func (n simAssignCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.ICCID, func(a *App) error { return a.SIMs.Assign(e.ctx, audit.System("cli"), n.ICCID, n.Number, n.Reason) })
}

type simMoveCmd struct {
	Number string `arg:"" help:"Phone number with its country code."`
	ICCID  string `arg:"" help:"Serial number of the new card, from stock."`
	simWhy
}

// Run moves the number.
func (n simMoveCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.ICCID, func(a *App) error { return a.SIMs.Move(e.ctx, audit.System("cli"), n.Number, n.ICCID, n.Reason) })
}

type simSuspendCmd struct {
	ICCID string `arg:"" help:"Serial number of the card."`
	simWhy
}

// Run suspends the card.
func (n simSuspendCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.ICCID, func(a *App) error { return a.SIMs.Suspend(e.ctx, audit.System("cli"), n.ICCID, n.Reason) })
}

type simResumeCmd struct {
	ICCID string `arg:"" help:"Serial number of the card."`
	simWhy
}

// Run resumes the card.
func (n simResumeCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.ICCID, func(a *App) error { return a.SIMs.Resume(e.ctx, audit.System("cli"), n.ICCID, n.Reason) })
}

type simRetireCmd struct {
	ICCID string `arg:"" help:"Serial number of the card."`
	simWhy
}

// Run retires the card.
func (n simRetireCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.ICCID, func(a *App) error { return a.SIMs.Retire(e.ctx, audit.System("cli"), n.ICCID, n.Reason) })
}

type simCounterCmd struct {
	ICCID string `arg:"" help:"Serial number of the card."`
	Above uint64 `required:"" help:"What the card has seen: the next packet has a counter above it. Counters only rise."`
	simWhy
}

// Run raises the counters of the card.
func (n simCounterCmd) Run(e *env, c *cli) error {
	return n.act(e, c, n.ICCID, func(a *App) error { return a.SIMs.Raise(e.ctx, audit.System("cli"), n.ICCID, n.Above, n.Reason) })
}

// act does something with a card and says what state it is in then.
func (simWhy) act(e *env, c *cli, iccid string, f func(*App) error) error {
	return e.tools(c, func(a *App) error {
		if err := f(a); err != nil {
			return err
		}
		card, err := a.SIMs.Find(e.ctx, iccid)
		if err != nil {
			return err
		}
		return e.line("Card " + card.ICCID + " is " + string(card.State) + ".")
	})
}
