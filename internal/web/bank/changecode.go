package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// changeCode asks for the code that was sent to the registered phone, before a change.
func (b *bank) changeCode(w http.ResponseWriter, r *http.Request, s session) error {
	if s.Change.Auth == "" {
		b.to(w, r, "/security")
		return nil
	}
	return b.kit.Render(w, r, b.changeCodePage(r, s, ui.NewForm(nil)))
}

func (b *bank) changeCodePage(r *http.Request, s session, f *ui.Form) ui.Page {
	return ui.Page{Name: "change-code", Title: b.kit.Locale(r).T("bank.text.title"), Form: f, Width: ui.Narrow, Data: b.textData("/security/code", s.Change.Asked)}
}

// submitChangeCode takes the code; then the change is made, or goes on with the new number.
func (b *bank) submitChangeCode(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case s.Change.Auth == "":
		return b.changeOver(w, r)
	}
	t, page := b.kit.Locale(r), b.changeCodePage(r, s, f)
	f.Require(t, "code", t.T("bank.field.text_code"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.prove(r.Context(), s.Change.Auth, proof{Policy: textPolicy, Code: f.Value("code"), Challenge: s.Change.Asked.ID})
	switch {
	case late(err):
		return b.changeOver(w, r)
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.State == stateDenied:
		return b.stopped(w, r, a.Risk)
	case a.granted() && s.Change.Sealed != nil:
		return b.finishPassword(w, r, s, s.Change)
	case a.granted() && s.Change.More:
		return b.seeMore(w, r)
	case a.granted() && s.Change.SIM != "":
		return b.finishSIM(w, r, s, s.Change)
	case a.granted():
		return b.sendPhone(w, r, s.Change)
	case a.State != stateOpen:
		return b.changeOver(w, r)
	}
	f.Fail("code", t.T("bank.text.refused"))
	return b.kit.Render(w, r, page)
}

// changeAgain has another code sent to the registered phone.
func (b *bank) changeAgain(w http.ResponseWriter, r *http.Request, s session) error {
	if s.Change.Auth == "" {
		return b.changeOver(w, r)
	}
	next, err := b.api.challenge(r.Context(), s.Change.Auth, textPolicy, source(r))
	switch {
	case late(err):
		return b.changeOver(w, r)
	case err != nil:
		return b.refuse(w, r, b.changeCodePage(r, s, ui.NewForm(nil)), err)
	}
	b.sessions.change(b.kit.Cookie(r, sessionCookie), func(s *session) { s.Change.Asked = next })
	b.sayCode(w, s.Change.Asked, next)
	b.to(w, r, "/security/code")
	return nil
}

// changeOver says that a change took too long.
func (b *bank) changeOver(w http.ResponseWriter, r *http.Request) error {
	b.sessions.change(b.kit.Cookie(r, sessionCookie), func(s *session) { s.Change = change{} })
	b.kit.Flash(w, ui.Info, "bank.flash.again")
	b.to(w, r, "/security")
	return nil
}
