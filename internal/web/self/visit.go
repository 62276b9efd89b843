package self

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// sessionCookie holds the token of a session until the browser is closed.
const sessionCookie = "session"

// visit is one request, with who makes it and in which language.
type visit struct {
	kit  *ui.Kit
	w    http.ResponseWriter
	r    *http.Request
	t    *ui.Locale
	s    customer.Session // zero on open routes
	form *ui.Form         // of a POST; empty on a GET
	now  time.Time
}

// guard serves a route to those who may have it. It answers errors itself, so that
// error pages keep the frame of the one who is logged in.
func (s *self) guard(rt route, w http.ResponseWriter, r *http.Request) error {
	v := &visit{kit: s.kit, w: w, t: s.kit.Locale(r), form: ui.NewForm(nil), now: s.Now()}
	v.r = v.in(r)
	if err := s.admit(rt, v); err != nil {
		s.kit.Fail(w, v.r, err)
	}
	return nil
}

func (s *self) admit(rt route, v *visit) error {
	if !rt.Open {
		in, err := s.recognize(v)
		if err != nil {
			return err
		}
		if !in {
			return v.loggedOut()
		}
	}
	if v.r.Method == http.MethodPost {
		var err error
		if v.form, err = ui.ReadForm(v.r); err != nil {
			return err
		}
	}
	if !v.form.Readable() || !ui.Readable(v.r.URL.Query()) {
		return fault.Invalidf("request.malformed", "The form has characters that are none. Type it anew.")
	}
	return rt.Serve(v)
}

// recognize finds the session of the cookie.
func (s *self) recognize(v *visit) (in bool, err error) {
	v.s, in, err = s.Sessions.Use(v.ctx(), v.token())
	return in, err
}

// loggedOut leads to the login. What a form held is lost: it may have been somebody
// else's by then.
func (v *visit) loggedOut() error {
	if v.token() != "" {
		v.kit.DropCookie(v.w, sessionCookie)
		v.kit.Flash(v.w, ui.Info, "self.flash.ended")
	}
	return v.to("/login")
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// token is what names the session in this browser.
func (v *visit) token() string { return v.kit.Cookie(v.r, sessionCookie) }

// render writes a page with its form.
func (v *visit) render(name, title string, width ui.Width, data any) error {
	return v.kit.Render(v.w, v.r, ui.Page{Name: name, Title: title, Data: data, Form: v.form, Width: width})
}

// to leads to another page, after an act.
func (v *visit) to(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// done leaves a message and leads to another page.
func (v *visit) done(path string, tone ui.Tone, key string, pairs ...string) error {
	v.kit.Flash(v.w, tone, key, pairs...)
	return v.to(path)
}

// visitKey is where the frame of a page finds the visit: it is drawn by the kit,
// which knows the request only.
type visitKey struct{}

func (v *visit) in(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
}
