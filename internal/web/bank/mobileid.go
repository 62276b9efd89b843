package bank

import (
	"net/http"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

const wayMobileID way = "mobile-id"

const mobileIDLogin = "/login/mobile-id"

// loginMobileID asks for the phone number or the customer ID of who has a mobile ID (F-3.5).
func (b *bank) loginMobileID(w http.ResponseWriter, r *http.Request) error {
	if err := b.marked(w, r); err != nil {
		return err
	}
	return b.kit.Render(w, r, b.mobileIDPage(r, b.knownForm(r)))
}

func (b *bank) mobileIDPage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "login-mobile-id", Title: b.kit.Locale(r).T("bank.login.title"), Form: f, Data: loginData{way: wayMobileID, page: opener{b, r}}}
}

// submitMobileID begins a login by the SIM of the customer's phone.
func (b *bank) submitMobileID(w http.ResponseWriter, r *http.Request) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.mobileIDPage(r, f)
	f.Require(t, "customer_number", t.T("bank.field.phone_or_customer"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	v := visit{Customer: f.Value("customer_number"), Policy: mobileIDPolicy}
	a, err := b.api.authenticate(r.Context(), b.fromPage(r, f), v.Customer, loginPurpose, nil)
	switch {
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.State == stateDenied:
		return b.denied(w, r, a)
	}
	v.Login = a.Handle
	return b.askSIM(w, r, page, v, f.Value("spam_code"))
}

// askSIM asks the customer's SIM, and leads to the page that waits for its signature.
func (b *bank) askSIM(w http.ResponseWriter, r *http.Request, page ui.Page, v visit, spam string) (err error) {
	v.Policy = mobileIDPolicy
	if v.Challenge, err = b.api.challengeSIM(r.Context(), v.Login, v.Policy, source(r), spam); err != nil {
		return b.refuse(w, r, page, err)
	}
	return b.goOn(w, r, v, mobileIDLogin+"/wait")
}

// waitMobileID waits for the signature (F-3.6).
func (b *bank) waitMobileID(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if v.Login == "" || v.Policy != mobileIDPolicy {
		b.to(w, r, mobileIDLogin)
		return nil
	}
	d := waitData{Control: v.Challenge.Control, Expires: v.Challenge.Expires, State: "/login/wait/state", Back: mobileIDLogin}
	page := ui.Page{Name: "login-sim", Title: b.kit.Locale(r).T("bank.mobile_id.wait"), Form: ui.NewForm(nil), Width: ui.Narrow, Data: d}
	return b.awaitLogin(w, r, v, page, waitTexts{"bank.mobile_id.lapsed.login", mobileIDLogin})
}
