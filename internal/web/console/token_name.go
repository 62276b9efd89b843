package console

import (
	"github.com/countersign-auth/countersign/internal/fault"
)

// nameForm asks what the owner calls a token.
func (c *console) nameForm(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	if !nameable(x) {
		return c.overtaken(v, x.subject(), fault.Conflictf("token.no_owner", "This token is nobody's, or has ended."))
	}
	if v.form.OK() {
		v.form.Set("name", x.Device.Name)
	}
	p := v.tokenAct("name", x)
	return v.narrow("token-name", p.Title(), p)
}

// name changes it.
func (c *console) name(v *visit) error {
	x, err := c.readToken(v)
	if err != nil {
		return err
	}
	o, err := c.order(v, x, false)
	if err != nil {
		return err
	}
	if _, err := c.Care.Rename(v.ctx(), v.s.Actor(), o, v.form.Value("name")); err != nil {
		return c.refused(v, x.subject(), err, c.nameForm)
	}
	return v.done(x.path(), "console.do.name.done")
}
