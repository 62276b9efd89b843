package payment

import (
	"slices"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Limits of what a payment may carry, in characters and orders.
const (
	MaxName      = 140 // as ISO 20022 has it
	MaxReference = 280 // two structured lines of 140
	MaxOrders    = 10_000
)

// Order is one transfer as a bank describes it; New brings it to normal form.
type Order struct {
	Amount    string `json:"amount"`   // decimal text with a point: "1234.50"
	Currency  string `json:"currency"` // ISO 4217 alphabetic code
	Payee     Payee  `json:"payee"`
	Reference string `json:"reference,omitempty"` // text for the payee, up to MaxReference characters; may be empty
}

// Payee is who receives the money. It has an account or a name, or both.
type Payee struct {
	Scheme  Scheme `json:"scheme,omitempty"`  // how the account is written; None without one
	Account string `json:"account,omitempty"` // see the schemes
	Name    string `json:"name,omitempty"`    // up to MaxName characters; may be empty with an account
}

// Payment is one order or a batch of them in normal form. It does not change.
// The zero Payment is "none".
type Payment struct {
	total Amount
	items []item
	hash  Hash
}

// item is an order in normal form.
type item struct {
	amount    Amount
	payee     Payee
	reference string
}

// New checks orders and makes the payment of them: 1 to MaxOrders, all in one
// currency. Faults are Invalid and name the field: "/amount" for a single order,
// "/payments/3/amount" for the fourth of several.
func New(orders ...Order) (Payment, error) {
	switch {
	case len(orders) == 0:
		return Payment{}, fault.Invalidf("payment.empty", "There is nothing to pay: give at least one payment.").WithField("/payments")
	case len(orders) > MaxOrders:
		return Payment{}, fault.Invalidf("payment.batch", "The batch is too large: at most %d payments. Split it.", MaxOrders).WithField("/payments")
	}
	items := make([]item, 0, len(orders))
	for i, o := range orders {
		it, err := o.normal()
		if err != nil {
			return Payment{}, within(i, len(orders), err)
		}
		items = append(items, it)
	}
	return collect(items)
}

// normal brings one order to normal form.
func (o Order) normal() (it item, err error) {
	c, err := ParseCurrency(o.Currency)
	if err != nil {
		return it, err
	}
	if it.amount, err = ParseAmount(o.Amount, c); err != nil {
		return it, err
	}
	if it.payee, err = o.Payee.normal("/payee"); err != nil {
		return it, err
	}
	it.reference, err = text(o.Reference, "/reference", MaxReference)
	return it, err
}

// normal brings a payee to normal form.
func (p Payee) normal(field string) (Payee, error) {
	acc, err := account(p.Scheme, p.Account, field)
	if err != nil {
		return Payee{}, err
	}
	name, err := text(p.Name, field+"/name", MaxName)
	if err != nil {
		return Payee{}, err
	}
	if acc == "" && name == "" {
		return Payee{}, fault.Invalidf("payment.payee", "The payee is missing: give an account or a name.").WithField(field)
	}
	return Payee{Scheme: p.Scheme, Account: acc, Name: name}, nil
}

// collect sorts and totals items, and hashes them.
func collect(items []item) (Payment, error) {
	p := Payment{items: items, total: Amount{Currency: items[0].amount.Currency}}
	for i, it := range items {
		if it.amount.Currency != p.total.Currency {
			return Payment{}, within(i, len(items), fault.Invalidf("payment.currencies",
				"The batch has several currencies, so it has no total that one code could cover: send one batch per currency.").WithField("/currency"))
		}
		if p.total.Minor += it.amount.Minor; p.total.Minor > MaxMinor {
			return Payment{}, within(i, len(items), badAmount("The total of the batch is too large: at most 18 digits."))
		}
	}
	slices.SortFunc(p.items, func(a, b item) int { return strings.Compare(a.encode(), b.encode()) })
	p.hash = sum(p.Canonical())
	return p, nil
}

// within names the order of a batch in a fault.
func within(i, n int, err error) error {
	f := fault.From(err)
	if n == 1 {
		return f
	}
	return f.WithField("/payments/" + strconv.Itoa(i) + f.Field)
}

// IsZero reports whether p is "none".
func (p Payment) IsZero() bool { return len(p.items) == 0 }

// Total returns the sum of all orders.
func (p Payment) Total() Amount { return p.total }

// Len returns the number of orders; more than 1 for a batch.
func (p Payment) Len() int { return len(p.items) }

// Hash returns the hash that stands for this payment everywhere; the zero Hash
// for the zero Payment.
func (p Payment) Hash() Hash { return p.hash }

// Orders returns the orders in normal form, in the order of the encoding. New of
// them gives p again.
func (p Payment) Orders() []Order {
	orders := make([]Order, 0, len(p.items))
	for _, it := range p.items {
		orders = append(orders, Order{Amount: it.amount.Decimal(), Currency: string(it.amount.Currency), Payee: it.payee, Reference: it.reference})
	}
	return orders
}
