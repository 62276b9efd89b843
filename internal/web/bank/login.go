package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// index is the bank's home.
func (b *bank) index(w http.ResponseWriter, r *http.Request) error {
	if err := b.marked(w, r); err != nil {
		return err
	}
	_, in := b.sessions.peek(b.kit.Cookie(r, sessionCookie))
	return b.kit.Render(w, r, ui.Page{
		Name: "home", Title: b.kit.Locale(r).T("bank.home.window"), Form: ui.NewForm(nil),
		Data: loginData{wayToken, in, b.letters != nil, opener{b, r}},
	})
}

// login asks for customer ID and secure code (F-4.2.1–2). Who has just registered
// finds their customer ID filled in.
func (b *bank) login(w http.ResponseWriter, r *http.Request) error {
	if err := b.marked(w, r); err != nil {
		return err
	}
	return b.kit.Render(w, r, b.loginPage(r, b.knownForm(r)))
}

// knownForm is an empty form with the customer ID that was typed before.
func (b *bank) knownForm(r *http.Request) *ui.Form {
	f := ui.NewForm(nil)
	f.Set("customer_number", b.visit(r).Customer)
	return f
}

func (b *bank) loginPage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "login", Title: b.kit.Locale(r).T("bank.login.title"), Form: f, Data: loginData{way: wayToken, page: opener{b, r}}}
}

// way is how a customer logs in or registers.
type way string

const (
	wayToken    way = "token"
	wayPassword way = "password"
)

// loginData is what pages around the form of a login show.
type loginData struct {
	way

	In      bool
	Letters bool

	page opener
}

// Probe opens the visit that the page reports under; "" without the probe.
func (d loginData) Probe() string { return d.page.open() }

// Way is the chosen one, for the switch between them.
func (w way) Way() string { return string(w) }

// submitLogin takes customer ID and secure code (F-4.2.4–6).
func (b *bank) submitLogin(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.loginPage(r, f)
	f.Require(t, "customer_number", t.T("bank.field.customer"))
	f.Require(t, "code", t.T("bank.field.code"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	number := f.Value("customer_number")
	a, err := b.api.authenticate(r.Context(), b.fromPage(r, f), number, loginPurpose, &proof{Policy: securePolicy, Code: f.Value("code")})
	switch {
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.granted():
		return b.logIn(w, r, number, a)
	case a.State == stateDenied:
		return b.denied(w, r, a)
	case a.more():
		return b.nextProof(w, r, page, visit{Customer: number, Login: a.Handle}, a)
	}
	f.Fail("code", t.T("bank.login.refused"))
	return b.kit.Render(w, r, page)
}

// askNumber gives the customer a number to type into a token that asks for one.
func (b *bank) askNumber(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.loginPage(r, f)
	f.Require(t, "customer_number", t.T("bank.field.customer"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	v := visit{Customer: f.Value("customer_number"), Policy: securePolicy}
	a, err := b.api.authenticate(r.Context(), b.fromPage(r, f), v.Customer, loginPurpose, nil)
	switch {
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.State == stateDenied:
		return b.denied(w, r, a)
	}
	v.Login = a.Handle
	if v.Challenge, err = b.api.challenge(r.Context(), v.Login, v.Policy, source(r)); err != nil {
		return b.refuse(w, r, page, err)
	}
	return b.awaitProof(w, r, v)
}

// nextProof goes on with what a login asks for next, by its journey or because risk wants
// more.
func (b *bank) nextProof(w http.ResponseWriter, r *http.Request, page ui.Page, v visit, a authentication) (err error) {
	v.Policy, v.Challenge, v.Up = a.next(), challenge{}, a.Risk.up()
	switch v.Policy {
	case passwordPolicy:
		return b.goOn(w, r, v, "/login/again")
	case mobileCodePolicy:
		return b.awaitProof(w, r, v)
	case mobileIDPolicy:
		return b.askSIM(w, r, page, v, "")
	case approvalPolicy, picturePolicy:
		return b.askPhone(w, r, page, v)
	case textPolicy:
		if v.Challenge, err = b.api.challenge(r.Context(), v.Login, v.Policy, source(r)); err != nil { // F-6.2.7
			return b.refuse(w, r, page, err)
		}
		return b.goOn(w, r, v, "/login/code")
	}
	return b.awaitProof(w, r, v)
}

// awaitProof keeps an open authentication and asks for its next proof.
func (b *bank) awaitProof(w http.ResponseWriter, r *http.Request, v visit) error {
	if err := b.beginVisit(w, r, v); err != nil {
		return err
	}
	http.Redirect(w, r, "/login/answer", http.StatusSeeOther)
	return nil
}
