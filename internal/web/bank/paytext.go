package bank

import (
	"net/http"
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// texts reports whether the customer may approve a payment with a password and a code by
// text message, and has both.
func (b *bank) texts(r *http.Request, s session, a authentication) (bool, error) {
	if !slices.Contains(a.Policies, passwordPolicy) {
		return false, nil
	}
	ways, err := b.api.authenticators(r.Context(), s.Customer)
	return err == nil && has(ways, passwordPolicy) && has(ways, textSignPolicy), err
}

// payTextData is the page that approves a payment by text message.
type payTextData struct {
	reviewData
	textData
}

// payText asks for the password, and then for the code whose text names amount and payee
// before it (F-6.3.2).
func (b *bank) payText(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	if !x.open(b.now()) || !x.Texts {
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	}
	return b.kit.Render(w, r, b.payTextPage(r, s, x, ui.NewForm(nil)))
}

func (b *bank) payTextPage(r *http.Request, s session, x transfer, f *ui.Form) ui.Page {
	d := payTextData{textData: b.textData(paymentPath(x.ID, "text"), x.Asked)}
	d.Up = x.Up
	d.reviewData = b.reviewPage(r, s, x, f).Data.(reviewData) //nolint:forcetypeassert // just made
	return ui.Page{Name: "pay-text", Title: b.kit.Locale(r).T("bank.paytext.title"), Form: f, Data: d}
}

// submitPayText takes the password, or else the code. The page says which payment it
// showed, as with a token.
func (b *bank) submitPayText(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case x.Hash == "" || f.Value("payment") != x.Hash || !x.Texts:
		b.kit.Flash(w, ui.Warn, "bank.flash.pay_changed")
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	}
	t, page := b.kit.Locale(r), b.payTextPage(r, s, x, f)
	if x.Asked.ID == "" {
		return b.payPassword(w, r, x, page)
	}
	f.Require(t, "code", t.T("bank.field.text_code"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.provePayment(r.Context(), x.key(f.Value("code")), x.Auth, textSignPolicy, f.Value("code"), x.Orders)
	if err == nil && a.State == stateOpen && !a.Accepted || fault.Is(err, "authentication.superseded") {
		f.Fail("code", t.T("bank.paytext.refused"))
		return b.kit.Render(w, r, page)
	}
	return b.judge(w, r, s, x, page, a, err)
}

// payPassword shows the password, and has the code sent.
func (b *bank) payPassword(w http.ResponseWriter, r *http.Request, x transfer, page ui.Page) error {
	f, t := page.Form, b.kit.Locale(r)
	needs(f, t, "password", t.T("bank.field.password"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.provePayment(r.Context(), x.key(f.Raw("password")), x.Auth, passwordPolicy, f.Raw("password"), x.Orders)
	switch {
	case err == nil && a.Replace != "":
		f.Fail("password", t.T("bank.change.expired"))
		return b.kit.Render(w, r, page)
	case err == nil && a.more():
		return b.payMore(w, r, x, page, a)
	case err == nil && a.State == stateOpen, fault.Is(err, "authentication.superseded"):
		f.Fail("password", t.T("bank.paytext.password_refused"))
		return b.kit.Render(w, r, page)
	case err == nil && a.State == stateDenied:
		return b.payDenied(w, r, x, a)
	}
	return b.payLost(w, r, x, page, err)
}

// payMore goes on with what the payment asks for next, by its journey or because risk wants
// more.
func (b *bank) payMore(w http.ResponseWriter, r *http.Request, x transfer, page ui.Page, a authentication) error {
	next := a.next()
	x.Asked = challenge{}
	b.transfers.change(x.ID, func(now *transfer) {
		if now.Auth == x.Auth {
			now.Asked, now.Texts, now.Up = challenge{}, next == textSignPolicy || next == passwordPolicy, a.Risk.up()
			now.Phones = next == approvalSignPolicy
			now.MobileID = next == mobileIDSignPolicy
			now.Tokens = !now.Texts && !now.Phones && !now.MobileID
		}
	})
	switch next {
	case approvalSignPolicy:
		b.to(w, r, paymentPath(x.ID, "phone"))
	case mobileIDSignPolicy:
		b.to(w, r, paymentPath(x.ID, "mobile-id"))
	case textSignPolicy:
		return b.sendPayText(w, r, x, page)
	case passwordPolicy:
		b.to(w, r, paymentPath(x.ID, "text"))
	default:
		b.to(w, r, paymentPath(x.ID, "sign"))
	}
	return nil
}

// sendPayText has the code sent, or another one.
func (b *bank) sendPayText(w http.ResponseWriter, r *http.Request, x transfer, page ui.Page) error {
	next, err := b.api.challenge(r.Context(), x.Auth, textSignPolicy, source(r))
	if err != nil {
		return b.payLost(w, r, x, page, err)
	}
	b.transfers.change(x.ID, func(now *transfer) {
		if now.Auth == x.Auth {
			now.Asked = next
		}
	})
	if x.Asked.ID != "" {
		b.sayCode(w, x.Asked, next)
	}
	b.to(w, r, paymentPath(x.ID, "text"))
	return nil
}

// payLost does what an error demands that is not about what was typed.
func (b *bank) payLost(w http.ResponseWriter, r *http.Request, x transfer, page ui.Page, err error) error {
	switch {
	case fault.Is(err, "authentication.payment_differs"):
		return b.alarm(w, r, x, err.Error())
	case err == nil, late(err):
		b.order(x.ID, func(all []Order) []Order { return all })
		b.kit.Flash(w, ui.Info, "bank.flash.pay_late")
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	case fault.KindOf(err) == fault.Invalid: // such as a payee for whom the text has no room
		page.Form.Fail("", b.kit.Locale(r).Fault(fault.From(err)))
		return b.kit.Render(w, r, page)
	}
	return b.refuseSaying(w, r, page, err, "bank.sign.away")
}

// payTextAgain has another code sent.
func (b *bank) payTextAgain(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	if !x.open(b.now()) || x.Asked.ID == "" {
		b.to(w, r, paymentPath(x.ID, "text"))
		return nil
	}
	return b.sendPayText(w, r, x, b.payTextPage(r, s, x, ui.NewForm(nil)))
}
