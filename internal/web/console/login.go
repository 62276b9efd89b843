package console

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

type loginPage struct {
	Next  string
	Ended bool // the page before lay open too long
}

// login shows the form. Whoever is logged in already is led home, but for a page
// that ended because nothing happened: coming here must not keep it alive.
func (c *console) login(v *visit) error {
	ended := v.query("ended") != ""
	if !ended {
		ok, err := c.recognize(v)
		if err != nil {
			return err
		}
		if ok {
			return v.to(ui.Local(v.query("next")))
		}
	}
	return v.narrow("login", v.t.T("console.login.title"), loginPage{Next: v.query("next"), Ended: ended})
}

// enter logs in. Whatever is wrong is answered alike.
func (c *console) enter(v *visit) error {
	next := v.form.Value("next")
	show := func(v *visit) error {
		return v.narrow("login", v.t.T("console.login.title"), loginPage{Next: next})
	}
	g, ok, err := c.Staff.Login(v.ctx(), staff.Attempt{
		Login: v.form.Value("login"), Password: v.form.Raw("password"), Code: v.form.Value("code"),
		Source: c.Source(v.r), Agent: v.r.UserAgent(),
	})
	if err != nil {
		return v.again(err, show)
	}
	if !ok {
		v.form.Fail("", v.t.T("console.login.wrong"))
		return show(v)
	}
	c.start(v, g)
	return v.to(ui.Local(next))
}

// logout ends the session.
func (c *console) logout(v *visit) error {
	if err := c.Staff.Logout(v.ctx(), c.kit.Cookie(v.r, sessionCookie)); err != nil {
		return err
	}
	c.kit.DropCookie(v.w, sessionCookie)
	v.w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(v.w, v.r, "/login", http.StatusSeeOther)
	return nil
}
