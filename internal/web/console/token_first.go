package console

import (
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
)

// handover is a token that waits for its first code.
type handover struct {
	token.Handover
	Replaces  string // serial number of the token that ends then; "" for none
	By        string
	ByBank    bool   // the customer must choose a PIN with the code, and does that at the bank
	IssueCode string // where an activation code for that is issued; "" for those who may not
	Activate  string // where the code is entered; "" for those who may not
}

// handoverOf describes what a token waits for; nil when it waits for nothing.
func (c *console) handoverOf(v *visit, x tokenTarget) (*handover, error) {
	if x.Device.Status != device.Assigned {
		return nil, nil //nolint:nilnil // none is no error
	}
	h, err := c.Care.Handover(v.ctx(), x.Device.ID)
	if fault.Is(err, "token.no_handover") {
		return nil, nil //nolint:nilnil // none is no error
	}
	if err != nil {
		return nil, err
	}
	out := &handover{Handover: h}
	if out.By, err = c.names(v).of(v.ctx(), h.By); err != nil {
		return nil, err
	}
	if !h.Replaces.IsZero() {
		old, err := c.Tokens.Get(v.ctx(), h.Replaces)
		if err != nil {
			return nil, err
		}
		out.Replaces = old.Device.Serial
	}
	for i := range x.Keys {
		out.ByBank = out.ByBank || x.Keys[i].Usage == token.UseCode && x.Keys[i].ChoosesPIN()
	}
	if v.s.Can(staff.TokenAssign) && !out.ByBank {
		out.Activate = x.path() + "/activate"
	}
	if v.s.Can(staff.RegistrationStart) {
		out.IssueCode = customerPath(x.Device.Customer) + "/codes/new"
	}
	return out, nil
}

type firstCodePage struct {
	actPage
	handover
}

// firstCodeForm asks for the first code of a token that was given or found. A PIN is
// never asked for: a customer who must choose one does that at the bank.
func (c *console) firstCodeForm(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	h, err := c.handoverOf(v, x)
	switch {
	case err != nil:
		return err
	case h == nil:
		return c.overtaken(v, x.subject(), fault.Conflictf("token.no_handover", "This token does not wait for its first code."))
	case h.ByBank:
		return c.overtaken(v, x.subject(), fault.Conflictf("console.pin", "The customer chooses a PIN with the first code of this token, and nobody else learns it: issue an activation code, and they register with it."))
	}
	i, ok, err := c.warrant(v, x.Device.Customer)
	if err != nil || !ok {
		return err
	}
	p := firstCodePage{actPage: v.tokenAct("activate", x), handover: *h}
	p.Identified = v.standingOf(i)
	return v.narrow("first-code", p.Title(), p)
}

// firstCode makes the token usable by its first code; the one that it replaces ends.
func (c *console) firstCode(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	v.form.Require(v.t, "code", v.t.T("console.do.activate.code"))
	if !v.form.OK() {
		return c.firstCodeForm(v)
	}
	o, err := c.order(v, x, true)
	if err != nil {
		return err
	}
	out, err := c.Care.Activate(v.ctx(), v.s.Actor(), o, token.Activation{Code: v.form.Value("code")})
	if err != nil {
		return c.refused(v, x.subject(), err, c.firstCodeForm)
	}
	if out.Reason != authenticator.Accepted {
		v.form.Fail("code", v.t.T("console.reason."+string(out.Reason)))
		return c.firstCodeForm(v)
	}
	key := "console.do.activate.done"
	if !out.Removed.IsZero() {
		key = "console.do.activate.done_replaced"
	}
	return v.done(x.path(), key)
}
