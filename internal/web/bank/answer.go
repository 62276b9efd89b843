package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// answer shows the number to be typed into the token, or asks for the second code of a
// login that needs two.
func (b *bank) answer(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if v.Login == "" || v.texted() || v.knowing() {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return nil
	}
	return b.kit.Render(w, r, b.answerPage(r, v, ui.NewForm(nil)))
}

func (b *bank) answerPage(r *http.Request, v visit, f *ui.Form) ui.Page {
	t := b.kit.Locale(r)
	title := t.T("bank.answer.title")
	switch {
	case v.Policy == mobileCodePolicy:
		title = t.T("bank.answer.title_mobile")
	case v.Challenge.Question == "":
		title = t.T("bank.answer.title_more")
	}
	return ui.Page{Name: "answer", Title: title, Form: f, Width: ui.Narrow, Data: v}
}

// submitAnswer takes the code that the token showed.
func (b *bank) submitAnswer(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case v.Login == "":
		return b.startOver(w, r)
	}
	t := b.kit.Locale(r)
	f.Require(t, "code", t.T("bank.field.code"))
	if !f.OK() {
		return b.kit.Render(w, r, b.answerPage(r, v, f))
	}
	a, err := b.api.prove(r.Context(), v.Login, proof{Policy: v.Policy, Code: f.Value("code"), Challenge: v.Challenge.ID})
	switch {
	case late(err):
		return b.startOver(w, r) // it took too long
	case err != nil:
		return b.refuse(w, r, b.answerPage(r, v, f), err)
	case a.granted():
		return b.logIn(w, r, v.Customer, a)
	case a.State == stateDenied:
		return b.denied(w, r, a)
	case a.more():
		return b.nextProof(w, r, b.answerPage(r, v, f), visit{Customer: v.Customer, Login: a.Handle}, a)
	case a.State != stateOpen:
		return b.startOver(w, r)
	}
	return b.askAgain(w, r, v, f)
}

// askAgain says that the code was not right. A number is good for one answer, so
// the customer gets another one with it.
func (b *bank) askAgain(w http.ResponseWriter, r *http.Request, v visit, f *ui.Form) error {
	if v.Challenge.ID != "" {
		next, err := b.api.challenge(r.Context(), v.Login, v.Policy, source(r))
		if err != nil {
			return b.refuse(w, r, b.answerPage(r, v, f), err)
		}
		v.Challenge = next
		b.visits.change(b.kit.Cookie(r, visitCookie), func(old *visit) { old.Challenge = next })
		f.Fail("code", b.kit.Locale(r).T("bank.answer.refused"))
	} else {
		f.Fail("code", b.kit.Locale(r).T("bank.login.refused"))
	}
	return b.kit.Render(w, r, b.answerPage(r, v, f))
}

// startOver leads back to the beginning of the login.
func (b *bank) startOver(w http.ResponseWriter, r *http.Request) error {
	return b.startOverWith(w, r, "/login")
}
