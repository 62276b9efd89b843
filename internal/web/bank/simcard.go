package bank

import (
	"net/http"
	"slices"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Ways to show, before a mobile ID is registered, that the customer is here: two factors of
// another method (F-3.1).
const (
	bySecure   = "token"
	byApp      = "app"
	byPassword = "password"
)

// simData is the page of the customer's mobile IDs.
type simData struct {
	All  []simView
	Ways []ui.Choice // by which the customer can show who they are
	By   string      // the one of the form; "" when there is none
}

type simView struct {
	mobileID

	Badge ui.Badge
	Href  string // of the page that waits; "" when nothing is awaited
}

// simCards lists the customer's mobile IDs, and offers to register one.
func (b *bank) simCards(w http.ResponseWriter, r *http.Request, s session) error {
	page, err := b.simPage(r, s, ui.NewForm(nil), r.URL.Query().Get("by"))
	if err != nil {
		return err
	}
	return b.kit.Render(w, r, page)
}

func (b *bank) simPage(r *http.Request, s session, f *ui.Form, by string) (ui.Page, error) {
	t := b.kit.Locale(r)
	d := simData{}
	all, err := b.api.mobileIDs(r.Context(), s.Customer)
	if err != nil {
		return ui.Page{}, err
	}
	ways, err := b.api.authenticators(r.Context(), s.Customer)
	for _, m := range all {
		if !m.over() {
			d.All = append(d.All, viewSIM(m, t))
		}
	}
	for _, x := range [...]struct{ policy, by string }{{securePolicy, bySecure}, {mobileCodePolicy, byApp}, {passwordPolicy, byPassword}} {
		if has(ways, x.policy) {
			d.Ways = append(d.Ways, ui.Choice{Value: x.by, Text: t.T("bank.mobile_id.by." + x.by)})
		}
	}
	if len(d.Ways) > 0 {
		d.By = d.Ways[0].Value
	}
	if slices.ContainsFunc(d.Ways, func(c ui.Choice) bool { return c.Value == by }) {
		d.By = by
	}
	return ui.Page{Name: "sim-cards", Title: t.T("bank.mobile_id.title"), Form: f, Data: d}, err
}

func viewSIM(m mobileID, t *ui.Locale) simView {
	v := simView{mobileID: m, Badge: ui.Badge{Tone: ui.Info, Text: t.T("bank.mobile_id.state.coming")}}
	switch m.State {
	case mobileIDActive:
		v.Badge = ui.Badge{Tone: ui.Good, Text: t.T("bank.mobile_id.state.active")}
	case mobileIDSuspended:
		v.Badge = ui.Badge{Tone: ui.Warn, Text: t.T("bank.mobile_id.state.suspended")}
	default:
		v.Href = "/security/mobile-id/" + m.ID
	}
	return v
}

// submitSIM takes the phone number, and shows who the customer is: by a code of theirs at once,
// or by password and a code by text message.
func (b *bank) submitSIM(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t := b.kit.Locale(r)
	page, err := b.simPage(r, s, f, f.Value("by"))
	if err != nil {
		return err
	}
	d := page.Data.(simData) //nolint:forcetypeassert // just made
	f.Require(t, "number", t.T("bank.field.sim_number"))
	if d.By == byPassword {
		needs(f, t, "password", t.T("bank.field.password"))
	} else {
		f.Require(t, "code", t.T("bank.field.code"))
	}
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	if d.By != byPassword {
		return b.proveSIM(w, r, s, page, d.By)
	}
	c, ok, err := b.freshProof(w, r, s, actDevice, page)
	if err != nil || !ok {
		return err
	}
	c.SIM = f.Value("number")
	b.await(w, r, c)
	return nil
}

// proveSIM shows a secure code that is two factors by itself, and registers.
func (b *bank) proveSIM(w http.ResponseWriter, r *http.Request, s session, page ui.Page, by string) error {
	f, t := page.Form, b.kit.Locale(r)
	policy := securePolicy
	if by == byApp {
		policy = mobileCodePolicy
	}
	judged, err := b.api.judgeAction(r.Context(), b.from(r, ""), s.Customer, actDevice)
	switch {
	case err != nil:
		return b.refuse(w, r, page, err)
	case judged.blocked():
		return b.stopped(w, r, judged)
	}
	a, err := b.api.authenticate(r.Context(), b.from(r, ""), s.Customer, freshPurpose, &proof{Policy: policy, Code: f.Value("code")})
	switch {
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.State == stateDenied:
		return b.stopped(w, r, a.Risk)
	case !a.granted():
		f.Fail("code", t.T("bank.mobile_id.refused"))
		return b.kit.Render(w, r, page)
	}
	return b.registerSIM(w, r, s, change{Auth: a.Handle, Event: judged.Event, SIM: f.Value("number")}, page)
}

// finishSIM registers once password and code were shown.
func (b *bank) finishSIM(w http.ResponseWriter, r *http.Request, s session, c change) error {
	b.sessions.change(b.kit.Cookie(r, sessionCookie), func(s *session) { s.Change = change{} })
	f := ui.NewForm(nil)
	f.Set("number", c.SIM)
	page, err := b.simPage(r, s, f, byPassword)
	if err != nil {
		return err
	}
	return b.registerSIM(w, r, s, c, page)
}

// registerSIM has the SIM make its keys, and leads to the page that waits for it (F-3.2).
func (b *bank) registerSIM(w http.ResponseWriter, r *http.Request, s session, c change, page ui.Page) error {
	m, err := b.api.registerMobileID(r.Context(), c.Auth, c.SIM)
	if err != nil {
		return b.refuse(w, r, page, err)
	}
	b.changed(r, s, c)
	b.to(w, r, "/security/mobile-id/"+m.ID)
	return nil
}

// simCard waits for a mobile ID that is coming: the customer chooses two PINs on their phone.
func (b *bank) simCard(w http.ResponseWriter, r *http.Request, s session) error {
	m, err := b.api.mobileID(r.Context(), s.Customer, r.PathValue("id"), 0)
	if err != nil {
		return err
	}
	t := b.kit.Locale(r)
	switch {
	case m.State == mobileIDActive:
		b.kit.Flash(w, ui.Good, "bank.flash.mobile_id", "number", m.Number)
		b.to(w, r, "/security/mobile-id")
		return nil
	case m.over():
		b.kit.Flash(w, ui.Warn, lapsedRegistration(t, m.Reason))
		b.to(w, r, "/security/mobile-id")
		return nil
	}
	return b.kit.Render(w, r, ui.Page{Name: "sim-wait", Title: t.T("bank.mobile_id.title_register"), Width: ui.Narrow, Again: refresh, Form: ui.NewForm(nil), Data: viewSIM(m, t)})
}

// lapsedRegistration is the text for why nothing came of a registration.
func lapsedRegistration(t *ui.Locale, reason string) string {
	if key := "bank.mobile_id.ended." + reason; reason != "" && t.Has(key) {
		return key
	}
	return "bank.mobile_id.ended.timed_out"
}

// simState answers the script of the page that waits: whether the mobile ID has moved on.
func (b *bank) simState(w http.ResponseWriter, r *http.Request, s session) error {
	m, err := b.api.mobileID(r.Context(), s.Customer, r.PathValue("id"), maxWait)
	return b.sayChanged(w, err != nil || !m.Coming() || m.State != r.URL.Query().Get("was"))
}

// Step says in a word what a mobile ID that is coming waits for.
func (v simView) Step() string {
	switch v.State {
	case "ordered", "asked", "generating", "certifying":
		return v.State
	}
	return "other"
}
