package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// awaiting asks how far the registration of this browser is, and leads elsewhere unless its
// awaited step is of the password, or else of the phone.
func (b *bank) awaiting(w http.ResponseWriter, r *http.Request, password bool) (registration, bool, error) {
	reg, going, err := b.current(w, r)
	if err != nil || !going {
		return reg, false, err
	}
	if next := reg.awaited(); next.Method == "" || reg.over() || (next.Method == passwordMethod) != password {
		b.toStep(w, r, &reg)
		return reg, false, nil
	}
	return reg, true, nil
}

// choose is step 2 of who registers a password: the password (F-6.1.4).
func (b *bank) choose(w http.ResponseWriter, r *http.Request) error {
	if _, going, err := b.awaiting(w, r, true); err != nil || !going {
		return err
	}
	return b.kit.Render(w, r, b.choosePage(r, ui.NewForm(nil)))
}

func (b *bank) choosePage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "register-choose", Title: b.kit.Locale(r).T("bank.choose.title"), Form: f, Data: newPassword{Action: "/register/choose"}}
}

// submitChoose takes the password (F-6.1.5), and has the code sent when the phone is next
// (F-6.1.6).
func (b *bank) submitChoose(w http.ResponseWriter, r *http.Request) error {
	reg, going, err := b.awaiting(w, r, true)
	if err != nil || !going {
		return err
	}
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.choosePage(r, f)
	secret := choosePassword(f, t)
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	next, err := b.api.giveStep(r.Context(), reg.Handle, reg.awaited().Policy, secret)
	switch {
	case late(err):
		b.toStep(w, r, &registration{})
		return nil
	case err != nil:
		return b.refuse(w, r, page, err)
	case len(next.Mistakes) > 0:
		page.Data = newPassword{"/register/choose", tellMistakes(f, t, next.Mistakes)}
		return b.kit.Render(w, r, page)
	case next.awaited().Policy == textPolicy:
		return b.sendRegister(w, r, page, next)
	}
	b.toStep(w, r, &next)
	return nil
}

// sendRegister has the code of the awaited step sent, and leads to its page.
func (b *bank) sendRegister(w http.ResponseWriter, r *http.Request, page ui.Page, reg registration) error {
	ask, err := b.api.askStep(r.Context(), reg.Handle)
	switch {
	case late(err):
		b.toStep(w, r, &registration{})
		return nil
	case err != nil:
		return b.refuse(w, r, page, err)
	}
	before := b.visit(r).Challenge
	b.visits.change(b.kit.Cookie(r, visitCookie), func(v *visit) { v.Challenge = ask })
	if before.ID != "" {
		b.sayCode(w, before, ask)
	}
	b.toStep(w, r, &reg)
	return nil
}

// registerPhone is step 3: the code that came to the registered number (F-6.1.7). Who
// comes back later asks for it by a button: opening a page sends nothing.
func (b *bank) registerPhone(w http.ResponseWriter, r *http.Request) error {
	if _, going, err := b.awaiting(w, r, false); err != nil || !going {
		return err
	}
	return b.kit.Render(w, r, b.phonePage(r, ui.NewForm(nil)))
}

func (b *bank) phonePage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "register-phone", Title: b.kit.Locale(r).T("bank.text.title"), Form: f, Data: b.textData("/register/phone", b.visit(r).Challenge)}
}

// registerAgain has the code sent, or another one.
func (b *bank) registerAgain(w http.ResponseWriter, r *http.Request) error {
	reg, going, err := b.awaiting(w, r, false)
	if err != nil || !going {
		return err
	}
	return b.sendRegister(w, r, b.phonePage(r, ui.NewForm(nil)), reg)
}

// submitRegisterPhone takes the code, which completes the registration (F-6.1.8–11).
func (b *bank) submitRegisterPhone(w http.ResponseWriter, r *http.Request) error {
	reg, going, err := b.awaiting(w, r, false)
	if err != nil || !going {
		return err
	}
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.phonePage(r, f)
	f.Require(t, "code", t.T("bank.field.text_code"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	next, err := b.api.giveStep(r.Context(), reg.Handle, reg.awaited().Policy, f.Value("code"))
	switch {
	case late(err):
		b.toStep(w, r, &registration{})
		return nil
	case err != nil:
		return b.refuse(w, r, page, err)
	case next.State == stateDone:
		b.registered(r)
		b.toStep(w, r, &next)
		return nil
	case next.State != stateBegun || next.Accepted:
		b.toStep(w, r, &next)
		return nil
	}
	f.Fail("code", t.T("bank.text.refused"))
	return b.kit.Render(w, r, page)
}
