package bank

import (
	"context"
	"encoding/json"
	"net/http"
)

// The bank's side of the contract for payments (F-4.3).
const (
	paymentPurpose = "payment"
	ibanScheme     = "iban"
	signUsage      = "sign" // of a token's key
)

// paymentBody is a payment as the API wants it.
type paymentBody struct {
	Orders []orderBody `json:"orders"`
}

type orderBody struct {
	Payee     payeeBody `json:"payee"`
	Amount    string    `json:"amount"`
	Currency  string    `json:"currency"`
	Reference string    `json:"reference,omitempty"`
}

type payeeBody struct {
	Scheme  string `json:"scheme"`
	Account string `json:"account"`
	Name    string `json:"name"`
}

func bodyOf(orders []Order) (p paymentBody) {
	for _, o := range orders {
		c, _ := currencyOf(o.Currency)
		p.Orders = append(p.Orders, orderBody{payeeBody{ibanScheme, o.Account, o.Payee}, c.decimal(o.Amount), o.Currency, o.Reference})
	}
	return p
}

// signing says what is typed into tokens of some models.
type signing struct {
	Policy  string   `json:"policy"`
	Keypad  string   `json:"keypad"`
	Models  []string `json:"models"`
	Entries []entry  `json:"entries"`
}

// entry is one thing that is typed.
type entry struct {
	Field string `json:"field"` // what it is
	Text  string `json:"text"`  // exactly
	Shown string `json:"shown"` // in groups
}

// startPayment asks for the customer's approval of a payment (F-4.3.1). The answer
// says what is to be typed into tokens.
func (a *api) startPayment(ctx context.Context, from circumstances, customer string, orders []Order) (out authentication, err error) {
	in := struct {
		Customer string        `json:"customer_number"`
		Purpose  string        `json:"purpose"`
		Channel  string        `json:"channel"`
		Risk     circumstances `json:"risk"`
		Payment  paymentBody   `json:"payment"`
	}{customer, paymentPurpose, webChannel, from, bodyOf(orders)}
	err = a.call(ctx, http.MethodPost, at("authentications"), in, &out)
	return out, err
}

// provePayment sends data values and code (F-4.3.6), or the password before a code that comes
// by text message. The key makes a request that
// comes again, from an impatient customer or after a broken connection, one proof: it
// gets the answer that it got.
func (a *api) provePayment(ctx context.Context, key, handle, policy, code string, orders []Order) (out authentication, err error) {
	in := struct {
		Policy  string      `json:"policy,omitempty"`
		Code    string      `json:"code,omitempty"`
		Payment paymentBody `json:"payment"`
	}{policy, code, bodyOf(orders)}
	err = a.callAs(ctx, key, http.MethodPost, at("authentications", handle, "steps"), in, &out)
	return out, err
}

// keySet reads the published keys of assertions, as they are to be archived.
func (a *api) keySet(ctx context.Context) (text json.RawMessage, err error) {
	err = a.call(ctx, http.MethodGet, "/.well-known/jwks.json", nil, &text)
	return text, err
}
