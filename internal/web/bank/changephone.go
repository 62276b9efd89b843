package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// changePhone asks for a new phone number, and for the password.
func (b *bank) changePhone(w http.ResponseWriter, r *http.Request, _ session) error {
	return b.kit.Render(w, r, b.changePhonePage(r, ui.NewForm(nil)))
}

func (b *bank) changePhonePage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "change-phone", Title: b.kit.Locale(r).T("bank.phone.title"), Form: f}
}

// submitChangePhone shows the password and has a code sent to the old number: another
// phone needs two factors.
func (b *bank) submitChangePhone(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.changePhonePage(r, f)
	f.Require(t, "number", t.T("bank.field.phone"))
	needs(f, t, "password", t.T("bank.field.password"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	c, ok, err := b.freshProof(w, r, s, actPhone, page)
	if err != nil || !ok {
		return err
	}
	c.Number = f.Value("number")
	b.await(w, r, c)
	return nil
}

// sendPhone has a code sent to the new number, now that both factors were shown.
func (b *bank) sendPhone(w http.ResponseWriter, r *http.Request, c change) error {
	f := ui.NewForm(nil)
	f.Set("number", c.Number)
	got, err := b.api.changePhone(r.Context(), c.Auth, c.Number, source(r))
	if err != nil {
		b.sessions.change(b.kit.Cookie(r, sessionCookie), func(s *session) { s.Change = change{} })
		return b.refuse(w, r, b.changePhonePage(r, f), err)
	}
	b.sessions.change(b.kit.Cookie(r, sessionCookie), func(s *session) { s.Change.Phone, s.Change.New = got.Phone, got.Challenge })
	b.to(w, r, "/security/phone/code")
	return nil
}

// phoneCode asks for the code that came to the new number.
func (b *bank) phoneCode(w http.ResponseWriter, r *http.Request, s session) error {
	if s.Change.Phone.ID == "" {
		b.to(w, r, "/security")
		return nil
	}
	return b.kit.Render(w, r, b.phoneCodePage(r, s, ui.NewForm(nil)))
}

func (b *bank) phoneCodePage(r *http.Request, s session, f *ui.Form) ui.Page {
	return ui.Page{Name: "change-phone-code", Title: b.kit.Locale(r).T("bank.phone.title_code"), Form: f, Width: ui.Narrow, Data: b.textData("/security/phone/code", s.Change.New)}
}

// submitPhoneCode takes the code that came to the new number. The old one is told by
// Countersign; until a hold is over codes go there.
func (b *bank) submitPhoneCode(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case s.Change.Phone.ID == "":
		return b.changeOver(w, r)
	}
	t, page := b.kit.Locale(r), b.phoneCodePage(r, s, f)
	f.Require(t, "code", t.T("bank.field.text_code"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	got, err := b.api.confirmPhone(r.Context(), s.Change.Auth, s.Change.Phone.ID, f.Value("code"))
	switch {
	case late(err):
		return b.changeOver(w, r)
	case err != nil:
		return b.refuse(w, r, page, err)
	case !got.Accepted:
		f.Fail("code", t.T("bank.text.refused"))
		return b.kit.Render(w, r, page)
	}
	b.changed(r, s, s.Change)
	b.sessions.change(b.kit.Cookie(r, sessionCookie), func(s *session) { s.Change = change{} })
	if got.Phone.State == phoneActive {
		b.kit.Flash(w, ui.Good, "bank.flash.phone_changed", "number", got.Phone.Number)
	} else {
		b.kit.Flash(w, ui.Info, "bank.flash.phone_held", "number", got.Phone.Number)
	}
	b.to(w, r, "/security")
	return nil
}
