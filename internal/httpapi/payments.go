package httpapi

import (
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/payment"
)

// Payment is what the customer is to approve.
type Payment struct {
	Orders []Order `json:"orders" maxItems:"200" doc:"One transfer, or several in one currency, which are approved together as a batch."`
}

// Order is one transfer.
type Order struct {
	Payee     Payee  `json:"payee" doc:"Who receives the money: an account or a name, or both."`
	Amount    string `json:"amount" maxLength:"128" doc:"In decimal digits with at most one point, such as 1234.50: no more decimals than the currency has, 18 digits at most."`
	Currency  string `json:"currency" maxLength:"16" doc:"ISO 4217, such as EUR."`
	Reference string `json:"reference,omitempty" maxLength:"280" doc:"Text for the payee."`
}

// Payee is who receives the money.
type Payee struct {
	Scheme  string `json:"scheme,omitempty" enum:"iban,local,swift,cz,gb,no,us,au" doc:"How the account is written; leave it out without one."`
	Account string `json:"account,omitempty" maxLength:"256" doc:"The account as people write it: spaces and lower case are understood, a wrong check digit is not."`
	Name    string `json:"name,omitempty" maxLength:"140" doc:"The payee's name."`
}

// Signing is what the customer types into tokens of some models.
type Signing struct {
	Policy  string   `json:"policy" doc:"The policy that such a signature is a proof for."`
	Profile string   `json:"profile" doc:"The signing profile of the models."`
	Keypad  string   `json:"keypad" enum:"decimal,text,hash" doc:"decimal: digits are typed. text: digits and capital letters. hash: nothing is typed, a cable or a camera brings the payment_hash."`
	Models  []string `json:"models" doc:"The models of tokens that this is for."`
	Names   []string `json:"names" doc:"Their names, for people."`
	Entries []Entry  `json:"entries" doc:"What is typed, in this order, each followed by OK."`
}

// Entry is one thing that is typed.
type Entry struct {
	Field string `json:"field" enum:"account,amount,currency,total,count,payees" doc:"What it is, to choose the words beside it."`
	Text  string `json:"text" doc:"What is typed, exactly."`
	Shown string `json:"shown" doc:"The same in groups of four, as it should be shown. The spaces are not typed."`
}

// read checks the payment of a request; nil is none. Faults name the fields as the
// caller wrote them.
func (p *Payment) read() (payment.Payment, error) {
	if p == nil {
		return payment.Payment{}, nil
	}
	orders := make([]payment.Order, 0, len(p.Orders))
	for _, o := range p.Orders {
		orders = append(orders, payment.Order{
			Amount: o.Amount, Currency: o.Currency, Reference: o.Reference,
			Payee: payment.Payee{Scheme: payment.Scheme(o.Payee.Scheme), Account: o.Payee.Account, Name: o.Payee.Name},
		})
	}
	out, err := payment.New(orders...)
	if err == nil {
		return out, nil
	}
	f := fault.From(err)
	at, many := strings.CutPrefix(f.Field, "/payments")
	if !many {
		at = "/0" + at
	}
	return out, f.WithField("/payment/orders" + at)
}

// signingOf lays out what is to be typed.
func signingOf(all []hub.Signing) (out []Signing) {
	for _, s := range all {
		x := Signing{Policy: s.Policy, Profile: s.Profile, Keypad: string(s.Keypad), Models: s.Models, Names: s.Names, Entries: []Entry{}}
		for _, e := range s.Entries {
			x.Entries = append(x.Entries, Entry{Field: string(e.Field), Text: e.Text, Shown: e.Grouped()})
		}
		out = append(out, x)
	}
	return out
}
