package console

import (
	"context"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/ota/applet"
)

// mobileIDAct is an act on a mobile ID. Its key is the last part of its address, and of its texts
// below console.do.
type mobileIDAct struct {
	key     string
	need    staff.Permission
	icon    string
	danger  bool
	final   bool
	reason  string
	warrant warranty
	roles   bool // it is about the PIN or the certificate of one role
	card    bool // another SIM may be named
	may     func(mobileIDTarget) bool
	do      func(*mobileid.Desk, context.Context, audit.Actor, mobileid.Order) error
}

// resumeMobileID is the act that ends one reason of a suspension.
const resumeMobileID = "resume-mobile-id"

// mobileIDActs lists them in the order in which they are offered.
func mobileIDActs() []mobileIDAct {
	allows := func(a mobileid.Act) func(mobileIDTarget) bool {
		return func(x mobileIDTarget) bool {
			_, ok := a.To(x.State)
			return ok
		}
	}
	active := func(x mobileIDTarget) bool { return x.State == mobileid.StateActive }
	return []mobileIDAct{
		{key: "suspend-mobile-id", need: staff.MobileIDStop, icon: "ban", danger: true, reason: "required", may: func(x mobileIDTarget) bool {
			return active(x) || x.State == mobileid.StateSuspended && !x.heldFor(mobileid.ByStaff)
		}, do: simply((*mobileid.Desk).Suspend)},
		{key: resumeMobileID, need: staff.MobileIDRegister, icon: "power", reason: "required", warrant: needsOne, may: func(x mobileIDTarget) bool {
			return x.State == mobileid.StateSuspended && len(x.releasable()) > 0
		}, do: simply((*mobileid.Desk).Resume)},
		{key: "unblock-mobile-id", need: staff.MobileIDRegister, icon: "lock-open", reason: "optional", warrant: needsOne, roles: true, may: active, do: simply((*mobileid.Desk).Unblock)},
		{key: "query-mobile-id", need: staff.MobileIDRegister, icon: "search", may: active, do: simply((*mobileid.Desk).Query)},
		{key: "renew-mobile-id", need: staff.MobileIDRegister, icon: "refresh-cw", roles: true, may: renewable, do: simply((*mobileid.Desk).Renew)},
		{key: "reregister-mobile-id", need: staff.MobileIDRegister, icon: "rotate-ccw", reason: "required", warrant: needsOne, card: true, may: allows(mobileid.Reregister), do: simply((*mobileid.Desk).Reregister)},
		{key: "revoke-mobile-id", need: staff.MobileIDStop, icon: "trash-2", danger: true, final: true, reason: "required", may: allows(mobileid.Revoke), do: simply((*mobileid.Desk).Revoke)},
	}
}

func renewable(x mobileIDTarget) bool {
	for _, c := range x.Certificates {
		if c.Renewable && x.State == mobileid.StateActive {
			return true
		}
	}
	return false
}

// simply is a use case whose result its page shows.
func simply[T any](f func(*mobileid.Desk, context.Context, audit.Actor, mobileid.Order) (T, error)) func(*mobileid.Desk, context.Context, audit.Actor, mobileid.Order) error {
	return func(d *mobileid.Desk, ctx context.Context, by audit.Actor, o mobileid.Order) error {
		_, err := f(d, ctx, by, o)
		return err
	}
}

// mobileIDOffers lists what the visitor may do with a mobile ID in its state.
func (v *visit) mobileIDOffers(x mobileIDTarget) (acts []offer) {
	for _, a := range mobileIDActs() {
		if v.s.Can(a.need) && a.may(x) {
			acts = append(acts, offer{Text: v.t.T("console.do." + a.key + ".short"), Href: x.path() + "/" + a.key, Icon: a.icon, Danger: a.danger})
		}
	}
	if v.s.Can(staff.MobileIDRegister) && x.State == mobileid.StateActive {
		acts = append(acts, offer{Text: v.t.T("console.do.spam-mobile-id.short"), Href: x.path() + "/spam-mobile-id", Icon: "shield-check"})
	}
	return acts
}

