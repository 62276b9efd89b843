package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// register is step 1: customer ID and activation code (F-4.1.2–3). Who is in the
// middle of a registration is offered to go on.
func (b *bank) register(w http.ResponseWriter, r *http.Request) error {
	return b.kit.Render(w, r, b.registerPage(r, ui.NewForm(nil), wayToken))
}

// registerPassword is step 1 for who registers a password and a phone (F-6.1.1–2).
func (b *bank) registerPassword(w http.ResponseWriter, r *http.Request) error {
	return b.kit.Render(w, r, b.registerPage(r, ui.NewForm(nil), wayPassword))
}

// registerData is what step 1 shows around its form.
type registerData struct {
	way

	Begun, Letters bool
}

func (b *bank) registerPage(r *http.Request, f *ui.Form, chosen way) ui.Page {
	title := "bank.register.title"
	if chosen == wayPassword {
		title = "bank.register.title_password"
	}
	return ui.Page{Name: "register", Title: b.kit.Locale(r).T(title), Form: f, Data: registerData{chosen, b.visit(r).Registration != "", b.letters != nil}}
}

// submitRegister takes customer ID and activation code of a token (F-4.1.4–5).
func (b *bank) submitRegister(w http.ResponseWriter, r *http.Request) error {
	return b.beginRegister(w, r, wayToken, securePolicy)
}

// submitRegisterPassword takes customer ID and activation code of a password (F-6.1.2–3).
func (b *bank) submitRegisterPassword(w http.ResponseWriter, r *http.Request) error {
	return b.beginRegister(w, r, wayPassword, passwordPolicy)
}

func (b *bank) beginRegister(w http.ResponseWriter, r *http.Request, chosen way, policy string) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.registerPage(r, f, chosen)
	f.Require(t, "customer_number", t.T("bank.field.customer"))
	f.Require(t, "activation_code", t.T("bank.field.activation"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	number := f.Value("customer_number")
	reg, err := b.api.beginRegistration(r.Context(), number, f.Value("activation_code"), policy)
	if err != nil {
		return b.refuse(w, r, page, err)
	}
	if !reg.Accepted || reg.over() {
		f.Fail("activation_code", t.T("bank.register.refused"))
		return b.kit.Render(w, r, page)
	}
	if err := b.beginVisit(w, r, visit{Customer: number, Registration: reg.Handle}); err != nil {
		return err
	}
	b.toStep(w, r, &reg)
	return nil
}

// toStep leads to the page of the step that a registration awaits.
func (b *bank) toStep(w http.ResponseWriter, r *http.Request, reg *registration) {
	path := "/register"
	switch reg.State {
	case stateBegun:
		path = "/register/token"
		if next := reg.awaited(); next.Method == passwordMethod {
			path = "/register/choose"
		} else if next.Method != "" {
			path = "/register/phone"
		}
	case stateReserved:
		path = "/register/code"
	case stateDone:
		path = "/register/done"
	default:
		b.endVisit(w, r)
		b.kit.Flash(w, ui.Info, "bank.flash.registration_over")
	}
	http.Redirect(w, r, path, http.StatusSeeOther)
}

// current asks how far the registration of this browser is. When there is none any more
// it leads to step 1 and returns false.
func (b *bank) current(w http.ResponseWriter, r *http.Request) (registration, bool, error) {
	v := b.visit(r)
	if v.Registration == "" {
		http.Redirect(w, r, "/register", http.StatusSeeOther)
		return registration{}, false, nil
	}
	reg, err := b.api.registration(r.Context(), v.Registration)
	if err != nil && fault.KindOf(err) == fault.NotFound {
		b.toStep(w, r, &registration{})
		return reg, false, nil
	}
	return reg, err == nil, err
}

// cancelRegister gives the registration up; the activation code stays valid.
func (b *bank) cancelRegister(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if v.Registration != "" {
		err := b.api.cancelRegistration(r.Context(), v.Registration)
		if kind := fault.KindOf(err); err != nil && kind != fault.NotFound && kind != fault.Conflict {
			return err
		}
	}
	b.endVisit(w, r)
	b.kit.Flash(w, ui.Info, "bank.flash.registration_given_up")
	http.Redirect(w, r, "/register", http.StatusSeeOther)
	return nil
}
