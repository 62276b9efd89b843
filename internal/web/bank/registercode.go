package bank

import (
	"net/http"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// over reports whether the API says that a registration is no more.
func over(err error) bool { return err != nil && fault.KindOf(err) == fault.NotFound }

// registerCode is step 3: the first secure code (F-4.1.8).
func (b *bank) registerCode(w http.ResponseWriter, r *http.Request) error {
	reg, going, err := b.current(w, r)
	if err != nil || !going {
		return err
	}
	if reg.State != stateReserved || reg.Token == nil {
		b.toStep(w, r, &reg)
		return nil
	}
	return b.kit.Render(w, r, b.codePage(r, ui.NewForm(nil), reg.Token))
}

// codeData says how the token in the customer's hand is used.
type codeData struct {
	registeredToken

	Picture string // which drawing fits
}

func (b *bank) codePage(r *http.Request, f *ui.Form, k *registeredToken) ui.Page {
	return ui.Page{Name: "register-code", Title: b.kit.Locale(r).T("bank.code.title"), Form: f, Data: codeData{*k, picture(k)}}
}

// submitCode takes the secure code, and the PIN where one is to be chosen
// (F-4.1.9–11).
func (b *bank) submitCode(w http.ResponseWriter, r *http.Request) error {
	reg, going, err := b.current(w, r)
	if err != nil || !going {
		return err
	}
	if reg.State != stateReserved || reg.Token == nil {
		b.toStep(w, r, &reg)
		return nil
	}
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.codePage(r, f, reg.Token)
	f.Require(t, "code", t.T("bank.field.code"))
	pin := ""
	if reg.Token.ChoosePIN {
		pin = choosePIN(f, t)
	}
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	return b.confirm(w, r, page, reg.Handle, pin)
}

// choosePIN reads the PIN, which is asked for twice. Whether it is a good one is for the
// API to say.
func choosePIN(f *ui.Form, t *ui.Locale) string {
	f.Require(t, "pin", t.T("bank.field.pin"))
	if f.OK() && f.Value("pin") != f.Value("pin_again") {
		f.Fail("pin_again", t.T("bank.code.pins_differ"))
	}
	return f.Value("pin")
}

func (b *bank) confirm(w http.ResponseWriter, r *http.Request, page ui.Page, handle, pin string) error {
	f := page.Form
	reg, err := b.api.confirmRegistration(r.Context(), handle, f.Value("code"), pin)
	switch {
	case over(err):
		b.toStep(w, r, &registration{})
		return nil
	case err != nil:
		return b.refuse(w, r, page, err)
	case reg.State == stateDone:
		b.registered(r)
		b.toStep(w, r, &reg)
		return nil
	case reg.State != stateReserved || reg.Token == nil:
		b.toStep(w, r, &reg)
		return nil
	}
	page.Data = codeData{*reg.Token, picture(reg.Token)} // it may ask for another number now
	f.Fail("code", b.kit.Locale(r).T("bank.code.refused"))
	return b.kit.Render(w, r, page)
}

// registered ends the sessions that the customer had: a new token or password is a change
// of credentials (SCA-74).
func (b *bank) registered(r *http.Request) {
	b.loggedOut(b.visit(r).Customer)
}

// registerDone is step 4. The visit stays, so that the page can be reloaded and
// the login knows the customer ID.
func (b *bank) registerDone(w http.ResponseWriter, r *http.Request) error {
	reg, going, err := b.current(w, r)
	if err != nil || !going {
		return err
	}
	if reg.State != stateDone {
		b.toStep(w, r, &reg)
		return nil
	}
	title := "bank.done.title"
	if len(reg.Steps) > 0 {
		title = "bank.done.title_password"
	}
	return b.kit.Render(w, r, ui.Page{Name: "register-done", Title: b.kit.Locale(r).T(title), Form: b.knownForm(r), Width: ui.Narrow, Data: reg})
}

// picture chooses the drawing for a model of the bank's make: those with one
// button, whose codes begin with b, or those with a keypad.
func picture(k *registeredToken) string {
	if k.ChoosePIN || k.PINTyped || strings.HasPrefix(k.Model, "b1") {
		return "fob"
	}
	return "pad"
}
