package app

import (
	"context"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/token"
)

// tokenLifeCmds are the acts on one token.
type tokenLifeCmds struct {
	Suspend tokenSuspendCmd `cmd:"" help:"Take a token out of use for a while."`
	Resume  tokenResumeCmd  `cmd:"" help:"Put a suspended token into use again."`
	Lost    tokenLostCmd    `cmd:"" help:"Report a token lost."`
	Found   tokenFoundCmd   `cmd:"" help:"Report that a lost token was found; it must be proven anew."`
	Replace tokenReplaceCmd `cmd:"" help:"Give a customer another token from stock; the old one ends once the new one is proven."`
	Return  tokenReturnCmd  `cmd:"" help:"Take a token back to stock; nothing of its owner stays."`
	Retire  tokenRetireCmd  `cmd:"" help:"End a token for good."`
	Extend  tokenExtendCmd  `cmd:"" help:"Change when a token ends."`
}

// stopped are the flags of acts that take a token out of use.
type stopped struct {
	Serial   string `arg:"" help:"Serial number, as on the token."`
	Reason   string `required:"" help:"Why, for people."`
	EvenLast bool   `help:"Also when the customer is left without a token that can be used."`
}

// care is a use case that needs nothing but an order.
type care func(*token.Care, context.Context, audit.Actor, token.Order) (token.Effect, error)

func (s stopped) run(e *env, c *cli, f care) error {
	return e.tools(c, func(a *App) error {
		d, err := a.oneDevice(e.ctx, s.Serial)
		if err != nil {
			return err
		}
		o := token.Order{Device: d.ID, Customer: d.Customer, Reason: s.Reason, EvenLast: s.EvenLast}
		return e.effect(f(a.Care, e.ctx, audit.System("cli"), o))
	})
}

// effect says what an act left behind.
func (e *env) effect(x token.Effect, err error) error {
	if err != nil {
		return err
	}
	return e.line(fmt.Sprintf("%s is %s now; its owner can use %d tokens.", x.Device.Serial, stateWord(x.Device.Status), x.Left))
}

// stateWord is a state in a sentence.
func stateWord(s device.Status) string {
	if s == device.Stock {
		return "in stock"
	}
	return string(s)
}

type tokenSuspendCmd struct{ stopped }

// Run suspends.
func (t tokenSuspendCmd) Run(e *env, c *cli) error { return t.run(e, c, (*token.Care).Suspend) }

type tokenReturnCmd struct{ stopped }

// Run takes the token back.
func (t tokenReturnCmd) Run(e *env, c *cli) error { return t.run(e, c, (*token.Care).Return) }

type tokenRetireCmd struct{ stopped }

// Run retires.
func (t tokenRetireCmd) Run(e *env, c *cli) error { return t.run(e, c, (*token.Care).Retire) }

type tokenExtendCmd struct {
	stopped
	Ends time.Time `required:"" format:"2006-01-02" help:"The day on which it ends, such as 2030-01-31."`
}

// Run sets the end.
func (t tokenExtendCmd) Run(e *env, c *cli) error {
	return t.run(e, c, func(x *token.Care, ctx context.Context, by audit.Actor, o token.Order) (token.Effect, error) {
		return x.Extend(ctx, by, o, t.Ends)
	})
}

// vouched are the flags of acts that need an identification.
type vouched struct {
	Serial string `arg:"" help:"Serial number, as on the token."`
	Reason string `required:"" help:"Why, for people."`
	identified
}

// order finds the token and records the identification.
func (v vouched) order(e *env, a *App) (token.Order, error) {
	d, err := a.oneDevice(e.ctx, v.Serial)
	if err != nil {
		return token.Order{}, err
	}
	why, err := v.warrant(e, a, d)
	return token.Order{Device: d.ID, Customer: d.Customer, Why: why, Reason: v.Reason}, err
}

func (v vouched) run(e *env, c *cli, f care) error {
	return e.tools(c, func(a *App) error {
		o, err := v.order(e, a)
		if err != nil {
			return err
		}
		return e.effect(f(a.Care, e.ctx, audit.System("cli"), o))
	})
}

type tokenResumeCmd struct{ vouched }

// Run resumes.
func (t tokenResumeCmd) Run(e *env, c *cli) error { return t.run(e, c, (*token.Care).Resume) }

type tokenLostCmd struct{ vouched }

// Run reports the loss.
func (t tokenLostCmd) Run(e *env, c *cli) error { return t.run(e, c, (*token.Care).Lose) }

type tokenFoundCmd struct{ vouched }

// Run reports that the token was found.
func (t tokenFoundCmd) Run(e *env, c *cli) error {
	return t.run(e, c, func(x *token.Care, ctx context.Context, by audit.Actor, o token.Order) (token.Effect, error) {
		got, err := x.Found(ctx, by, o)
		return got.Effect, err
	})
}

type tokenReplaceCmd struct {
	vouched
	By string `arg:"" help:"Serial number of a token in stock."`
}

// Run gives the new token.
func (t tokenReplaceCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		next, err := a.oneDevice(e.ctx, t.By)
		if err != nil {
			return err
		}
		o, err := t.order(e, a)
		if err != nil {
			return err
		}
		got, err := a.Care.Replace(e.ctx, audit.System("cli"), o, next.ID)
		if err != nil {
			return err
		}
		return e.line(fmt.Sprintf("%s waits for its first code. Until then %s stays as it is: the customer can use %d tokens.", got.Device.Serial, t.Serial, got.Left))
	})
}
