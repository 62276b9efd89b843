package console

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// lifeAct is an act in a token's life that needs nothing but a reason.
type lifeAct struct {
	key      string // in addresses, and of its texts below console.do
	act      device.Act
	icon     string
	danger   bool // takes the token out of use
	final    bool // cannot be undone
	identify bool // needs an identification of the owner
	reason   string
	do       func(*token.Care, context.Context, audit.Actor, token.Order) (token.Effect, error) // nil: that of the day it sets
}

// lifeActs lists them in the order in which they are offered.
func lifeActs() []lifeAct {
	return []lifeAct{
		{key: "suspend", act: device.Suspend, icon: "ban", danger: true, reason: "required", do: (*token.Care).Suspend},
		{key: "resume", act: device.Resume, icon: "power", identify: true, reason: "optional", do: (*token.Care).Resume},
		{key: "lose", act: device.Lose, icon: "shield-alert", danger: true, identify: true, reason: "required", do: (*token.Care).Lose},
		{key: "find", act: device.Find, icon: "search", identify: true, reason: "optional", do: findLost},
		{key: "extend", act: device.Extend, icon: "calendar", reason: "required"},
		{key: "return", act: device.Return, icon: "package", danger: true, final: true, reason: "required", do: (*token.Care).Return},
		{key: "retire", act: device.Retire, icon: "trash-2", danger: true, final: true, reason: "required", do: (*token.Care).Retire},
	}
}

// findLost is Found without the handover, which the token's page shows.
func findLost(c *token.Care, ctx context.Context, by audit.Actor, o token.Order) (token.Effect, error) { //nolint:revive // like the method expressions beside it
	out, err := c.Found(ctx, by, o)
	return out.Effect, err
}

// possible reports whether the token's state allows an act.
func possible(x tokenTarget, a device.Act) bool {
	_, ok := a.To(x.Device.Status)
	replaced := !x.Device.ReplacedBy.IsZero() && (a == device.Find || a == device.Replace)
	return ok && !replaced
}

// lifeOf finds the act and the token in the address.
func (c *console) lifeOf(v *visit) (x tokenTarget, a lifeAct, err error) {
	for _, a = range lifeActs() {
		if a.key == v.r.PathValue("act") {
			x, err = c.readToken(v)
			return x, a, err
		}
	}
	return x, a, fault.NotFoundf("console.address", "There is no page at this address.")
}

// lifeForm says what an act will do.
func (c *console) lifeForm(v *visit) error {
	x, a, err := c.lifeOf(v)
	if err != nil {
		return err
	}
	if !possible(x, a.act) {
		return c.overtaken(v, x.subject(), wrongState(x))
	}
	p := v.tokenAct(a.key, x)
	p.Reason, p.Final, p.Ends = a.reason, a.final, a.act == device.Extend
	if p.Ends {
		p.Facts = append(p.Facts, ui.Fact{Name: v.t.T("console.token.expires"), Value: v.day(x.Device.Expires)})
	}
	if a.identify {
		i, ok, err := c.warrant(v, x.Device.Customer)
		if err != nil || !ok {
			return err
		}
		p.Identified = v.standingOf(i)
	}
	last, err := c.last(v, x)
	if err != nil {
		return err
	}
	if last && a.act == device.Lose { // never refused for that; said before
		p.Effects = append(p.Effects, v.t.T("console.do.lose.last"))
	}
	p.Last = last && a.danger && a.act != device.Lose
	return v.showAct(p)
}

// wrongState says that a token's state does not allow an act.
func wrongState(x tokenTarget) *fault.Error {
	if !x.Device.ReplacedBy.IsZero() {
		return fault.Conflictf("token.replaced", "Another token has taken the place of this one.")
	}
	return fault.Conflictf("token.state", "This token is %s; that does not allow this act.", x.Device.Status)
}

// last reports whether the token is the only one that its owner can use.
func (c *console) last(v *visit, x tokenTarget) (bool, error) {
	if !x.Device.Usable(v.now) {
		return false, nil
	}
	all, err := c.Tokens.OfCustomer(v.ctx(), x.Device.Customer)
	usable := 0
	for _, it := range all {
		if it.Device.Usable(v.now) {
			usable++
		}
	}
	return usable == 1, err
}

// life carries an act out.
func (c *console) life(v *visit) error {
	x, a, err := c.lifeOf(v)
	if err != nil {
		return err
	}
	if a.final && v.form.Value("sure") == "" {
		v.form.Fail("sure", v.t.T("console.do.not_sure"))
	}
	if a.reason == "required" {
		v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	}
	if !v.form.OK() {
		return c.lifeForm(v)
	}
	o, err := c.order(v, x, a.identify)
	if err != nil {
		return err
	}
	o.Reason, o.EvenLast = v.form.Value("reason"), v.form.Value("even_last") != ""
	if a.do == nil {
		a.do = v.extend()
		if !v.form.OK() {
			return c.lifeForm(v)
		}
	}
	out, err := a.do(c.Care, v.ctx(), v.s.Actor(), o)
	if err != nil {
		return c.refused(v, x.subject(), err, c.lifeForm)
	}
	if a.danger && out.Left == 0 && !x.Device.Customer.IsZero() {
		v.kit.Flash(v.w, ui.Warn, "console.do.done_last", "serial", x.Device.Serial)
		return v.to(x.path())
	}
	return v.done(x.path(), "console.do."+a.key+".done", "serial", x.Device.Serial)
}

// extend is the act that sets when a token ends, to the day of the form.
func (v *visit) extend() func(*token.Care, context.Context, audit.Actor, token.Order) (token.Effect, error) {
	day := v.lastDay("ends_at")
	return func(c *token.Care, ctx context.Context, by audit.Actor, o token.Order) (token.Effect, error) {
		return c.Extend(ctx, by, o, day)
	}
}

// order is what an act on the token of the form is, with the visitor's warrant where
// it needs one.
func (c *console) order(v *visit, x tokenTarget, identify bool) (o token.Order, err error) {
	t, why, err := c.ordered(v, x)
	o.Device, o.Customer = t.Device, t.Customer
	if identify {
		o.Why = why
	}
	return o, err
}
