package payment

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// payeesDigits is how many digits stand for the payees of a batch. Whoever wants
// another batch with the same total, count and digits has to try 10^20 of them
// while the payer waits.
const payeesDigits = 20

// Entry is one thing that the payer types into the token.
type Entry struct {
	Field Field  // what it is, for the words beside it
	Text  string // to be typed exactly; see Grouped for how to show it
}

// Grouped returns the text in groups of four, as it should be shown. The spaces
// are not typed.
func (e Entry) Grouped() string {
	var b strings.Builder
	for i := range len(e.Text) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(e.Text[i])
	}
	return b.String()
}

// notTypeable is the fault of a payment that the tokens of a profile cannot sign.
func notTypeable(detail string, args ...any) error {
	return fault.Invalidf("payment.not_typeable", detail+" Approve it by another method.", args...).WithField("/payment")
}

// Entries returns what the payer types into a token of the profile, in this order;
// nothing for [Wire]. It fails with payment.not_typeable for a payment that such
// a token cannot sign: in another currency or scheme than the profile fixes, to a
// payee without an account, or too long. Nothing is ever cut.
//
//	account   see Profile; docs/signing.md has the digits of every scheme
//	amount    minor units: EUR 12.50 is 1250, JPY 1250 is 1250
//	currency  ISO 4217, three digits: EUR is 978
//	total     as amount
//	count     how many orders
//	payees    the payment's hash, read as a number, modulo 10^20, filled with zeros to 20 digits
func (p Profile) Entries(pay Payment) ([]Entry, error) {
	entries, err := p.entries(pay)
	if err == nil {
		_, err = p.question(pay, entries)
	}
	if err != nil {
		return nil, err
	}
	return entries, nil
}

func (p Profile) entries(pay Payment) ([]Entry, error) {
	fields := p.Single
	if pay.Len() > 1 {
		fields = p.Batch
	}
	switch {
	case pay.IsZero():
		return nil, fault.Invalidf("payment.empty", "There is nothing to pay: give at least one payment.")
	case p.Currency != "" && pay.total.Currency != p.Currency:
		return nil, notTypeable("The token signs payments in %s only.", p.Currency)
	case p.Keypad == Wire:
		return nil, nil
	case len(fields) == 0:
		return nil, notTypeable("The token cannot sign several payments at once.")
	}
	entries := make([]Entry, 0, len(fields))
	for _, f := range fields {
		text, err := p.write(f, pay)
		if err != nil {
			return nil, err
		}
		entries = append(entries, Entry{Field: f, Text: text})
	}
	return entries, nil
}

// write gives one field as it is typed.
func (p Profile) write(f Field, pay Payment) (string, error) {
	switch f {
	case FieldAccount:
		return p.account(pay.items[0].payee)
	case FieldAmount, FieldTotal:
		return strconv.FormatInt(pay.total.Minor, 10), nil
	case FieldCurrency:
		return pay.total.Currency.Numeric(), nil
	case FieldCount:
		return strconv.Itoa(pay.Len()), nil
	case FieldPayees:
		return payees(pay.hash), nil
	}
	return "", fault.New(fault.Internal, "payment.field", "The signing profile %s has an unknown field.", p.Code)
}

// payees are the digits that stand for everything in a batch.
func payees(h Hash) string {
	bound := new(big.Int).Exp(big.NewInt(10), big.NewInt(payeesDigits), nil)
	s := new(big.Int).Mod(new(big.Int).SetBytes(h[:]), bound).String()
	return strings.Repeat("0", payeesDigits-len(s)) + s
}
