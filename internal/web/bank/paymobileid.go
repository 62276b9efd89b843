package bank

import (
	"net/http"
	"slices"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// signsBySIM reports whether the customer may sign a payment with their mobile ID, and has one.
func (b *bank) signsBySIM(r *http.Request, s session, a authentication) (bool, error) {
	if !slices.Contains(a.Policies, mobileIDSignPolicy) {
		return false, nil
	}
	ways, err := b.api.authenticators(r.Context(), s.Customer)
	return err == nil && has(ways, mobileIDSignPolicy), err
}

// paySIM waits for the signature of a payment (F-3.8). To open the page asks nothing: its form
// does.
func (b *bank) paySIM(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	if !x.open(b.now()) || !x.MobileID {
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	}
	page := b.paySIMPage(r, s, x, ui.NewForm(nil))
	if x.Message.ID == "" {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.standing(r.Context(), x.Auth, 0)
	if err == nil && a.Prompt.State == promptApproved {
		a, err = b.api.provePayment(r.Context(), x.key(x.Message.ID), x.Auth, mobileIDSignPolicy, "", x.Orders)
	}
	if err == nil && a.State == stateOpen && !a.Accepted {
		return b.waiting(w, r, page, a, lapsedKey(b.kit.Locale(r), a.Prompt.Reason))
	}
	return b.settle(w, r, s, x, page, a, err)
}

func (b *bank) paySIMPage(r *http.Request, s session, x transfer, f *ui.Form) ui.Page {
	d := payPhoneData{asked: x.Message, waitData: waitData{Control: x.Message.Control, Expires: x.Message.Expires, State: paymentPath(x.ID, "phone/state"), Back: paymentPath(x.ID, "")}}
	d.reviewData = b.reviewPage(r, s, x, f).Data.(reviewData) //nolint:forcetypeassert // just made
	return ui.Page{Name: "pay-sim", Title: b.kit.Locale(r).T("bank.mobile_id.title_pay"), Form: f, Data: d}
}

// submitPaySIM asks the SIM, or asks it again.
func (b *bank) submitPaySIM(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	f, ok, err := b.shownPayment(w, r, x, x.MobileID)
	if err != nil || !ok {
		return err
	}
	next, err := b.api.challengeSIM(r.Context(), x.Auth, mobileIDSignPolicy, source(r), f.Value("spam_code"))
	if err != nil {
		return b.payLost(w, r, x, b.paySIMPage(r, s, x, f), err)
	}
	b.transfers.change(x.ID, func(now *transfer) {
		if now.Auth == x.Auth {
			now.Message = next
		}
	})
	b.to(w, r, paymentPath(x.ID, "mobile-id"))
	return nil
}

// lapsedKey is the text for why nothing came of a signature. Whoever reads it has logged in, so
// it may say what has happened on the phone.
func lapsedKey(t *ui.Locale, reason string) string {
	if key := "bank.mobile_id.lapsed." + reason; reason != "" && t.Has(key) {
		return key
	}
	return "bank.mobile_id.lapsed.timed_out"
}
