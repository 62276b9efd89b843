package console

import (
	"context"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// warranty says when an act needs an identification; the domain asks for the same.
type warranty int

const (
	needsNone warranty = iota
	needsHeld          // unless the customer holds nothing yet
	needsOne
)

// mobileAct is an act on a mobile token that hands no code over. Its key is the last part
// of its address, and of its texts below console.do.
type mobileAct struct {
	key     string
	need    staff.Permission
	icon    string
	danger  bool // takes away
	final   bool // cannot be undone
	last    bool // refused for the last token, unless that is meant
	until   bool // it may end by itself
	reason  string
	warrant warranty
	may     func(mobileTarget) bool
	do      func(*mobiletoken.Desk, context.Context, audit.Actor, mobiletoken.Order, time.Time) error
}

// mobileActs lists them in the order in which they are offered.
func mobileActs() []mobileAct {
	allows := func(a mobiletoken.Act) func(mobileTarget) bool {
		return func(x mobileTarget) bool {
			_, ok := a.To(x.Status)
			return ok
		}
	}
	return []mobileAct{
		{key: "block-mobile", need: staff.MobileBlock, icon: "ban", danger: true, last: true, until: true, reason: "required", may: blockable, do: blockMobile},
		{key: "enable-mobile", need: staff.MobileEnable, icon: "power", reason: "optional", warrant: needsOne, may: allows(mobiletoken.Enable), do: plainly((*mobiletoken.Desk).Enable)},
		{key: "extend-mobile", need: staff.MobileIssue, icon: "clock", warrant: needsHeld, may: extendable, do: extendMobile},
		{key: "cancel-mobile", need: staff.MobileIssue, icon: "x", danger: true, may: withdrawable, do: plainly((*mobiletoken.Desk).Cancel)},
		{key: "abandon-mobile", need: staff.MobileIssue, icon: "rotate-ccw", danger: true, may: func(x mobileTarget) bool { return x.Migration != nil }, do: abandonMobile},
		{key: "archive-mobile", need: staff.MobileBlock, icon: "trash-2", danger: true, final: true, last: true, reason: "required", may: allows(mobiletoken.Archive), do: plainly((*mobiletoken.Desk).Archive)},
	}
}

// plainly is a use case that needs nothing but an order.
func plainly(f func(*mobiletoken.Desk, context.Context, audit.Actor, mobiletoken.Order) (mobiletoken.Token, error)) func(*mobiletoken.Desk, context.Context, audit.Actor, mobiletoken.Order, time.Time) error {
	return func(d *mobiletoken.Desk, ctx context.Context, by audit.Actor, o mobiletoken.Order, _ time.Time) error {
		_, err := f(d, ctx, by, o)
		return err
	}
}

func blockMobile(d *mobiletoken.Desk, ctx context.Context, by audit.Actor, o mobiletoken.Order, until time.Time) error { //nolint:revive // like the method expressions beside it
	_, err := d.Block(ctx, by, o, until)
	return err
}

func extendMobile(d *mobiletoken.Desk, ctx context.Context, by audit.Actor, o mobiletoken.Order, _ time.Time) error { //nolint:revive // like the method expressions beside it
	_, err := d.Extend(ctx, by, o)
	return err
}

func abandonMobile(d *mobiletoken.Desk, ctx context.Context, by audit.Actor, o mobiletoken.Order, _ time.Time) error { //nolint:revive // like the method expressions beside it
	return d.Abandon(ctx, by, o)
}

// blockable: staff may also block what its owner or wrong codes have blocked.
func blockable(x mobileTarget) bool {
	return x.Status == mobiletoken.Active || x.Status == mobiletoken.Blocked && x.BlockedBy != mobiletoken.ByOperator
}

func extendable(x mobileTarget) bool {
	return x.Code != nil && x.Code.Status == mobiletoken.Valid && x.Code.Extended < x.App.Activation.MaxExtend
}

func withdrawable(x mobileTarget) bool {
	return x.Pending || x.Code != nil && x.Code.Status == mobiletoken.Valid
}

// mobileOffers lists what the visitor may do with a token in its state: acts on it, and
// activation codes for it.
func (v *visit) mobileOffers(x mobileTarget) (acts, codes []offer) {
	add := func(to *[]offer, key, icon string, danger bool) {
		*to = append(*to, offer{Text: v.t.T("console.do." + key + ".short"), Href: x.path() + "/" + key, Icon: icon, Danger: danger})
	}
	for _, i := range mobileIssues() {
		if v.s.Can(staff.MobileIssue) && x.App.Code != "" && i.may(x) {
			add(&codes, i.key, i.icon, false)
		}
	}
	for _, a := range mobileActs() {
		if v.s.Can(a.need) && a.may(x) {
			if a.key == "extend-mobile" || a.key == "cancel-mobile" {
				add(&codes, a.key, a.icon, a.danger)
				continue
			}
			add(&acts, a.key, a.icon, a.danger)
		}
	}
	if v.s.Can(staff.MobileIssue) && x.Status != mobiletoken.Archived {
		add(&acts, "name-mobile", "pencil", false)
	}
	return acts, codes
}

// mobileActPage starts the page of an act on a mobile token.
func (v *visit) mobileActPage(key string, x mobileTarget) actPage {
	p := v.act(key, mobileTitle(x.Token), x.path())
	p.Facts, p.Reason = v.mobileTargetFacts(x), ""
	return p
}

// warranted sees to the identification that an act needs: ok is false when there is none,
// and the answer is written.
func (c *console) warranted(v *visit, x mobileTarget, w warranty) (s *standing, ok bool, err error) {
	if w == needsHeld {
		held, err := c.Authenticators.Of(v.ctx(), x.Customer)
		if err != nil || len(held) == 0 {
			return nil, err == nil, err
		}
	}
	if w == needsNone {
		return nil, true, nil
	}
	i, ok, err := c.warrant(v, x.Customer)
	return v.standingOf(i), ok, err
}

// mobileForm says what an act will do.
func (c *console) mobileForm(a mobileAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readMobile(v)
		if err != nil {
			return err
		}
		if !a.may(x) {
			return c.overtaken(v, x.subject(), wrongMobileState())
		}
		s, ok, err := c.warranted(v, x, a.warrant)
		if err != nil || !ok {
			return err
		}
		p := v.mobileActPage(a.key, x)
		p.Identified, p.Reason, p.Final = s, a.reason, a.final
		if p.Last, err = c.lastMobile(v, x, a); err != nil {
			return err
		}
		if a.until {
			p.Pick = &picker{Name: "for", Label: v.t.T("console.mobile.block_for"), Options: v.blockSpans()}
		}
		return v.showAct(p)
	}
}

