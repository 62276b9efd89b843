package bank

import (
	"net/url"
	"time"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// Catalog builds the bank and returns its texts.
func Catalog(c Config) (*ui.Catalog, error) {
	b, err := build(c)
	if err != nil {
		return nil, err
	}
	return b.kit.Catalog(), nil
}

// Movement is an entry of an account.
type Movement = movement

// Accounts is what a customer has.
func Accounts(number string, now time.Time, paid ...Paid) (ibans []string, balances []int64, moves [][]Movement) {
	for _, a := range accounts(number, now, paid...) {
		ibans, balances, moves = append(ibans, a.IBAN), append(balances, a.Balance), append(moves, a.Movements)
	}
	return ibans, balances, moves
}

// Routes lists the patterns of all pages and says which need a login.
func Routes(c Config) ([]ui.Route, error) {
	b, err := build(c)
	if err != nil {
		return nil, err
	}
	return b.routes(), nil
}

// PaymentHash is the hash that the bank computes.
func PaymentHash(orders []Order) string { return paymentHash(orders) }

// ReadOrder reads an order as a form has it; true says that something is wrong.
func ReadOrder(values map[string]string) (Order, bool) {
	form := url.Values{}
	for k, v := range values {
		form.Set(k, v)
	}
	f := ui.NewForm(form)
	return readOrder(f, &ui.Locale{}, nil), !f.OK()
}

// Decimal is an order's amount as the API gets it.
func Decimal(o Order) string {
	c, _ := currencyOf(o.Currency)
	return c.decimal(o.Amount)
}

// Amount reads an amount as people type it.
func Amount(text, code string) (int64, string) {
	c, _ := currencyOf(code)
	return c.amount(text)
}
