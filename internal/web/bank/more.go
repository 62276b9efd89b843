package bank

import (
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// lookDays is how far back a session by one factor sees (RTS, article 10(1)(b)).
const lookDays = 90

// hides reports whether a day is further back than the session may see.
func (s session) hides(day, now time.Time) bool {
	return s.Look && dayOf(day).Before(dayOf(now).AddDate(0, 0, -lookDays))
}

// more asks for the password, as the first of two factors, so that the customer sees more than
// the last 90 days. Whoever may see everything is led back.
func (b *bank) more(w http.ResponseWriter, r *http.Request, s session) error {
	if !s.Look {
		b.to(w, r, "/accounts/"+accountCurrent)
		return nil
	}
	return b.kit.Render(w, r, b.morePage(r, ui.NewForm(nil)))
}

func (b *bank) morePage(r *http.Request, f *ui.Form) ui.Page {
	return ui.Page{Name: "more", Title: b.kit.Locale(r).T("bank.more.title"), Form: f, Width: ui.Narrow}
}

// submitMore shows the password and has a code sent, as before a change.
func (b *bank) submitMore(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, page := b.kit.Locale(r), b.morePage(r, f)
	needs(f, t, "password", t.T("bank.field.password"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	c, ok, err := b.freshProof(w, r, s, actMore, page)
	if err != nil || !ok {
		return err
	}
	c.More = true
	b.await(w, r, c)
	return nil
}

// seeMore lifts the limit of the session, now that both factors were shown.
func (b *bank) seeMore(w http.ResponseWriter, r *http.Request) error {
	b.sessions.change(b.kit.Cookie(r, sessionCookie), func(s *session) { s.Change, s.Look = change{}, false })
	b.kit.Flash(w, ui.Good, "bank.flash.more")
	b.to(w, r, "/accounts/"+accountCurrent)
	return nil
}
