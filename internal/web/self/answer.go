package self

import (
	"encoding/base64"
	"encoding/json"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

const pendingCookie = "login"

// pending is a login that awaits a proof. The browser keeps it, so that any node
// can go on with it: a handle and a number, neither of which lets anybody in. Whose
// login it is, the hub knows.
type pending struct {
	Handle    string `json:"h"`
	Challenge string `json:"c,omitempty"` // id; empty: none was asked for
	Question  string `json:"q,omitempty"`
	Sent      bool   `json:"s,omitempty"` // a code by text message is awaited
	To        string `json:"t,omitempty"` // where it went, masked
	Replace   string `json:"r,omitempty"` // the policy whose password has run out; empty: none has
	Renewed   bool   `json:"n,omitempty"` // a new one was stored within this login
}

// await keeps a login and asks for its next proof.
func (s *self) await(v *visit, p pending) error {
	p.keep(v)
	return v.to("/login/answer")
}

func (p pending) keep(v *visit) {
	b, _ := json.Marshal(p) //nolint:errchkjson // strings and flags
	v.kit.SetCookie(v.w, pendingCookie, base64.RawURLEncoding.EncodeToString(b), 0)
}

// pending returns the login that this browser is in; false for none.
func (v *visit) pending() (p pending, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(v.kit.Cookie(v.r, pendingCookie))
	if err != nil || json.Unmarshal(b, &p) != nil || p.Handle == "" {
		return pending{}, false
	}
	return p, true
}

// answer shows the number to be typed into the token, or asks for the next code of
// a longer login.
func (s *self) answer(v *visit) error {
	p, ok := v.pending()
	if !ok || p.Replace != "" {
		return v.to("/login")
	}
	return v.showAnswer(p)
}

func (v *visit) showAnswer(p pending) error {
	title := v.t.T("self.answer.title")
	switch {
	case p.Sent:
		title = v.t.T("self.answer.title_sent")
	case p.Question == "":
		title = v.t.T("self.answer.title_more")
	}
	return v.render("answer", title, ui.Narrow, p)
}

// submitAnswer takes the code that the token showed.
func (s *self) submitAnswer(v *visit) error {
	p, ok := v.pending()
	if !ok || p.Replace != "" {
		return s.startOver(v)
	}
	show := func() error { return v.showAnswer(p) }
	v.form.Require(v.t, "code", v.t.T("self.field.code"))
	if !v.form.OK() {
		return show()
	}
	o, err := s.Hub.Get(v.ctx(), gate(), p.Handle)
	if err == nil {
		o, err = s.Hub.Step(v.ctx(), gate(), p.Handle, hub.Proof{Code: v.form.Value("code"), Challenge: p.Challenge, Policy: next(o)})
	}
	switch kind := fault.KindOf(err); {
	case err != nil && (kind == fault.Conflict || kind == fault.NotFound):
		return s.startOver(v) // it took too long
	case err != nil:
		return v.again(err, show)
	case o.State == hub.Granted:
		return s.logIn(v, o.Handle)
	case o.Replace != "":
		return s.toReplace(v, o)
	case more(o):
		return s.await(v, pending{Handle: o.Handle, Renewed: p.Renewed})
	case o.State != hub.Open:
		return s.startOver(v)
	}
	return s.askAgain(v, p)
}

// askAgain says that the code was not right. A number is good for one answer, so
// the customer gets another one with it.
func (s *self) askAgain(v *visit, p pending) error {
	switch {
	case p.Sent:
		v.form.Fail("code", v.t.T("self.answer.refused_sent"))
		return v.showAnswer(p)
	case p.Challenge == "":
		v.form.Fail("code", v.t.T("self.login.refused"))
		return v.showAnswer(p)
	}
	p, err := s.ask(v, p.Handle)
	if err != nil {
		return v.again(err, func() error { return s.showLogin(v) })
	}
	p.keep(v)
	v.form.Fail("code", v.t.T("self.answer.refused"))
	return v.showAnswer(p)
}

// startOver leads back to the beginning of the login.
func (s *self) startOver(v *visit) error {
	v.kit.DropCookie(v.w, pendingCookie)
	return v.done("/login", ui.Info, "self.flash.again")
}
