package bank

import (
	"encoding/json"
	"html/template"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

const wayMobile way = "mobile"

// refresh is how often a page that waits is fetched anew by a browser without the script.
const refresh = 4 * time.Second

// refreshText is the header of it.

// loginMobile asks for the customer ID of who has the app.
func (b *bank) loginMobile(w http.ResponseWriter, r *http.Request) error {
	if err := b.marked(w, r); err != nil {
		return err
	}
	return b.kit.Render(w, r, b.mobilePage(r, b.knownForm(r)))
}

func (b *bank) mobilePage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "login-mobile", Title: b.kit.Locale(r).T("bank.login.title"), Form: f, Data: loginData{way: wayMobile, page: opener{b, r}}}
}

// submitMobile begins a login by one of the app's ways: the phone is asked, it reads a
// picture, or a code of it is typed.
func (b *bank) submitMobile(policy string) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := ui.ReadForm(r)
		if err != nil {
			return err
		}
		t, page := b.kit.Locale(r), b.mobilePage(r, f)
		f.Require(t, "customer_number", t.T("bank.field.customer"))
		if !f.OK() {
			return b.kit.Render(w, r, page)
		}
		v := visit{Customer: f.Value("customer_number"), Policy: policy}
		a, err := b.api.authenticate(r.Context(), b.fromPage(r, f), v.Customer, loginPurpose, nil)
		switch {
		case err != nil:
			return b.refuse(w, r, page, err)
		case a.State == stateDenied:
			return b.denied(w, r, a)
		}
		v.Login = a.Handle
		return b.askPhone(w, r, page, v)
	}
}

// askPhone asks what the way of a login needs, and leads to its page.
func (b *bank) askPhone(w http.ResponseWriter, r *http.Request, page ui.Page, v visit) (err error) {
	if v.Policy == mobileCodePolicy {
		return b.awaitProof(w, r, v)
	}
	if v.Challenge, err = b.api.challenge(r.Context(), v.Login, v.Policy, source(r)); err != nil {
		return b.refuse(w, r, page, err)
	}
	if v.Policy == picturePolicy {
		return b.goOn(w, r, v, "/login/picture")
	}
	return b.goOn(w, r, v, "/login/wait")
}

// loginWait waits for the answer of the customer's phone. It is fetched anew until there is
// one, by the script as soon as it comes.
func (b *bank) loginWait(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if v.Login == "" || v.Policy != approvalPolicy {
		b.to(w, r, "/login/mobile")
		return nil
	}
	d := waitData{Control: v.Challenge.Control, Expires: v.Challenge.Expires, State: "/login/wait/state", Picture: "/login/wait/picture", Back: "/login/mobile"}
	page := ui.Page{Name: "login-wait", Title: b.kit.Locale(r).T("bank.wait.title"), Form: ui.NewForm(nil), Width: ui.Narrow, Data: d}
	return b.awaitLogin(w, r, v, page, waitTexts{"bank.wait.lapsed", "/login/mobile"})
}

// waitState answers the script of a page that waits, once something has happened or after a
// while.
func (b *bank) waitState(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	return b.sayState(w, r, v.Login)
}

func (b *bank) sayState(w http.ResponseWriter, r *http.Request, handle string) error {
	changed := true
	if handle != "" {
		a, err := b.api.standing(r.Context(), handle, maxWait)
		changed = err != nil || a.State != stateOpen || a.Prompt.State != promptPending
	}
	return b.sayChanged(w, changed)
}

func (b *bank) sayChanged(w http.ResponseWriter, changed bool) error {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(map[string]bool{"changed": changed})
}

// loginPictureInstead goes on with a picture: the phone has no signal.
func (b *bank) loginPictureInstead(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if v.Login == "" {
		return b.startOverWith(w, r, "/login/mobile")
	}
	v.Policy = picturePolicy
	return b.askPhone(w, r, b.mobilePage(r, ui.NewForm(nil)), v)
}

// declined says that the login was refused on the phone, or reported.
func (b *bank) declined(w http.ResponseWriter, r *http.Request, a authentication, back string) error {
	if how := a.ended(); how != "" {
		return b.goOn(w, r, visit{Ended: how, Back: back}, "/login/refused")
	}
	return b.denied(w, r, a)
}

// loginRefused is the page for it.
func (b *bank) loginRefused(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if v.Ended == "" {
		b.to(w, r, "/login/mobile")
		return nil
	}
	return b.kit.Render(w, r, ui.Page{Name: "refused", Title: b.kit.Locale(r).T("bank.refused.title." + v.Ended), Width: ui.Narrow, Data: refusedData{v.Ended, v.Back}})
}

// refusedData is the page of something that was refused on the phone.
type refusedData struct {
	Ended string
	Back  string
}

// pictureData is the page with a picture for the phone.
type pictureData struct {
	Picture template.HTML
	Expires time.Time
	Action  string
	Back    string
	Text    string // of the picture, for a phone without a camera; "" outside the demo
}

func (b *bank) pictureData(r *http.Request, c challenge) (d pictureData, err error) {
	if d.Expires = c.Expires; b.lab != "" {
		d.Text = c.Picture
	}
	d.Picture, err = ui.QR(c.Picture, b.kit.Locale(r).T("bank.picture.label"))
	return d, err
}

// loginPicture shows what the phone is to read, and asks for its answer.
func (b *bank) loginPicture(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if v.Login == "" || v.Policy != picturePolicy || v.Challenge.Picture == "" {
		b.to(w, r, "/login/mobile")
		return nil
	}
	page, err := b.picturePage(r, v, ui.NewForm(nil))
	if err != nil {
		return err
	}
	return b.kit.Render(w, r, page)
}

func (b *bank) picturePage(r *http.Request, v visit, f *ui.Form) (ui.Page, error) {
	d, err := b.pictureData(r, v.Challenge)
	d.Action, d.Back = "/login/picture", "/login/mobile"
	return ui.Page{Name: "login-picture", Title: b.kit.Locale(r).T("bank.picture.title"), Form: f, Data: d}, err
}

// submitPicture takes the answer that the phone showed.
func (b *bank) submitPicture(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case v.Login == "" || v.Policy != picturePolicy:
		return b.startOverWith(w, r, "/login/mobile")
	}
	page, err := b.picturePage(r, v, f)
	if err != nil {
		return err
	}
	t := b.kit.Locale(r)
	f.Require(t, "code", t.T("bank.field.answer"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.prove(r.Context(), v.Login, proof{Policy: v.Policy, Code: f.Value("code")})
	switch {
	case late(err):
		return b.startOverWith(w, r, "/login/mobile")
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.granted():
		return b.logIn(w, r, v.Customer, a)
	case a.State == stateDenied:
		return b.declined(w, r, a, "/login/mobile")
	case a.more():
		return b.nextProof(w, r, page, visit{Customer: v.Customer, Login: a.Handle}, a)
	case a.State != stateOpen:
		return b.startOverWith(w, r, "/login/mobile")
	}
	f.Fail("code", t.T("bank.picture.refused"))
	return b.kit.Render(w, r, page)
}
