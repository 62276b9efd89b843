package self

import (
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// secretPolicy is the policy of passwords that a journey may begin with; "" for none.
func (s *self) secretPolicy(purpose string) string {
	set := s.Policies.Active()
	j, known := set.Journey(purpose, channel)
	if !known {
		return ""
	}
	for _, code := range j.Next(nil).Allowed {
		if p, _ := set.Policy(code); p.Method == policy.MethodPassword {
			return code
		}
	}
	return ""
}

// sends reports whether a code by text message is awaited.
func (s *self) sends(o hub.Outcome) bool {
	p, _ := s.Policies.Active().Policy(next(o))
	return p.Method == policy.MethodPasscode
}

// passwords reports, for the login page, whether one can log in with a password.
func (s *self) passwords() bool { return s.secretPolicy(policy.PurposeLogin) != "" }

// passwordLogin asks for customer ID and password.
func (s *self) passwordLogin(v *visit) error {
	if !s.passwords() {
		return v.to("/login")
	}
	return v.showPasswordLogin()
}

func (v *visit) showPasswordLogin() error {
	return v.render("login-password", v.t.T("self.login.title_password"), ui.Normal, nil)
}

// enterPassword takes them. Whatever is wrong is answered alike.
func (s *self) enterPassword(v *visit) error {
	v.form.Require(v.t, "customer_number", v.t.T("self.field.customer"))
	v.form.Require(v.t, "password", v.t.T("self.field.password"))
	if !v.form.OK() || !s.passwords() {
		return v.showPasswordLogin()
	}
	o, err := s.Hub.Start(v.ctx(), gate(), hub.Start{
		CustomerNumber: v.form.Value("customer_number"), Purpose: policy.PurposeLogin, Channel: channel, Risk: s.place(v),
		Proof: &hub.Proof{Code: v.form.Raw("password"), Policy: s.secretPolicy(policy.PurposeLogin)},
	})
	switch {
	case err != nil:
		return v.secretAgain(err, "password", v.showPasswordLogin)
	case o.State == hub.Granted:
		return s.logIn(v, o.Handle)
	case o.Replace != "":
		return s.toReplace(v, o)
	case more(o) && s.sends(o):
		return s.send(v, o, false)
	case more(o):
		return s.await(v, pending{Handle: o.Handle})
	}
	v.form.Fail("password", v.t.T("self.login.refused_password"))
	return v.showPasswordLogin()
}

// send has a code sent for a login, within which a password was perhaps replaced, and
// asks for it.
func (s *self) send(v *visit, o hub.Outcome, renewed bool) error {
	c, err := s.Hub.Ask(v.ctx(), gate(), o.Handle, hub.Ask{Policy: next(o)})
	if err != nil {
		return v.again(err, v.showPasswordLogin)
	}
	return s.await(v, pending{Handle: o.Handle, Sent: true, To: c.To, Renewed: renewed})
}

// sendAgain sends another one, once it is time.
func (s *self) sendAgain(v *visit) error {
	p, ok := v.pending()
	if !ok || !p.Sent {
		return s.startOver(v)
	}
	o, err := s.Hub.Get(v.ctx(), gate(), p.Handle)
	if err == nil {
		_, err = s.Hub.Ask(v.ctx(), gate(), p.Handle, hub.Ask{Policy: next(o)})
	}
	if err != nil {
		return s.startOver(v)
	}
	return v.done("/login/answer", ui.Info, "self.flash.sent")
}

// secretAgain is again for forms whose field for a secret has another name than the
// domain's.
func (v *visit) secretAgain(err error, field string, show func() error) error {
	if f := fault.From(err); f.Code == "password.form" {
		v.form.Fail(field, v.t.Fault(f))
		return show()
	}
	return v.again(err, show)
}

// changePassword takes the password until now and the new one, after a fresh proof.
func (s *self) changePassword(v *visit) error {
	p, proven, ok, err := s.proved(v, "password")
	if err != nil || !ok {
		return err
	}
	v.form.Require(v.t, "current", v.t.T("self.security.current"))
	if !v.chosen() {
		return v.showChange(p)
	}
	out, err := s.Secrets.Change(v.ctx(), v.s.Actor(), proven, password.Change{
		Customer: v.s.Customer, Policy: s.secretPolicy(policy.PurposeSelfService),
		Current: v.form.Raw("current"), New: v.form.Raw("fresh"),
	})
	switch {
	case err != nil:
		return s.unchanged(v, p, err, "current")
	case len(out.Mistakes) > 0:
		v.form.Fail("fresh", v.mistakes(out))
		return v.showChange(p)
	case !out.Done:
		v.form.Fail("current", v.t.T("self.security.wrong"))
		return v.showChange(p)
	}
	if _, err := s.Sessions.EndOthers(v.ctx(), v.token()); err != nil {
		return err
	}
	return v.done("/security", ui.Good, "self.flash.password")
}

// mistakes names all that is wrong with a new password.
func (v *visit) mistakes(out password.Changed) string {
	texts := make([]string, len(out.Mistakes))
	for i, m := range out.Mistakes {
		if texts[i] = m.Text; v.t.Has("self.mistake." + m.Code) {
			texts[i] = v.t.T("self.mistake." + m.Code)
		}
	}
	return strings.Join(texts, " ")
}
