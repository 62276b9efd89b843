package bank

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// method is how some of the customer's tokens sign the payment.
type method struct {
	Policy  string
	Tokens  []tokenView
	Entries []entry
}

// methods picks what is for the customer's own tokens from what the API says for
// all models.
func (b *bank) methods(r *http.Request, s session, all []signing) (own []method, err error) {
	devices, err := b.api.devices(r.Context(), s.Customer)
	if err != nil {
		return nil, err
	}
	t := b.kit.Locale(r)
	for _, x := range all {
		m := method{Policy: x.Policy, Entries: x.Entries}
		for _, d := range devices {
			if d.State == "active" && d.signs() && slices.Contains(x.Models, d.Model) {
				m.Tokens = append(m.Tokens, viewToken(d, t))
			}
		}
		if len(m.Tokens) > 0 && len(m.Entries) > 0 { // without entries a reader takes it from the screen, which this bank has none of
			own = append(own, m)
		}
	}
	return own, nil
}

// signs reports whether the token has a key for payments.
func (d device) signs() bool {
	return slices.ContainsFunc(d.Keys, func(k deviceKey) bool { return k.Usage == signUsage })
}

// signData is the page that says what to type.
type signData struct {
	reviewData

	Methods []method
}

// Amount is the key of the words for an amount as it is typed.
func (d signData) Amount() string { return "bank.entry.amount_" + strconv.Itoa(d.Decimals()) }

// sign shows what is to be typed into the token, and asks for the code (F-4.3.2).
func (b *bank) sign(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	switch {
	case !x.open(b.now()):
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	case x.Asked.ID != "" || !x.Tokens:
		b.to(w, r, paymentPath(x.ID, "text"))
		return nil
	}
	page, err := b.signPage(r, s, x, ui.NewForm(nil))
	if err != nil {
		return err
	}
	return b.kit.Render(w, r, page)
}

func (b *bank) signPage(r *http.Request, s session, x transfer, f *ui.Form) (ui.Page, error) {
	methods, err := b.methods(r, s, x.Signing)
	d := signData{Methods: methods}
	d.reviewData = b.reviewPage(r, s, x, f).Data.(reviewData) //nolint:forcetypeassert // just made
	return ui.Page{Name: "sign", Title: b.kit.Locale(r).T("bank.sign.title"), Form: f, Data: d}, err
}

// submitSign takes the signing code (F-4.3.5–7). The page says which payment it
// showed: a code for what another window has changed since is not looked at.
func (b *bank) submitSign(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	f, err := ui.ReadForm(r)
	switch {
	case err != nil:
		return err
	case x.Hash == "" || f.Value("payment") != x.Hash:
		b.kit.Flash(w, ui.Warn, "bank.flash.pay_changed")
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	}
	t := b.kit.Locale(r)
	page, err := b.signPage(r, s, x, f)
	if err != nil {
		return err
	}
	methods := page.Data.(signData).Methods //nolint:forcetypeassert // just made
	with, err := strconv.Atoi(f.Value("with"))
	if err != nil || with < 0 || with >= len(methods) {
		f.Fail("with", t.T("bank.sign.which"))
	}
	f.Require(t, "code", t.T("bank.field.sign_code"))
	if !f.OK() {
		return b.kit.Render(w, r, page)
	}
	a, err := b.api.provePayment(r.Context(), x.key(f.Value("code")), x.Auth, methods[with].Policy, f.Value("code"), x.Orders)
	return b.judge(w, r, s, x, page, a, err)
}

