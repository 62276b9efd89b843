package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// newPassword is a form with a new password, and what is wrong with it.
type newPassword struct {
	Action   string
	Mistakes []string // all of them, in the reader's language
}

// choosePassword reads a new password, which is asked for twice. Whether it is a good one is
// for the API to say.
func choosePassword(f *ui.Form, t *ui.Locale) string {
	needs(f, t, "new_password", t.T("bank.field.new_password"))
	if f.OK() && f.Raw("new_password") != f.Raw("new_password_again") {
		f.Fail("new_password_again", t.T("bank.choose.differ"))
	}
	return f.Raw("new_password")
}

// tellMistakes says beside the new password all that is wrong with it.
func tellMistakes(f *ui.Form, t *ui.Locale, all []mistake) (texts []string) {
	for _, m := range all {
		texts = append(texts, m.in(t))
	}
	f.Fail("new_password", t.T("bank.choose.mistakes"))
	return texts
}

// in puts a mistake into words.
func (m mistake) in(t *ui.Locale) string {
	if key := "bank.mistake." + m.Code; t.Has(key) {
		return t.T(key)
	}
	return m.Text
}

// knowing reports whether a password is awaited.
func (v visit) knowing() bool { return v.Login != "" && v.Policy == passwordPolicy }

// renewing reports whether a password that has expired is to be replaced.
func (v visit) renewing() bool { return v.knowing() && v.Renew }

// renew says that the password has expired and asks for a new one (F-6.6.7–8).
func (b *bank) renew(w http.ResponseWriter, r *http.Request) error {
	if !b.visit(r).renewing() {
		b.to(w, r, "/login/password")
		return nil
	}
	return b.kit.Render(w, r, b.renewPage(r, ui.NewForm(nil)))
}

func (b *bank) renewPage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "login-renew", Title: b.kit.Locale(r).T("bank.renew.title"), Form: f, Data: newPassword{Action: "/login/renew"}}
}

// submitRenew stores the new password (F-6.6.9).
func (b *bank) submitRenew(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case !v.renewing():
		return b.startOverWith(w, r, "/login/password")
	}
	t, page := b.kit.Locale(r), b.renewPage(r, f)
	secret := choosePassword(f, t)
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.replacePassword(r.Context(), v.Login, secret)
	switch {
	case late(err):
		return b.startOverWith(w, r, "/login/password")
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.Replaced:
		b.loggedOut(v.Customer)
		b.kit.Flash(w, ui.Good, "bank.flash.password_new")
		b.to(w, r, "/login/again")
		return nil
	}
	page.Data = newPassword{"/login/renew", tellMistakes(f, t, a.Mistakes)}
	return b.kit.Render(w, r, page)
}

// loggedOut ends all sessions of a customer whose credentials have changed (SCA-74).
func (b *bank) loggedOut(number string) {
	number = canonical(number)
	b.sessions.dropAll("", func(s session) bool { return canonical(s.Customer) == number })
}

// again asks for the new password once more (F-6.6.10), or for the password of somebody who
// has shown something else.
func (b *bank) again(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if !v.knowing() {
		b.to(w, r, "/login/password")
		return nil
	}
	return b.kit.Render(w, r, b.againPage(r, v, ui.NewForm(nil)))
}

func (b *bank) againPage(r *http.Request, v visit, f *ui.Form) ui.Page {
	title := "bank.again.title_more"
	if v.Renew {
		title = "bank.again.title"
	}
	return ui.Page{Name: "login-again", Title: b.kit.Locale(r).T(title), Form: f, Width: ui.Narrow, Data: v.Renew}
}

// submitAgain has the new password validated, and goes on as any login (F-6.6.11–12).
func (b *bank) submitAgain(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case !v.knowing():
		return b.startOverWith(w, r, "/login/password")
	}
	t, page := b.kit.Locale(r), b.againPage(r, v, f)
	needs(f, t, "password", t.T("bank.field.password"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.prove(r.Context(), v.Login, proof{Policy: passwordPolicy, Code: f.Raw("password")})
	switch {
	case late(err):
		return b.startOverWith(w, r, "/login/password")
	case err != nil:
		return b.refuse(w, r, page, err)
	}
	return b.afterPassword(w, r, page, v, a)
}
