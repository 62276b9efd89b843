package app

import (
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/ota/applet"
)

type mobileIDReregisterCmd struct {
	phoneRef
	ICCID  string `help:"The new SIM; by default the one that has the number now."`
	Reason string `required:"" help:"Why, for people."`
	JSON   bool   `name:"json" help:"Print JSON."`
	identified
}

// Run registers anew.
func (n mobileIDReregisterCmd) Run(e *env, c *cli) error {
	return n.on(e, c, n.lately, func(a *App, o mobileid.Order) error {
		o.ICCID, o.Reason = n.ICCID, n.Reason
		r, err := a.MobileIDs.Reregister(e.ctx, audit.System("cli"), o)
		return e.registering(r, err, n.JSON)
	})
}

// mobileIDState says what state a mobile ID is in after an act.
func (e *env) mobileIDState(m mobileid.MobileID, err error) error {
	if err != nil {
		return err
	}
	return e.line("The mobile ID is " + string(m.State) + " now.")
}

type mobileIDSuspendCmd struct {
	phoneRef
	Reason string `required:"" help:"Why, for people."`
}

// Run suspends.
func (n mobileIDSuspendCmd) Run(e *env, c *cli) error {
	return n.on(e, c, anybody, func(a *App, o mobileid.Order) error {
		o.Reason = n.Reason
		return e.mobileIDState(a.MobileIDs.Suspend(e.ctx, audit.System("cli"), o))
	})
}

type mobileIDResumeCmd struct {
	phoneRef
	Hold   string `enum:",owner,staff,restored" default:"" help:"Which of its holds ends: owner, staff or restored. Not needed when there is one."`
	Reason string `required:"" help:"Why, for people."`
	identified
}

// Run ends a hold, and with the last one the suspension.
func (n mobileIDResumeCmd) Run(e *env, c *cli) error {
	return n.on(e, c, n.lately, func(a *App, o mobileid.Order) error {
		o.Hold, o.Reason = mobileid.Cause(n.Hold), n.Reason
		return e.mobileIDState(a.MobileIDs.Resume(e.ctx, audit.System("cli"), o))
	})
}

type mobileIDRevokeCmd struct {
	phoneRef
	Reason string `required:"" help:"Why, for people."`
}

// Run revokes.
func (n mobileIDRevokeCmd) Run(e *env, c *cli) error {
	return n.on(e, c, anybody, func(a *App, o mobileid.Order) error {
		o.Reason = n.Reason
		return e.mobileIDState(a.MobileIDs.Revoke(e.ctx, audit.System("cli"), o))
	})
}

type mobileIDUnblockCmd struct {
	phoneRef
	Role string `enum:"authentication,signing" default:"signing" help:"Whose PIN: authentication or signing."`
	identified
}

// Run opens the dialog on the phone.
func (n mobileIDUnblockCmd) Run(e *env, c *cli) error {
	return n.on(e, c, n.lately, func(a *App, o mobileid.Order) error {
		o.Role = applet.Signing
		if n.Role == applet.Authentication.String() {
			o.Role = applet.Authentication
		}
		t, err := a.MobileIDs.Unblock(e.ctx, audit.System("cli"), o)
		if err != nil {
			return err
		}
		return e.line("The phone asks for the PUK, until " + moment(t.Expires) + ".")
	})
}

type mobileIDQueryCmd struct{ phoneRef }

// Run asks.
func (n mobileIDQueryCmd) Run(e *env, c *cli) error {
	return n.on(e, c, anybody, func(a *App, o mobileid.Order) error {
		if _, err := a.MobileIDs.Query(e.ctx, audit.System("cli"), o); err != nil {
			return err
		}
		return e.line("The SIM is asked. Its answer is on the page of the mobile ID in the console.")
	})
}

type mobileIDSpamCmd struct {
	phoneRef
	Code string `arg:"" optional:"" help:"3 to 16 letters and digits, a letter first; none takes it away."`
	identified
}

// Run sets it.
func (n mobileIDSpamCmd) Run(e *env, c *cli) error {
	return n.on(e, c, n.lately, func(a *App, o mobileid.Order) error {
		_, err := a.MobileIDs.SetSpam(e.ctx, audit.System("cli"), o, n.Code)
		return err
	})
}
