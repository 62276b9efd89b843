package bank

import (
	"math"
	"net"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// textData is what a page says about a code that was sent by text message.
type textData struct {
	Action  string // where the code goes; another one is asked for below it
	Asked   bool   // a code was asked for
	SentTo  string // masked; "" when nothing was sent
	Wait    int    // seconds until another one can be asked for
	Last    bool   // no other one can be asked for
	Expires time.Time
	Up      bool // it is asked for because of the risk
}

func (b *bank) textData(action string, c challenge) textData {
	d := textData{Action: action, Asked: c.ID != "", SentTo: c.SentTo, Expires: c.Expires, Last: c.ID != "" && c.Again.IsZero()}
	if wait := c.Again.Sub(b.now()); wait > 0 && d.Asked {
		d.Wait = int(math.Ceil(wait.Seconds()))
	}
	return d
}

// texted reports whether a code by text message is awaited.
func (v visit) texted() bool { return v.Login != "" && v.Policy == textPolicy }

// loginCode asks for the code that was sent (F-6.2.8).
func (b *bank) loginCode(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if !v.texted() {
		b.to(w, r, "/login/password")
		return nil
	}
	return b.kit.Render(w, r, b.codeTextPage(r, v, ui.NewForm(nil)))
}

func (b *bank) codeTextPage(r *http.Request, v visit, f *ui.Form) ui.Page {
	d := b.textData("/login/code", v.Challenge)
	d.Up = v.Up
	return ui.Page{Name: "login-code", Title: b.kit.Locale(r).T("bank.text.title"), Form: f, Width: ui.Narrow, Data: d}
}

// submitLoginCode takes the code (F-6.2.9–10, F-6.2.12).
func (b *bank) submitLoginCode(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case !v.texted():
		return b.startOverWith(w, r, "/login/password")
	}
	t, page := b.kit.Locale(r), b.codeTextPage(r, v, f)
	f.Require(t, "code", t.T("bank.field.text_code"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.prove(r.Context(), v.Login, proof{Policy: v.Policy, Code: f.Value("code"), Challenge: v.Challenge.ID})
	switch {
	case late(err):
		return b.startOverWith(w, r, "/login/password")
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.granted():
		return b.logIn(w, r, v.Customer, a)
	case a.State == stateDenied:
		return b.denied(w, r, a)
	case a.more():
		return b.nextProof(w, r, page, visit{Customer: v.Customer, Login: a.Handle}, a)
	case a.State != stateOpen:
		return b.startOverWith(w, r, "/login/password")
	}
	f.Fail("code", t.T("bank.text.refused"))
	return b.kit.Render(w, r, page)
}

// late reports that an authentication has ended, or was never there.
func late(err error) bool {
	kind := fault.KindOf(err)
	return err != nil && (kind == fault.Conflict || kind == fault.NotFound)
}

// anotherCode has another code sent (F-6.2.7).
func (b *bank) anotherCode(w http.ResponseWriter, r *http.Request) error {
	v := b.visit(r)
	if !v.texted() {
		return b.startOverWith(w, r, "/login/password")
	}
	next, err := b.api.challenge(r.Context(), v.Login, v.Policy, source(r))
	switch {
	case late(err):
		return b.startOverWith(w, r, "/login/password")
	case err != nil:
		return b.refuse(w, r, b.codeTextPage(r, v, ui.NewForm(nil)), err)
	}
	b.visits.change(b.kit.Cookie(r, visitCookie), func(old *visit) { old.Challenge = next })
	b.sayCode(w, v.Challenge, next)
	b.to(w, r, "/login/code")
	return nil
}

// sayCode says whether another code was sent: one that was asked for too early is still
// the one before.
func (b *bank) sayCode(w http.ResponseWriter, before, now challenge) {
	switch {
	case now.SentTo == "":
	case before.ID == now.ID:
		b.kit.Flash(w, ui.Info, "bank.flash.text_same")
	default:
		b.kit.Flash(w, ui.Good, "bank.flash.text_sent")
	}
}

// startOverWith leads back to the beginning of a way to log in.
func (b *bank) startOverWith(w http.ResponseWriter, r *http.Request, path string) error {
	b.visits.change(b.kit.Cookie(r, visitCookie), func(v *visit) { v.Login, v.Policy, v.Challenge = "", "", challenge{} })
	b.kit.Flash(w, ui.Info, "bank.flash.again")
	b.to(w, r, path)
	return nil
}

// source is the customer's address, as this server sees it; "" when it has none.
func source(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}
