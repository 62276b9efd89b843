package bank

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// securityData is what the customer can check about their own security.
type securityData struct {
	Tokens    []tokenView
	Succeeded time.Time // the last secure code that was accepted; zero: none
	Refused   time.Time // the last one that was not; zero: none
	Password  bool      // the customer has one, and codes come by text message
	Phone     handset   // that codes go to; zero: none
	Next      handset   // that waits to take its place; zero: none
	Sessions  []sessionView
	Others    int // sessions besides this one
}

type tokenView struct {
	device

	Name, Picture string
	Badge         ui.Badge
	Used          time.Time // zero: never
}

type sessionView struct {
	Browser     string
	Began, Seen time.Time
	Self        bool
}

// security shows tokens, last logins and open sessions.
func (b *bank) security(w http.ResponseWriter, r *http.Request, s session) error {
	devices, err := b.api.devices(r.Context(), s.Customer)
	if err != nil {
		return err
	}
	ways, err := b.api.authenticators(r.Context(), s.Customer)
	if err != nil {
		return err
	}
	t := b.kit.Locale(r)
	d := securityData{
		Succeeded: last(ways, func(a authenticator) time.Time { return a.Succeeded }),
		Refused:   last(ways, func(a authenticator) time.Time { return a.Failed }),
	}
	if d.Password = has(ways, passwordPolicy); d.Password {
		phones, err := b.api.phones(r.Context(), s.Customer)
		if err != nil {
			return err
		}
		d.Phone, d.Next = pick(phones, phoneActive), pick(phones, phoneHeld)
	}
	for _, x := range devices {
		d.Tokens = append(d.Tokens, viewToken(x, t))
	}
	for _, x := range b.sessions.list(b.kit.Cookie(r, sessionCookie), s.same) {
		d.Sessions = append(d.Sessions, sessionView{x.value.Browser, x.began, x.seen, x.self})
	}
	slices.SortFunc(d.Sessions, func(x, y sessionView) int { return cmp.Or(y.Seen.Compare(x.Seen), y.Began.Compare(x.Began)) })
	d.Others = len(d.Sessions) - 1
	return b.kit.Render(w, r, ui.Page{Name: "security", Title: t.T("bank.security.title"), Data: d})
}

// has reports whether a way to log in is among those of a customer.
func has(ways []authenticator, policy string) bool {
	return slices.ContainsFunc(ways, func(a authenticator) bool { return a.Policy == policy })
}

// pick returns the newest phone in a state; the zero value when there is none.
func pick(phones []handset, state string) handset {
	for _, x := range phones {
		if x.State == state {
			return x
		}
	}
	return handset{}
}

// same reports whether another session is of the same customer.
func (s session) same(other session) bool { return other.Customer == s.Customer }

// last returns the latest of the times that the ways to log in have.
func last(ways []authenticator, when func(authenticator) time.Time) (at time.Time) {
	for _, a := range ways {
		if t := when(a); t.After(at) {
			at = t
		}
	}
	return at
}

func viewToken(d device, t *ui.Locale) tokenView {
	k := registeredToken{Model: d.Model}
	for _, key := range d.Keys {
		k.PINTyped = k.PINTyped || key.PINMode == "prepend" || key.PINMode == "append"
	}
	name := "bank.model." + d.Model
	if !t.Has(name) {
		name = "bank.model.other"
	}
	return tokenView{d, t.T(name), picture(&k), deviceBadge(d.State, t), d.used()}
}

func deviceBadge(state string, t *ui.Locale) ui.Badge {
	switch state {
	case "active":
		return ui.Badge{Tone: ui.Good, Text: t.T("bank.device.active")}
	case "suspended":
		return ui.Badge{Tone: ui.Warn, Text: t.T("bank.device.suspended")}
	case "expired":
		return ui.Badge{Tone: ui.Warn, Text: t.T("bank.device.expired")}
	}
	return ui.Badge{Tone: ui.Bad, Text: t.T("bank.device.blocked")}
}

// endOthers logs the customer out everywhere else (SCA-74).
func (b *bank) endOthers(w http.ResponseWriter, r *http.Request, s session) error {
	n := b.sessions.dropAll(b.kit.Cookie(r, sessionCookie), s.same)
	b.kit.Flash(w, ui.Good, "bank.flash.others", "n", strconv.Itoa(n))
	http.Redirect(w, r, "/security", http.StatusSeeOther)
	return nil
}
