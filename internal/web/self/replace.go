package self

import (
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// toReplace leads to where a password is replaced that was right and has run out (F-6.6.7).
func (s *self) toReplace(v *visit, o hub.Outcome) error {
	pending{Handle: o.Handle, Replace: o.Replace}.keep(v)
	return v.to("/login/replace")
}

// replacing returns the login that awaits a new password, or, once that is stored, to be
// shown it.
func (v *visit) replacing(renewed bool) (p pending, ok bool) {
	p, ok = v.pending()
	return p, ok && p.Replace != "" && p.Renewed == renewed
}

// replaceLogin says so and asks for a new password (F-6.6.8).
func (s *self) replaceLogin(v *visit) error {
	p, ok := v.replacing(false)
	if !ok {
		return v.to("/login")
	}
	return v.showReplace(p)
}

func (v *visit) showReplace(p pending) error {
	title := v.t.T("self.replace.title")
	if p.Renewed {
		title = v.t.T("self.replace.title_again")
	}
	return v.render("login-replace", title, ui.Narrow, p)
}

// replacePassword stores the new password (F-6.6.9). Whether it is a good one is for the
// policies to say.
func (s *self) replacePassword(v *visit) error {
	p, ok := v.replacing(false)
	if !ok {
		return s.startOver(v)
	}
	show := func() error { return v.showReplace(p) }
	if !v.chosen() {
		return show()
	}
	_, bad, err := s.Hub.Replace(v.ctx(), gate(), p.Handle, hub.Replacement{Policy: p.Replace, Secret: v.form.Raw("fresh")})
	switch kind := fault.KindOf(err); {
	case err != nil && (kind == fault.Conflict || kind == fault.NotFound):
		return s.startOver(v) // it took too long, or was replaced elsewhere
	case err != nil:
		return v.secretAgain(err, "fresh", show)
	case len(bad) > 0:
		v.form.Fail("fresh", v.mistakes(password.Changed{Mistakes: bad}))
		return show()
	}
	p.Renewed = true
	p.keep(v)
	return v.to("/login/repeat")
}

// chosen reads a new password, which is typed twice.
func (v *visit) chosen() bool {
	for _, name := range []string{"fresh", "repeat"} {
		v.form.Require(v.t, name, v.t.T("self.security."+name))
	}
	if v.form.OK() && v.form.Raw("fresh") != v.form.Raw("repeat") {
		v.form.Fail("repeat", v.t.T("self.security.differs"))
	}
	return v.form.OK()
}

// repeatLogin asks for the new password (F-6.6.10).
func (s *self) repeatLogin(v *visit) error {
	p, ok := v.replacing(true)
	if !ok {
		return v.to("/login")
	}
	return v.showReplace(p)
}

// repeatPassword takes it, and goes on with the login (F-6.6.11).
func (s *self) repeatPassword(v *visit) error {
	p, ok := v.replacing(true)
	if !ok {
		return s.startOver(v)
	}
	show := func() error { return v.showReplace(p) }
	v.form.Require(v.t, "password", v.t.T("self.security.fresh"))
	if !v.form.OK() {
		return show()
	}
	o, err := s.Hub.Step(v.ctx(), gate(), p.Handle, hub.Proof{Code: v.form.Raw("password"), Policy: p.Replace})
	switch kind := fault.KindOf(err); {
	case err != nil && (kind == fault.Conflict || kind == fault.NotFound):
		return s.startOver(v)
	case err != nil:
		return v.secretAgain(err, "password", show)
	case o.Replace != "": // the policies have changed meanwhile
		return s.toReplace(v, o)
	case o.State == hub.Granted:
		return s.logIn(v, o.Handle)
	case more(o) && s.sends(o):
		return s.send(v, o, true)
	case more(o):
		return s.await(v, pending{Handle: o.Handle, Renewed: true})
	case o.State != hub.Open:
		return s.startOver(v)
	}
	v.form.Fail("password", v.t.T("self.replace.refused"))
	return show()
}
