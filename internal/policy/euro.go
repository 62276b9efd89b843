package policy

import (
	"maps"
	"math/big"
	"regexp"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/payment"
)

// Euro converts other currencies for limits that the law has in euro. The table is
// the bank's; nothing is fetched.
type Euro struct {
	Until string            `yaml:"until,omitempty"` // last day of the table, YYYY-MM-DD in UTC; "" when only euro are compared
	Rates map[string]string `yaml:"rates"`           // what one euro is worth in each currency, such as USD: "1.0845"
}

// Cents returns what an amount is worth in cents of a euro, rounded up. It is false
// for a currency that the table does not have, and after its last day.
func (x Euro) Cents(a payment.Amount, now time.Time) (int64, bool) {
	if a.Currency == "EUR" {
		return a.Minor, true
	}
	rate, ok := rateOf(x.Rates[string(a.Currency)])
	if !ok || !x.current(now) {
		return 0, false
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(a.Currency.Decimals())), nil)
	worth := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(100)), unit)
	worth.Quo(worth, rate)
	cents, rest := new(big.Int).QuoRem(worth.Num(), worth.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		cents.Add(cents, big.NewInt(1))
	}
	return cents.Int64(), cents.IsInt64() && cents.Int64() <= payment.MaxMinor
}

func (x Euro) current(now time.Time) bool {
	last, err := time.Parse(time.DateOnly, x.Until)
	return err == nil && now.UTC().Before(last.AddDate(0, 0, 1))
}

var rateForm = regexp.MustCompile(`^(0|[1-9]\d{0,8})(\.\d{1,9})?$`)

// rateOf reads a positive decimal number.
func rateOf(s string) (*big.Rat, bool) {
	if !rateForm.MatchString(s) {
		return nil, false
	}
	r, ok := new(big.Rat).SetString(s)
	return r, ok && r.Sign() > 0
}

func (x Euro) validate(m *mistakes) {
	_, err := time.Parse(time.DateOnly, x.Until)
	m.check(err == nil || x.Until == "" && len(x.Rates) == 0, "exemptions: euro.until is %q; it must be the last day of the table, such as 2027-01-31", x.Until)
	for _, code := range slices.Sorted(maps.Keys(x.Rates)) {
		c, err := payment.ParseCurrency(code)
		m.check(err == nil && string(c) == code && c != "EUR", "exemptions: euro.rates has %q, which is no other currency of ISO 4217", code)
		_, ok := rateOf(x.Rates[code])
		m.check(ok, "exemptions: euro.rates.%s is %q; it must be what one euro is worth, a positive number such as \"1.0845\"", code, x.Rates[code])
	}
}