func wrongMobileState() *fault.Error {
	return fault.Conflictf("mobiletoken.state", "The state of this token does not allow this, or not any more.")
}

// lastMobile reports whether an act would leave the customer without a token.
func (c *console) lastMobile(v *visit, x mobileTarget, a mobileAct) (bool, error) {
	if !a.last || x.Status != mobiletoken.Active {
		return false, nil
	}
	all, err := c.Mobile.List(v.ctx(), x.Customer)
	if err != nil {
		return false, err
	}
	for _, it := range all {
		if it.Status == mobiletoken.Active && it.ID != x.ID {
			return false, nil
		}
	}
	hard, err := c.Tokens.OfCustomer(v.ctx(), x.Customer)
	for _, it := range hard {
		if it.Device.Usable(v.now) {
			return false, err
		}
	}
	return true, err
}

// blockSpans are the lengths of a block; the first one does not end by itself.
func (v *visit) blockSpans() []ui.Choice {
	out := []ui.Choice{{Value: "", Text: v.t.T("console.mobile.block_endless")}}
	for _, d := range []time.Duration{time.Hour, day, 7 * day, 30 * day} { //nolint:mnd // what people ask for
		out = append(out, ui.Choice{Value: d.String(), Text: v.t.Span(d)})
	}
	return out
}

// mobile carries an act out.
func (c *console) mobileAct(a mobileAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readMobile(v)
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
			return c.mobileForm(a)(v)
		}
		until, err := v.blockEnd()
		if err != nil {
			return err
		}
		o := mobiletoken.Order{Customer: x.Customer, Token: x.ID, Reason: v.form.Value("reason"), Warned: v.form.Value("even_last") != ""}
		if err := a.do(c.Mobile, v.ctx(), v.s.Actor(), o, until); err != nil {
			return c.refused(v, x.subject(), err, c.mobileForm(a))
		}
		return v.done(x.path(), "console.do."+a.key+".done", "name", mobileTitle(x.Token))
	}
}

// blockEnd is when a block of the form ends by itself; zero for never.
func (v *visit) blockEnd() (time.Time, error) {
	text := v.form.Value("for")
	if text == "" {
		return time.Time{}, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return time.Time{}, fault.Invalidf("console.form", "This form is not complete: open it anew.").WithCause(err)
	}
	return v.now.Add(d), nil
}
