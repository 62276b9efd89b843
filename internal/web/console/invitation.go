package console

import (
	"html/template"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type enrollPage struct {
	staff.Enrollment
	Code   string // the invitation, carried to the last step
	Link   template.URL
	QR     template.HTML
	Secret ui.Secret
}

// invitation asks for the code of an invitation.
func (c *console) invitation(v *visit) error {
	return v.narrow("invitation", v.t.T("console.invitation.title"), nil)
}

// openInvitation shows what goes into the authenticator app and asks for a
// password. The code travels in forms only, never in an address.
func (c *console) openInvitation(v *visit) error {
	return c.showEnrollment(v, v.form.Value("invitation"), false)
}

// enroll turns the invitation into a login.
func (c *console) enroll(v *visit) error {
	code := v.form.Value("invitation")
	if v.form.Raw("password") != v.form.Raw("repeat") {
		v.form.Fail("repeat", v.t.T("console.invitation.differs"))
		return c.showEnrollment(v, code, true)
	}
	g, ok, err := c.Staff.Enroll(v.ctx(), staff.Setup{
		Invitation: code, Password: v.form.Raw("password"), Code: v.form.Value("code"), Source: c.Source(v.r), Agent: v.r.UserAgent(),
	})
	switch {
	case fault.Is(err, "staff.invitation"):
		return c.showEnrollment(v, code, false)
	case err != nil:
		return v.again(err, func(v *visit) error { return c.showEnrollment(v, code, true) })
	case !ok:
		v.form.Fail("code", v.t.T("console.invitation.wrong"))
		return c.showEnrollment(v, code, true)
	}
	c.start(v, g)
	return v.done("/", "console.invitation.done")
}

// showEnrollment shows the second step, or the first again when the invitation is
// not good.
func (c *console) showEnrollment(v *visit, code string, tried bool) error {
	e, err := c.Staff.Enrollment(v.ctx(), code)
	if fault.Is(err, "staff.invitation") {
		v.form.Fail("invitation", v.t.T("console.invitation.bad"))
		return v.narrow("invitation", v.t.T("console.invitation.title"), nil)
	}
	if err != nil {
		return err
	}
	if !tried {
		v.form = ui.NewForm(nil)
	}
	picture, err := ui.QR(e.URI, v.t.T("console.invitation.qr"))
	if err != nil {
		return err
	}
	return v.narrow("enroll", v.t.T("console.invitation.title"), enrollPage{
		Enrollment: e, Code: code,
		QR:     picture,
		Link:   template.URL(e.URI), //nolint:gosec // an otpauth: address of package staff
		Secret: ui.Secret{ID: "totp-key", Label: v.t.T("console.invitation.key"), Value: e.Secret, Hint: v.t.T("console.invitation.key_hint")},
	})
}
