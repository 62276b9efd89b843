package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// loginPassword asks for customer ID and password (F-6.2.3–4).
func (b *bank) loginPassword(w http.ResponseWriter, r *http.Request) error {
	if err := b.marked(w, r); err != nil {
		return err
	}
	return b.kit.Render(w, r, b.passwordPage(r, b.knownForm(r)))
}

func (b *bank) passwordPage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "login-password", Title: b.kit.Locale(r).T("bank.login.title"), Form: f, Data: loginData{way: wayPassword, page: opener{b, r}}}
}

// submitPassword takes customer ID and password (F-6.2.5–6). Whatever is wrong reads the
// same.
func (b *bank) submitPassword(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.passwordPage(r, f)
	f.Require(t, "customer_number", t.T("bank.field.customer"))
	needs(f, t, "password", t.T("bank.field.password"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	v := visit{Customer: f.Value("customer_number")}
	a, err := b.api.authenticate(r.Context(), b.fromPage(r, f), v.Customer, loginPurpose, &proof{Policy: passwordPolicy, Code: f.Raw("password")})
	if err != nil {
		return b.refuse(w, r, page, err)
	}
	if v.Login = a.Handle; a.granted() { // the password alone did
		b.kit.Flash(w, ui.Info, "bank.flash.known")
	}
	return b.afterPassword(w, r, page, v, a)
}

// afterPassword goes on after a password, that of the login or the one that replaced it.
func (b *bank) afterPassword(w http.ResponseWriter, r *http.Request, page ui.Page, v visit, a authentication) error {
	switch {
	case a.granted():
		return b.logIn(w, r, v.Customer, a)
	case a.State == stateDenied:
		return b.denied(w, r, a)
	case a.Replace != "":
		v.Policy, v.Renew = a.Replace, true
		return b.goOn(w, r, v, "/login/renew")
	case !a.more():
		page.Form.Fail("password", b.kit.Locale(r).T("bank.password.refused"))
		return b.kit.Render(w, r, page)
	}
	v.Renew = false
	return b.nextProof(w, r, page, v, a)
}

// goOn keeps what the browser is in the middle of, and leads to its next page.
func (b *bank) goOn(w http.ResponseWriter, r *http.Request, v visit, path string) error {
	if err := b.beginVisit(w, r, v); err != nil {
		return err
	}
	b.to(w, r, path)
	return nil
}

// needs is Form.Require for a secret, in which blanks count.
func needs(f *ui.Form, t *ui.Locale, name, label string) {
	if f.Raw(name) == "" {
		f.Fail(name, t.T("ui.form.required", "field", label))
	}
}

// denied says that nobody is let in now, and what to do. What stopped it is not said.
func (b *bank) denied(w http.ResponseWriter, r *http.Request, a authentication) error {
	return b.goOn(w, r, visit{Reference: a.Risk.reference()}, "/login/denied")
}

func (b *bank) loginDenied(w http.ResponseWriter, r *http.Request) error {
	return b.kit.Render(w, r, ui.Page{Name: "denied", Title: b.kit.Locale(r).T("bank.denied.title"), Width: ui.Narrow, Data: b.visit(r).Reference})
}

// forgotten says what to do about a forgotten password (F-6.5): it cannot be found out.
func (b *bank) forgotten(w http.ResponseWriter, r *http.Request) error {
	return b.kit.Render(w, r, ui.Page{Name: "forgotten", Title: b.kit.Locale(r).T("bank.forgotten.title"), Width: ui.Narrow})
}
