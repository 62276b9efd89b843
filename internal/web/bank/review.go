package bank

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// reviewData is a payment as it will be signed and carried out.
type reviewData struct {
	transfer

	From    account
	Debit   int64 // cents of euro
	Foreign bool
	Rate    string
	Full    bool
}

// review shows everything that will be signed, before it is (SCA-12).
func (b *bank) review(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	return b.kit.Render(w, r, b.reviewPage(r, s, x, ui.NewForm(nil)))
}

func (b *bank) reviewPage(r *http.Request, s session, x transfer, f *ui.Form) ui.Page {
	d := reviewData{transfer: x, From: b.accounts(s.Customer)[0], Foreign: x.Currency() != currencies[0].Code, Full: len(x.Orders) >= maxOrders}
	d.Debit, _ = debit(x.Orders)
	return ui.Page{Name: "review", Title: b.kit.Locale(r).T("bank.review.title"), Form: f, Data: d}
}

// beginSigning starts the authentication of the payment (F-4.3.1–2), unless that of
// this very payment is still open.
func (b *bank) beginSigning(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	if x.open(b.now()) {
		b.to(w, r, paymentPath(x.ID, x.first()))
		return nil
	}
	t, page := b.kit.Locale(r), b.reviewPage(r, s, x, ui.NewForm(nil))
	b.cover(page.Form, t, s, x.Orders)
	if !page.Form.OK() { // the money went elsewhere meanwhile
		page.Form = ui.NewForm(nil)
		page.Form.Fail("", t.T("bank.review.not_covered"))
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.startPayment(r.Context(), b.from(r, ""), s.Customer, x.Orders)
	if err != nil {
		return b.refuseOrders(w, r, s, x, page, err)
	}
	if hash := paymentHash(x.Orders); a.PaymentHash != hash {
		return b.alarm(w, r, x, "the authentication was started for another payment")
	}
	if a.exempted() {
		return b.book(w, r, s, x, a, Paid{Exempt: a.Exemption})
	}
	methods, err := b.methods(r, s, a.Signing)
	texts, phones, sim := false, false, false
	if err == nil {
		texts, err = b.texts(r, s, a)
	}
	if err == nil {
		phones, err = b.phones(r, s, a)
	}
	if err == nil {
		sim, err = b.signsBySIM(r, s, a)
	}
	switch {
	case err != nil:
		return b.refuse(w, r, page, err)
	case a.State == stateDenied:
		return b.payDenied(w, r, x, a)
	case len(methods) == 0 && !texts && !phones && !sim:
		return b.unsignable(w, r, s, page)
	}
	b.transfers.change(x.ID, func(now *transfer) {
		if slices.Equal(now.Orders, x.Orders) { // another window may have changed them
			now.Auth, now.Hash, now.Signing, now.Expires = a.Handle, a.PaymentHash, a.Signing, a.Expires
			now.Tokens, now.Texts, now.Asked, now.Up = len(methods) > 0, texts, challenge{}, a.Risk.up()
			now.Phones, now.Prompt, now.Picture = phones, challenge{}, challenge{}
			now.MobileID, now.Message = sim, challenge{}
		}
	})
	x.Tokens, x.Phones, x.MobileID = len(methods) > 0, phones, sim
	b.to(w, r, paymentPath(x.ID, x.first()))
	return nil
}

// first is the way of approving that is shown first: the app or the SIM, which show
// what it is about; a token; a text message.
func (x transfer) first() string {
	switch {
	case x.Phones:
		return "phone"
	case x.MobileID:
		return "mobile-id"
	case x.Tokens:
		return "sign"
	}
	return "text"
}

// unsignable says why a payment cannot be approved: the customer has nothing for it, or has
// a token that cannot take it in while other customers have another way.
func (b *bank) unsignable(w http.ResponseWriter, r *http.Request, s session, page ui.Page) error {
	devices, err := b.api.devices(r.Context(), s.Customer)
	if err != nil {
		return b.refuse(w, r, page, err)
	}
	why := "bank.review.no_token"
	if slices.ContainsFunc(devices, func(d device) bool { return d.State == "active" && d.signs() }) {
		why = "fault.payment.not_typeable"
	}
	page.Form.Fail("", b.kit.Locale(r).T(why))
	return b.kit.Render(w, r, page)
}

// refuseOrders says what the API has against a payment: beside the field of the order
// that it names, or above the review, as when no token can take the payment in.
func (b *bank) refuseOrders(w http.ResponseWriter, r *http.Request, s session, x transfer, page ui.Page, err error) error {
	f := fault.From(err)
	if f.Kind != fault.Invalid {
		return b.refuse(w, r, page, err)
	}
	t := b.kit.Locale(r)
	at, name, ok := orderField(f.Field)
	if !ok || at >= len(x.Orders) {
		page.Form.Fail("", t.Fault(f))
		return b.kit.Render(w, r, page)
	}
	form := ui.NewForm(nil)
	x.Orders[at].fill(form)
	form.Fail(name, t.Fault(f))
	return b.kit.Render(w, r, b.payeePage(r, s, x, at, form))
}

// alarm ends a signing whose payment is not the one that the bank is about to carry
// out. That is nobody's typing mistake: it goes into the log, and nothing is paid.
func (b *bank) alarm(w http.ResponseWriter, r *http.Request, x transfer, why string) error {
	b.log.LogAttrs(r.Context(), slog.LevelError, "a payment was not carried out",
		slog.String("request_id", ui.RequestID(r.Context())), slog.String("payment", x.ID), slog.String("error", why))
	b.order(x.ID, func(all []Order) []Order { return all }) // what was signed is void
	b.kit.Flash(w, ui.Bad, "bank.flash.pay_stopped")
	b.to(w, r, paymentPath(x.ID, ""))
	return nil
}
