package bank

import (
	"net/http"
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// phones reports whether the customer may approve a payment with the app, and has it.
func (b *bank) phones(r *http.Request, s session, a authentication) (bool, error) {
	if !slices.Contains(a.Policies, approvalSignPolicy) {
		return false, nil
	}
	ways, err := b.api.authenticators(r.Context(), s.Customer)
	return err == nil && has(ways, approvalSignPolicy), err
}

// payPhoneData is the page that waits for the phone's approval of a payment.
type payPhoneData struct {
	reviewData
	waitData

	asked challenge // zero: nothing yet
}

// payPhone asks the customer's phone, and waits for it. To open the page asks nothing: the
// form of the review does.
func (b *bank) payPhone(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	if !x.open(b.now()) || !x.Phones {
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	}
	page := b.payPhonePage(r, s, x, ui.NewForm(nil))
	if x.Prompt.ID == "" {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.standing(r.Context(), x.Auth, 0)
	if err == nil && a.Prompt.State == promptApproved {
		a, err = b.api.provePayment(r.Context(), x.key(x.Prompt.ID), x.Auth, approvalSignPolicy, "", x.Orders)
	}
	if err == nil && a.State == stateOpen && !a.Accepted {
		return b.waiting(w, r, page, a, "bank.wait.lapsed")
	}
	return b.settle(w, r, s, x, page, a, err)
}

func (b *bank) payPhonePage(r *http.Request, s session, x transfer, f *ui.Form) ui.Page {
	d := payPhoneData{asked: x.Prompt, waitData: waitData{Control: x.Prompt.Control, Expires: x.Prompt.Expires, State: paymentPath(x.ID, "phone/state"), Picture: paymentPath(x.ID, "picture"), Back: paymentPath(x.ID, "")}}
	d.reviewData = b.reviewPage(r, s, x, f).Data.(reviewData) //nolint:forcetypeassert // just made
	return ui.Page{Name: "pay-phone", Title: b.kit.Locale(r).T("bank.wait.title_pay"), Form: f, Data: d}
}

// Waits reports whether the phone was asked, and may still answer.
func (d payPhoneData) Waits() bool { return d.asked.ID != "" && !d.Over }

func (d payPhoneData) over() any {
	d.Over = true
	return d
}

// submitPayPhone asks the phone, or asks it again.
func (b *bank) submitPayPhone(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	f, ok, err := b.shownPayment(w, r, x, x.Phones)
	if err != nil || !ok {
		return err
	}
	page := b.payPhonePage(r, s, x, f)
	next, err := b.api.challenge(r.Context(), x.Auth, approvalSignPolicy, source(r))
	if err != nil {
		return b.payLost(w, r, x, page, err)
	}
	b.transfers.change(x.ID, func(now *transfer) {
		if now.Auth == x.Auth {
			now.Prompt = next
		}
	})
	b.to(w, r, paymentPath(x.ID, "phone"))
	return nil
}

// shownPayment reads a form that says which payment its page showed: what another window has
// changed since is not looked at. may says whether the customer may approve it so.
func (b *bank) shownPayment(w http.ResponseWriter, r *http.Request, x transfer, may bool) (f *ui.Form, ok bool, err error) {
	if f, err = ui.ReadForm(r); err != nil {
		return f, false, err
	}
	if x.Hash == "" || f.Value("payment") != x.Hash || !may {
		b.kit.Flash(w, ui.Warn, "bank.flash.pay_changed")
		b.to(w, r, paymentPath(x.ID, ""))
		return f, false, nil
	}
	return f, true, nil
}

// payPhoneState answers the script of the page that waits.
func (b *bank) payPhoneState(w http.ResponseWriter, r *http.Request, _ session, x transfer) error {
	return b.sayState(w, r, x.Auth)
}

// settle does what came of an approval: what any proof of a payment demands, and a page for a
// customer who has said no.
func (b *bank) settle(w http.ResponseWriter, r *http.Request, s session, x transfer, page ui.Page, a authentication, err error) error {
	if err == nil && a.ended() != "" {
		b.order(x.ID, func(all []Order) []Order { return all })
		b.transfers.change(x.ID, func(now *transfer) { now.Ended = a.ended() })
		b.to(w, r, paymentPath(x.ID, "refused"))
		return nil
	}
	return b.judge(w, r, s, x, page, a, err)
}

// payRefused says that the payment was refused on the phone, or reported.
func (b *bank) payRefused(w http.ResponseWriter, r *http.Request, _ session, x transfer) error {
	if x.Ended == "" {
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	}
	return b.kit.Render(w, r, ui.Page{Name: "refused", Title: b.kit.Locale(r).T("bank.refused.title." + x.Ended), Width: ui.Narrow, Data: refusedData{x.Ended, paymentPath(x.ID, "")}})
}

// payPictureData is the page with a payment's picture for the phone.
type payPictureData struct {
	reviewData
	pictureData
}

// payPicture shows what the phone is to read. To open the page asks nothing.
func (b *bank) payPicture(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	if !x.open(b.now()) || x.Picture.Picture == "" {
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	}
	page, err := b.payPicturePage(r, s, x, ui.NewForm(nil))
	if err != nil {
		return err
	}
	return b.kit.Render(w, r, page)
}

func (b *bank) payPicturePage(r *http.Request, s session, x transfer, f *ui.Form) (page ui.Page, err error) {
	var d payPictureData
	if d.pictureData, err = b.pictureData(r, x.Picture); err != nil {
		return page, err
	}
	d.Action, d.Back = paymentPath(x.ID, "picture"), paymentPath(x.ID, "")
	d.reviewData = b.reviewPage(r, s, x, f).Data.(reviewData) //nolint:forcetypeassert // just made
	return ui.Page{Name: "pay-picture", Title: b.kit.Locale(r).T("bank.picture.title"), Form: f, Data: d}, nil
}

// submitPayPicture asks for a picture, or takes the answer to it.
func (b *bank) submitPayPicture(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	f, ok, err := b.shownPayment(w, r, x, x.Phones)
	if err != nil || !ok {
		return err
	}
	if f.Value("ask") != "" || x.Picture.Picture == "" {
		return b.askPayPicture(w, r, s, x, f)
	}
	page, err := b.payPicturePage(r, s, x, f)
	if err != nil {
		return err
	}
	t := b.kit.Locale(r)
	f.Require(t, "code", t.T("bank.field.answer"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.provePayment(r.Context(), x.key(f.Value("code")), x.Auth, pictureSignPolicy, f.Value("code"), x.Orders)
	if err == nil && a.State == stateOpen && !a.Accepted || fault.Is(err, "authentication.superseded") {
		f.Fail("code", t.T("bank.picture.refused"))
		return b.kit.Render(w, r, page)
	}
	return b.settle(w, r, s, x, page, a, err)
}

func (b *bank) askPayPicture(w http.ResponseWriter, r *http.Request, s session, x transfer, f *ui.Form) error {
	next, err := b.api.challenge(r.Context(), x.Auth, pictureSignPolicy, source(r))
	if err != nil {
		return b.payLost(w, r, x, b.payPhonePage(r, s, x, f), err)
	}
	b.transfers.change(x.ID, func(now *transfer) {
		if now.Auth == x.Auth {
			now.Picture = next
		}
	})
	b.to(w, r, paymentPath(x.ID, "picture"))
	return nil
}
