package payment

import (
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// MaxMinor is the largest amount and the largest total, in minor units: 18 digits.
const MaxMinor = 999_999_999_999_999_999

// maxAmountText bounds the text of an amount in bytes before it is looked at.
const maxAmountText = 128

// Amount is a positive sum of money.
type Amount struct {
	Minor    int64    // minor units (cents, fils), 1 to MaxMinor
	Currency Currency // decides what a minor unit is
}

// ParseAmount reads a decimal text ("1234.5", "1 234.50", "１２３４.５") exactly.
// The only decimal sign is the point. It fails, naming the field /amount, for any
// other character, for more decimals than the currency has, for zero and for more
// than MaxMinor.
func ParseAmount(text string, c Currency) (Amount, error) {
	if len(text) > maxAmountText {
		return Amount{}, badAmount("The amount is too long: at most 18 digits.")
	}
	whole, fraction, point := strings.Cut(fold(text), ".")
	whole, ok := ungroup(whole)
	switch {
	case !ok || point && fraction == "" || !digits(fraction):
		return Amount{}, badAmount("The amount is not a decimal number: write digits and at most one point, such as 1234.50.")
	case len(fraction) > c.Decimals():
		return Amount{}, badAmount("The amount has more decimals than %s, which has %d: write it with at most that many.", c, c.Decimals())
	}
	whole = strings.TrimLeft(whole+fraction+strings.Repeat("0", c.Decimals()-len(fraction)), "0")
	switch {
	case whole == "":
		return Amount{}, badAmount("The amount is zero: a payment needs a positive amount.")
	case len(whole) > 18:
		return Amount{}, badAmount("The amount is too large: at most 18 digits, decimals included.")
	}
	minor, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return Amount{}, badAmount("The amount is not a decimal number.").WithCause(err)
	}
	return Amount{Minor: minor, Currency: c}, nil
}

// ungroup takes the spaces out of digits grouped in threes.
func ungroup(s string) (string, bool) {
	groups := strings.Split(s, " ")
	for i, g := range groups {
		if g == "" || !digits(g) || i > 0 && len(g) != 3 || len(groups) > 1 && len(g) > 3 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func badAmount(detail string, args ...any) *fault.Error {
	return fault.Invalidf("payment.amount", detail, args...).WithField("/amount")
}

// Decimal returns the amount with all decimals of its currency and without
// grouping: "1234.50", or "1234" for JPY.
func (a Amount) Decimal() string {
	s, n := strconv.FormatInt(a.Minor, 10), a.Currency.Decimals()
	if n == 0 {
		return s
	}
	if len(s) <= n {
		s = strings.Repeat("0", n+1-len(s)) + s
	}
	return s[:len(s)-n] + "." + s[len(s)-n:]
}

// String returns the amount as people are shown it: "EUR 1234.50".
func (a Amount) String() string { return string(a.Currency) + " " + a.Decimal() }