// judge does what the outcome of a code demands. A wrong code, a blocked customer and
// one whose token is not theirs any more read the same (SCA-06).
func (b *bank) judge(w http.ResponseWriter, r *http.Request, s session, x transfer, page ui.Page, a authentication, err error) error {
	t := b.kit.Locale(r)
	switch kind := fault.KindOf(err); {
	case err == nil && a.granted():
		return b.carryOut(w, r, s, x, page, a)
	case err == nil && a.more():
		return b.payMore(w, r, x, page, a)
	case err == nil && a.State == stateOpen, fault.Is(err, "authentication.superseded"):
		page.Form.Fail("code", t.T("bank.sign.refused"))
		return b.kit.Render(w, r, page)
	case err == nil && a.State == stateDenied:
		return b.payDenied(w, r, x, a)
	case err == nil, kind == fault.NotFound, fault.Is(err, "authentication.over"):
		b.order(x.ID, func(all []Order) []Order { return all })
		b.kit.Flash(w, ui.Info, "bank.flash.pay_late")
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	case fault.Is(err, "authentication.payment_differs"):
		return b.alarm(w, r, x, err.Error())
	}
	return b.refuseSaying(w, r, page, err, "bank.sign.away")
}

// payDenied says that the payment was not approved: risk has stopped it, or all codes were
// right and not enough.
func (b *bank) payDenied(w http.ResponseWriter, r *http.Request, x transfer, a authentication) error {
	b.order(x.ID, func(all []Order) []Order { return all })
	if a.Risk.blocked() {
		b.transfers.change(x.ID, func(now *transfer) { now.Stopped = cmp.Or(a.Risk.reference(), noReference) })
		b.to(w, r, paymentPath(x.ID, "stopped"))
		return nil
	}
	b.kit.Flash(w, ui.Warn, "bank.flash.pay_denied")
	b.to(w, r, paymentPath(x.ID, ""))
	return nil
}

// carryOut executes what was approved and nothing else. What a bank has to do
// between "granted" and the booking is here, in this order:
//
//  1. compute the hash of the orders that it is about to execute, itself;
//  2. compare it with the hash that the answer names;
//  3. verify the assertion with the published keys, and that it is about this
//     hash, customer, authentication and bank, now (permission.allow);
//  4. book these very orders, once for the payment and once for the
//     authentication, in one act with a look at the account (ledger.pay);
//  5. archive assertion and key set with the booking.
//
// When a step cannot be taken now nothing is booked, and the same code sent again
// gets the same answer, because it has the same idempotency key.
func (b *bank) carryOut(w http.ResponseWriter, r *http.Request, s session, x transfer, page ui.Page, a authentication) error {
	hash := paymentHash(x.Orders)
	if a.PaymentHash != hash || a.Handle != x.Auth {
		return b.alarm(w, r, x, "another payment was granted")
	}
	keys, err := b.api.keySet(r.Context())
	if err != nil {
		return b.refuseSaying(w, r, page, err, "bank.sign.away")
	}
	now := b.now()
	c, err := permission{Issuer: b.issuer, Audience: b.api.id, Customer: s.Customer, Txn: x.Auth, Hash: hash, Now: now}.allow(a.Assertion, keys)
	if err != nil {
		return b.alarm(w, r, x, "the assertion is not taken: "+err.Error())
	}
	return b.book(w, r, s, x, a, Paid{Device: c.device(), Text: c.text(), Assertion: a.Assertion, Keys: keys})
}

// book carries out what was granted: steps 4 and 5 of carryOut, and all of it where no code
// was needed. In p is how it was approved; the orders are x's, which are those that were
// granted.
func (b *bank) book(w http.ResponseWriter, r *http.Request, s session, x transfer, a authentication, p Paid) error {
	now := b.now()
	cost, ok := debit(x.Orders)
	p.ID, p.Customer, p.At, p.Orders, p.Debit, p.Txn, p.Hash = x.ID, s.Customer, now.UTC(), x.Orders, cost, a.Handle, a.PaymentHash
	err := b.ledger.pay(p, func(earlier []Paid) bool {
		return ok && cost <= accounts(s.Customer, now.In(b.zone), earlier...)[0].Balance
	})
	switch {
	case errors.Is(err, errNoMoney):
		b.order(x.ID, func(all []Order) []Order { return all })
		b.kit.Flash(w, ui.Warn, "bank.flash.pay_no_money")
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	case errors.Is(err, errSpent):
		return b.alarm(w, r, x, err.Error())
	case err != nil:
		return err
	}
	b.transfers.drop(x.ID)
	b.to(w, r, paymentPath(x.ID, "receipt"))
	return nil
}
