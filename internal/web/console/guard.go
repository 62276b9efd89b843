package console

import (
	"net/http"
	"net/url"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// sessionCookie holds the token of a session until the browser is closed.
const sessionCookie = "session"

// guard serves a route to those who may have it. It answers errors itself, so
// that error pages keep the frame of the one who is logged in.
func (c *console) guard(rt route, w http.ResponseWriter, r *http.Request) error {
	v := &visit{kit: c.kit, w: w, t: c.kit.Locale(r), form: ui.NewForm(nil), now: c.Now()}
	v.r = v.in(r)
	err := c.admit(rt, v)
	if err != nil {
		c.kit.Fail(w, v.r, err)
	}
	return nil
}

func (c *console) admit(rt route, v *visit) error {
	if !rt.Open {
		ok, err := c.recognize(v)
		if err != nil {
			return err
		}
		if !ok {
			return c.loggedOut(v)
		}
		if rt.Need != "" && !v.s.Can(rt.Need) {
			return notYours()
		}
	}
	if v.r.Method == http.MethodPost && !rt.Upload {
		var err error
		if v.form, err = ui.ReadForm(v.r); err != nil {
			return err
		}
	}
	if !readable(v.r.Form) || !readable(v.r.URL.Query()) {
		return fault.Invalidf("request.malformed", "The form has characters that are none. Type it anew.")
	}
	if rt.Fresh != "" {
		if proved, err := c.prove(rt, v); err != nil || !proved {
			return err
		}
	}
	return rt.Serve(v)
}

func notYours() error {
	return fault.Deniedf("console.permission", "Your role does not include this. Ask an administrator if you need it.")
}

// readable reports whether all values are text.
func readable(values url.Values) bool { return ui.Readable(values) }

// recognize finds the session of the cookie.
func (c *console) recognize(v *visit) (ok bool, err error) {
	token := c.kit.Cookie(v.r, sessionCookie)
	if token == "" {
		return false, nil
	}
	v.s, ok, err = c.Staff.Session(v.ctx(), token)
	return ok, err
}

// loggedOut leads to the login page, and back to the page afterwards. What a form
// held is lost: it may have been somebody else's by then.
func (c *console) loggedOut(v *visit) error {
	if c.kit.Cookie(v.r, sessionCookie) != "" {
		c.kit.DropCookie(v.w, sessionCookie)
	}
	next := ""
	if v.r.Method == http.MethodGet && v.r.URL.Path != "/" {
		next = v.r.URL.RequestURI()
	}
	return v.to(link("/login", "next", next))
}

// start gives the browser a session that has just begun.
func (c *console) start(v *visit, g staff.Grant) {
	c.kit.SetCookie(v.w, sessionCookie, g.Token, 0)
	v.s = g.Session
}
