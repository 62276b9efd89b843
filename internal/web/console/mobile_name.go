package console

import (
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// mobileNameForm asks what the owner calls a mobile token.
func (c *console) mobileNameForm(v *visit) error {
	x, err := c.readMobile(v)
	if err != nil {
		return err
	}
	if x.Status == mobiletoken.Archived {
		return c.overtaken(v, x.subject(), wrongMobileState())
	}
	if v.form.OK() {
		v.form.Set("name", x.Name)
	}
	p := v.mobileActPage("name-mobile", x)
	return v.narrow("token-name", p.Title(), p)
}

// mobileName changes it.
func (c *console) mobileName(v *visit) error {
	x, err := c.readMobile(v)
	if err != nil {
		return err
	}
	o := mobiletoken.Order{Customer: x.Customer, Token: x.ID}
	if _, err := c.Mobile.Rename(v.ctx(), v.s.Actor(), o, v.form.Value("name")); err != nil {
		return c.refused(v, x.subject(), err, c.mobileNameForm)
	}
	return v.done(x.path(), "console.do.name-mobile.done")
}
