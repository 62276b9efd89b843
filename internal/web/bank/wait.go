package bank

import (
	"cmp"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// waitData is a page that waits for the phone.
type waitData struct {
	Control string // digits for the phone; "" where it shows them itself
	Expires time.Time
	State   string // address that says when something has happened
	Picture string // address of the other way
	Back    string
	Over    bool // what was asked has lapsed: a page that went on waiting would load itself again and again
}

// waiter is what pages that wait are made of.
type waiter interface {
	over() any // the same when there is nothing to wait for any more
}

func (d waitData) over() any {
	d.Over = true
	return d
}

// waitTexts are what differs between pages that wait for an answer to a login.
type waitTexts struct {
	lapsed string // what they say once what was asked has lapsed
	back   string // where the login begins
}

// awaitLogin draws a page that waits for an answer of the customer's phone to a login, or goes
// on once it is there.
func (b *bank) awaitLogin(w http.ResponseWriter, r *http.Request, v visit, page ui.Page, x waitTexts) error {
	a, err := b.api.standing(r.Context(), v.Login, 0)
	if err == nil && a.Prompt.State == promptApproved {
		a, err = b.api.prove(r.Context(), v.Login, proof{Policy: v.Policy})
	}
	switch {
	case late(err) || err == nil && a.State == stateExpired:
		return b.startOverWith(w, r, x.back)
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.granted():
		return b.logIn(w, r, cmp.Or(a.Customer, v.Customer), a)
	case a.State == stateDenied:
		return b.declined(w, r, a, x.back)
	case a.more():
		return b.nextProof(w, r, page, visit{Customer: v.Customer, Login: a.Handle}, a)
	}
	return b.waiting(w, r, page, a, x.lapsed)
}

// waiting draws a page that waits. Once what was asked has lapsed there is nothing to wait
// for, and the page says so.
func (b *bank) waiting(w http.ResponseWriter, r *http.Request, page ui.Page, a authentication, lapsed string) error {
	if a.Prompt.State == promptPending {
		page.Again = refresh
	} else {
		page.Form.Fail("", b.kit.Locale(r).T(lapsed))
		page.Data = page.Data.(waiter).over() //nolint:forcetypeassert // each page that waits has such data
	}
	return b.kit.Render(w, r, page)
}
