package console

import (
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// unlockMoreForm says what allowing more unlock codes will do, and who identified the
// customer: a colleague must have, just now.
func (c *console) unlockMoreForm(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	if !unlockable(x, v) {
		return c.overtaken(v, x.subject(), notUnlockable(x))
	}
	l, err := c.Upkeep.UnlockLimit(v.ctx(), x.Device.ID)
	if err != nil {
		return err
	}
	if !l.Blocked {
		return c.overtaken(v, x.subject(), fault.Conflictf("token.unlock_open", "Unlock codes are given for this token: nothing is blocked."))
	}
	p := v.tokenAct("unlock_more", x)
	p.Facts = append(p.Facts, ui.Fact{Name: v.t.T("console.do.unlock_more.opens"), Value: v.opening(l)})
	if err := c.addColleague(v, x, &p); err != nil {
		return err
	}
	return v.showAct(p)
}

// opening says when a limit opens by itself.
func (v *visit) opening(l token.UnlockLimit) string {
	if l.Until.IsZero() {
		return v.t.T("console.do.unlock_more.never")
	}
	return v.moment(l.Until)
}

// addColleague says who identified the customer. Without such an identification the
// page asks for one in place of the form.
func (c *console) addColleague(v *visit, x tokenTarget, p *actPage) error {
	i, err := c.Identification.Colleague(v.ctx(), v.s.Actor(), x.Device.Customer)
	if err != nil {
		return err
	}
	if !i.Good(v.now) {
		p.Missing = v.t.T("console.do.unlock_more.missing")
		return nil
	}
	who, err := c.names(v).of(v.ctx(), i.By.String())
	p.Facts = append(p.Facts, ui.Fact{Name: v.t.T("console.do.unlock_more.identified"), Value: who, Note: v.moment(i.At)})
	return err
}

// unlockMore allows them.
func (c *console) unlockMore(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	v.form.Require(v.t, "reason", v.t.T("console.status.reason"))
	if !v.form.OK() {
		return c.unlockMoreForm(v)
	}
	t := token.Target{Device: x.Device.ID}
	if t.Customer, err = v.shownOwner(); err != nil {
		return err
	}
	err = c.Upkeep.AllowUnlock(v.ctx(), v.s.Actor(), t, v.form.Value("reason"))
	switch {
	case fault.Is(err, "identification.colleague"):
		return c.unlockMoreForm(v)
	case err != nil:
		return c.refused(v, x.subject(), err, c.unlockMoreForm)
	}
	return v.done(x.path(), "console.do.unlock_more.done", "serial", x.Device.Serial)
}
