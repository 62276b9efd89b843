package bank

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// change is a change of credentials that a customer who is logged in has begun: it waits
// for the second factor, or for the code to a new number.
type change struct {
	Auth    string    // the fresh proof; "" when nothing waits
	Event   string    // that the risk engine knows the change by; "" when it could not answer
	Asked   challenge // the code to the phone that is registered
	Expires time.Time // of the fresh proof
	Sealed  []byte    // current and new password; nil: the change is of the number
	More    bool      // nothing is changed: the customer wants to see more than a look
	Number  string    // the new number, as typed
	Phone   handset   // the new phone, once a code was sent to it
	New     challenge // that code
	SIM     string    // the phone number whose SIM is to make keys, as typed; "" for another change
}

// secrets are the passwords of a change, in the order of the form.
type secrets struct{ Current, New string }

// freshProof shows the password as the first factor of a fresh proof, has the change judged
// (F-6.4.1), and has a code sent for the second factor. It returns no change after it has
// drawn the page, or an error, itself. An engine that cannot answer makes nothing easier:
// both factors are always needed.
func (b *bank) freshProof(w http.ResponseWriter, r *http.Request, s session, act string, page ui.Page) (c change, ok bool, err error) {
	t := b.kit.Locale(r)
	a, err := b.api.authenticate(r.Context(), b.from(r, ""), s.Customer, freshPurpose, &proof{Policy: passwordPolicy, Code: page.Form.Raw("password")})
	switch {
	case err != nil:
		return c, false, b.refuse(w, r, page, err)
	case a.Replace != "":
		page.Form.Fail("password", t.T("bank.change.expired"))
		return c, false, b.kit.Render(w, r, page)
	case a.State == stateDenied:
		return c, false, b.stopped(w, r, a.Risk)
	case !a.more() || !slices.Contains(a.Policies, textPolicy):
		page.Form.Fail("password", t.T("bank.change.refused"))
		return c, false, b.kit.Render(w, r, page)
	}
	judged, err := b.api.judgeAction(r.Context(), b.from(r, ""), s.Customer, act)
	switch {
	case err != nil:
		return c, false, b.refuse(w, r, page, err)
	case judged.blocked():
		return c, false, b.stopped(w, r, judged)
	}
	c = change{Auth: a.Handle, Event: judged.Event, Expires: a.Expires}
	if c.Asked, err = b.api.challenge(r.Context(), a.Handle, textPolicy, source(r)); err != nil {
		return c, false, b.refuse(w, r, page, err)
	}
	return c, true, nil
}

// await keeps a change until its code comes.
func (b *bank) await(w http.ResponseWriter, r *http.Request, c change) {
	b.sessions.change(b.kit.Cookie(r, sessionCookie), func(s *session) { s.Change = c })
	b.to(w, r, "/security/code")
}

// changed tells the risk engine that a change was made, so that what follows soon is looked
// at more closely. Nothing is decided by it any more, so its failure is logged.
func (b *bank) changed(r *http.Request, s session, c change) {
	if c.Event == "" {
		return
	}
	if err := b.api.endAction(r.Context(), s.Customer, c.Event); err != nil {
		b.log.LogAttrs(r.Context(), slog.LevelWarn, "the risk engine was not told of a change",
			slog.String("request_id", ui.RequestID(r.Context())), slog.String("event", c.Event), slog.String("error", err.Error()))
	}
}

// stopped says that a change is not made now.
func (b *bank) stopped(w http.ResponseWriter, r *http.Request, v verdict) error {
	b.sessions.change(b.kit.Cookie(r, sessionCookie), func(s *session) { s.Change = change{} })
	if ref := v.reference(); ref != "" {
		b.kit.Flash(w, ui.Warn, "bank.flash.change_stopped_ref", "reference", ref)
	} else {
		b.kit.Flash(w, ui.Warn, "bank.flash.change_stopped")
	}
	b.to(w, r, "/security")
	return nil
}

// changePassword asks for the current password and the new one (F-6.4.1).
func (b *bank) changePassword(w http.ResponseWriter, r *http.Request, _ session) error {
	return b.kit.Render(w, r, b.changePage(r, ui.NewForm(nil)))
}

func (b *bank) changePage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "change-password", Title: b.kit.Locale(r).T("bank.change.title"), Form: f, Data: newPassword{Action: "/security/password"}}
}

// submitChangePassword judges the new password, shows the current one, and asks for the
// second factor. Until that was shown both are kept sealed.
func (b *bank) submitChangePassword(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.changePage(r, f)
	needs(f, t, "password", t.T("bank.field.current_password"))
	x := secrets{f.Raw("password"), choosePassword(f, t)}
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	j, err := b.api.judgePassword(r.Context(), x.New, s.Customer, s.Name)
	switch {
	case err != nil:
		return b.refuse(w, r, page, err)
	case !j.Fit:
		page.Data = newPassword{"/security/password", tellMistakes(f, t, j.Mistakes)}
		return b.kit.Render(w, r, page)
	}
	c, ok, err := b.freshProof(w, r, s, actPassword, page)
	if err != nil || !ok {
		return err
	}
	text, err := json.Marshal(x)
	if err != nil {
		return err
	}
	if c.Sealed, err = b.seal(b.kit.Cookie(r, sessionCookie), string(text)); err != nil {
		return err
	}
	b.await(w, r, c)
	return nil
}

// finishPassword makes the change once both factors were shown (F-6.4.2).
func (b *bank) finishPassword(w http.ResponseWriter, r *http.Request, s session, c change) error {
	name := b.kit.Cookie(r, sessionCookie)
	b.sessions.change(name, func(s *session) { s.Change = change{} })
	text, err := unseal(name, c.Sealed)
	if err != nil {
		return err
	}
	var x secrets
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		return err
	}
	f := ui.NewForm(nil)
	page := b.changePage(r, f)
	got, err := b.api.changePassword(r.Context(), c.Auth, x.Current, x.New)
	switch {
	case err != nil:
		return b.refuse(w, r, page, err)
	case len(got.Mistakes) > 0:
		page.Data = newPassword{"/security/password", tellMistakes(f, b.kit.Locale(r), got.Mistakes)}
		return b.kit.Render(w, r, page)
	case !got.Changed:
		f.Fail("password", b.kit.Locale(r).T("bank.change.refused"))
		return b.kit.Render(w, r, page)
	}
	b.changed(r, s, c)
	b.sessions.dropAll(name, s.same)
	b.kit.Flash(w, ui.Good, "bank.flash.password_changed")
	b.to(w, r, "/security")
	return nil
}