// mobileIDWarrant sees to the identification that an act needs: ok is false when there is none, and
// the answer is written.
func (c *console) mobileIDWarrant(v *visit, x mobileIDTarget, w warranty) (*standing, bool, error) {
	if w == needsNone {
		return nil, true, nil
	}
	i, ok, err := c.warrant(v, x.Customer)
	return v.standingOf(i), ok, err
}

// mobileIDActPage is the page of an act with the field for another SIM.
type mobileIDActPage struct {
	actPage

	Card bool // another SIM may be named
	Spam bool // a spam-prevention code is asked for
}

// mobileIDForm says what an act will do.
func (c *console) mobileIDForm(a mobileIDAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readMobileID(v)
		if err != nil {
			return err
		}
		if !a.may(x) {
			return c.overtaken(v, x.subject(), wrongMobileIDState())
		}
		s, ok, err := c.mobileIDWarrant(v, x, a.warrant)
		if err != nil || !ok {
			return err
		}
		p := mobileIDActPage{actPage: v.act(a.key, x.Masked(), x.path()), Card: a.card}
		p.Facts, p.Identified, p.Reason, p.Final = v.mobileIDTargetFacts(x), s, a.reason, a.final
		if reasons := x.releasable(); a.key == resumeMobileID && len(reasons) > 1 {
			p.Pick = &picker{Name: "hold", Label: v.t.T("console.mobile_id.hold_which"), Options: v.holdChoices(reasons)}
		}
		if a.roles {
			p.Pick = &picker{Name: "role", Label: v.t.T("console.mobile_id.which"), Options: v.keyRoles()}
		}
		return v.narrow("mobile-id-act", p.Title(), p)
	}
}

func wrongMobileIDState() *fault.Error {
	return fault.Conflictf("mobileid.state", "The state of this mobile ID does not allow this, or not any more.")
}

func (v *visit) keyRoles() []ui.Choice {
	return []ui.Choice{
		{Value: applet.Authentication.String(), Text: v.t.T("console.mobile_id.role.authentication")},
		{Value: applet.Signing.String(), Text: v.t.T("console.mobile_id.role.signing")},
	}
}

// doMobileID carries an act out.
func (c *console) doMobileID(a mobileIDAct) func(*visit) error {
	return func(v *visit) error {
		x, err := c.readMobileID(v)
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
			return c.mobileIDForm(a)(v)
		}
		o := mobileid.Order{Customer: x.Customer, Mobile: x.ID, Reason: v.form.Value("reason"), ICCID: v.form.Value("iccid"), Hold: mobileid.Cause(v.form.Value("hold")), Role: applet.Authentication}
		if v.form.Value("role") == applet.Signing.String() {
			o.Role = applet.Signing
		}
		if err := a.do(c.MobileIDs, v.ctx(), v.s.Actor(), o); err != nil {
			return c.refused(v, x.subject(), err, c.mobileIDForm(a))
		}
		if a.key == resumeMobileID {
			return c.resumedMobileID(v, x)
		}
		return v.done(x.path(), "console.do."+a.key+".done", "name", x.Masked())
	}
}

// mobileIDSpamForm asks for a spam-prevention code in the name of the customer.
func (c *console) mobileIDSpamForm(v *visit) error {
	x, err := c.readMobileID(v)
	if err != nil {
		return err
	}
	if x.State != mobileid.StateActive {
		return c.overtaken(v, x.subject(), wrongMobileIDState())
	}
	s, ok, err := c.mobileIDWarrant(v, x, needsOne)
	if err != nil || !ok {
		return err
	}
	p := mobileIDActPage{actPage: v.act("spam-mobile-id", x.Masked(), x.path()), Spam: true}
	p.Facts, p.Identified, p.Reason = v.mobileIDTargetFacts(x), s, ""
	return v.narrow("mobile-id-act", p.Title(), p)
}

// mobileIDSpam sets it, or takes it away.
func (c *console) mobileIDSpam(v *visit) error {
	x, err := c.readMobileID(v)
	if err != nil {
		return err
	}
	if _, err := c.MobileIDs.SetSpam(v.ctx(), v.s.Actor(), mobileid.Order{Customer: x.Customer, Mobile: x.ID}, v.form.Value("spam")); err != nil {
		return c.refused(v, x.subject(), err, c.mobileIDSpamForm)
	}
	return v.done(x.path(), "console.do.spam-mobile-id.done", "name", x.Masked())
}
