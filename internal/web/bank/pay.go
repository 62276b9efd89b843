package bank

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
)

// payData is what the form of an order shows around it.
type payData struct {
	Action    string // where the form goes
	Back      string // where "back" leads
	From      account
	Others    []Order // what is ordered with it
	Change    bool    // the order is there already
	Open      []transfer
	Rates     []currency
	Full      bool // no further order fits
	Currency  string
	MaxPayee  int
	MaxRefer  int
	MaxOrders int
}

// Choices are the currencies for the form.
func (d payData) Choices() (all []ui.Choice) {
	for _, c := range currencies {
		all = append(all, ui.Choice{Value: c.Code, Text: c.Code})
	}
	return all
}

// pay asks for a payment (F-4.3.1).
func (b *bank) pay(w http.ResponseWriter, r *http.Request, s session) error {
	f := ui.NewForm(nil)
	f.Set("currency", currencies[0].Code)
	return b.kit.Render(w, r, b.payPage(r, s, f))
}

// payPage is the form of a new payment, with those that the customer left off.
func (b *bank) payPage(r *http.Request, s session, f *ui.Form) ui.Page {
	d := b.payData(s, nil)
	d.Action, d.Back = "/pay", "/overview"
	for _, x := range b.transfers.list("", func(x transfer) bool { return x.Customer == s.Customer }) {
		d.Open = append(d.Open, x.value)
	}
	return ui.Page{Name: "pay", Title: b.kit.Locale(r).T("bank.pay.title"), Form: f, Data: d}
}

func (b *bank) payData(s session, others []Order) payData {
	return payData{
		From: b.accounts(s.Customer)[0], Others: others, Full: len(others)+1 >= maxOrders, Currency: currencies[0].Code,
		MaxPayee: maxPayee, MaxRefer: maxReference, MaxOrders: maxOrders,
	}
}

// submitPay takes the first order.
func (b *bank) submitPay(w http.ResponseWriter, r *http.Request, s session) error {
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t := b.kit.Locale(r)
	o := readOrder(f, t, nil)
	b.cover(f, t, s, []Order{o})
	if !f.OK() {
		return b.kit.Render(w, r, b.payPage(r, s, f))
	}
	x, err := b.begin(s, o)
	if err != nil {
		return err
	}
	b.afterOrder(w, r, f, x.ID)
	return nil
}

// afterOrder leads to the review, or to the form of one more payee.
func (b *bank) afterOrder(w http.ResponseWriter, r *http.Request, f *ui.Form, id string) {
	if f.Value("next") == "more" {
		b.to(w, r, paymentPath(id, "payees"))
		return
	}
	b.to(w, r, paymentPath(id, ""))
}

// cover says beside the amount when the account does not cover the orders.
func (b *bank) cover(f *ui.Form, t *ui.Locale, s session, orders []Order) {
	if !f.OK() {
		return
	}
	have := b.accounts(s.Customer)[0].Balance
	if cost, ok := debit(orders); !ok || cost > have {
		f.Fail("amount", t.T("bank.pay.not_covered", "have", t.Money(have, currencies[0].Decimals, currencies[0].Code)))
	}
}

// payee asks for one more order of a batch, or shows one that is to be changed.
func (b *bank) payee(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	at, ok := orderAt(r, x)
	f := ui.NewForm(nil)
	switch {
	case !ok:
		return fault.NotFoundf("page", "There is no page at this address.")
	case at < len(x.Orders):
		x.Orders[at].fill(f)
	case len(x.Orders) >= maxOrders:
		b.to(w, r, paymentPath(x.ID, ""))
		return nil
	default:
		f.Set("currency", x.Currency())
	}
	return b.kit.Render(w, r, b.payeePage(r, s, x, at, f))
}

// orderAt reads which order an address names; the number after the last is a
// new one. Addresses count from 1.
func orderAt(r *http.Request, x transfer) (int, bool) {
	text := r.PathValue("order")
	if text == "" {
		return len(x.Orders), true
	}
	n, err := strconv.Atoi(text)
	return n - 1, err == nil && 1 <= n && n <= len(x.Orders)
}

// without returns the orders but the one at a place.
func without(orders []Order, at int) (rest []Order) {
	for i, o := range orders {
		if i != at {
			rest = append(rest, o)
		}
	}
	return rest
}

func (b *bank) payeePage(r *http.Request, s session, x transfer, at int, f *ui.Form) ui.Page {
	d := b.payData(s, without(x.Orders, at))
	d.Action, d.Back, d.Change = paymentPath(x.ID, "payees"), paymentPath(x.ID, ""), at < len(x.Orders)
	title := "bank.pay.title_more"
	if d.Change {
		d.Action += "/" + strconv.Itoa(at+1)
		title = "bank.pay.title_change"
	}
	return ui.Page{Name: "pay", Title: b.kit.Locale(r).T(title), Form: f, Data: d}
}

// submitPayee takes one more order, or a changed one.
func (b *bank) submitPayee(w http.ResponseWriter, r *http.Request, s session, x transfer) error {
	at, ok := orderAt(r, x)
	if !ok {
		return fault.NotFoundf("page", "There is no page at this address.")
	}
	f, err := ui.ReadForm(r)
	if err != nil {
		return err
	}
	t, others := b.kit.Locale(r), without(x.Orders, at)
	o := readOrder(f, t, others)
	b.cover(f, t, s, append(others, o))
	if len(others) >= maxOrders {
		f.Fail("", t.T("bank.pay.full", "n", strconv.Itoa(maxOrders)))
	}
	if !f.OK() {
		return b.kit.Render(w, r, b.payeePage(r, s, x, at, f))
	}
	b.order(x.ID, func(all []Order) []Order {
		if at < len(x.Orders) && at < len(all) {
			all[at] = o
			return all
		}
		return append(all, o)
	})
	b.afterOrder(w, r, f, x.ID)
	return nil
}

// removePayee takes an order out; the last one cannot be taken out.
func (b *bank) removePayee(w http.ResponseWriter, r *http.Request, _ session, x transfer) error {
	at, ok := orderAt(r, x)
	if !ok || at >= len(x.Orders) {
		return fault.NotFoundf("page", "There is no page at this address.")
	}
	gone := x.Orders[at]
	b.order(x.ID, func(all []Order) []Order {
		if len(all) < 2 || at >= len(all) || all[at] != gone {
			return all // another window was faster
		}
		return without(all, at)
	})
	b.to(w, r, paymentPath(x.ID, ""))
	return nil
}

// cancelPay throws a payment away that was not signed.
func (b *bank) cancelPay(w http.ResponseWriter, r *http.Request, _ session, x transfer) error {
	b.transfers.drop(x.ID)
	b.kit.Flash(w, ui.Info, "bank.flash.pay_given_up")
	b.to(w, r, "/overview")
	return nil
}

const orderPointer = "/payment/orders/"

// orderField takes a pointer of the API into the orders apart: which order, and
// which field of our form.
func orderField(pointer string) (at int, name string, ok bool) {
	n, rest, _ := strings.Cut(strings.TrimPrefix(pointer, orderPointer), "/")
	at, err := strconv.Atoi(n)
	name, ok = map[string]string{
		"payee/account": "account", "payee/name": "payee", "amount": "amount", "currency": "currency", "reference": "reference",
	}[rest]
	return at, name, ok && err == nil && strings.HasPrefix(pointer, orderPointer)
}
