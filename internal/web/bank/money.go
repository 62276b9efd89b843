package bank

import (
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// currency is one in which payments can be made.
type currency struct {
	Code     string // ISO 4217
	Decimals int    // that an amount has
	Price    int64  // of one unit, in millionths of a euro: the bank's made-up rate
}

// currencies are those that the form offers; accounts are in the first one.
var currencies = [...]currency{
	{"EUR", 2, 1_000_000},
	{"CHF", 2, 1_070_000},
	{"GBP", 2, 1_150_000},
	{"JPY", 0, 6_100},
	{"KWD", 3, 2_990_000},
	{"NOK", 2, 86_000},
	{"USD", 2, 860_000},
}

// maxAmountDigits bounds an amount, decimals included: thirteen before them.
const maxAmountDigits = 15

// currencyOf looks a currency up; without a code it is that of the accounts.
func currencyOf(code string) (currency, bool) {
	for _, c := range currencies {
		if c.Code == code || code == "" {
			return c, true
		}
	}
	return currency{}, false
}

// euros is what a sum costs in cents of euro, rounded up. False: more than an
// account can ever hold.
func (c currency) euros(minor int64) (int64, bool) {
	n := new(big.Int).Mul(big.NewInt(minor), big.NewInt(c.Price*100))
	unit := new(big.Int).Mul(big.NewInt(1_000_000), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Decimals)), nil))
	n.Add(n, new(big.Int).Sub(unit, big.NewInt(1))).Div(n, unit)
	return n.Int64(), n.IsInt64()
}

// decimal writes a sum as the API wants it: "1234.50", "1234" for a currency
// without decimals.
func (c currency) decimal(minor int64) string {
	s := strconv.FormatInt(minor, 10)
	if c.Decimals == 0 {
		return s
	}
	if missing := c.Decimals + 1 - len(s); missing > 0 {
		s = strings.Repeat("0", missing) + s
	}
	return s[:len(s)-c.Decimals] + "." + s[len(s)-c.Decimals:]
}

// amount reads a sum as people write it, whatever their country: "1234.5",
// "1.234,50", "1,234.50", "1 234,50", "1'234.50", with digits of any script. What
// has two readings, as "1.500" has, is not guessed; but where amounts have three
// decimals they are written so. The second result says what is wrong, as the end of a
// text's key; "" is nothing.
func (c currency) amount(text string) (minor int64, wrong string) {
	whole, fraction, wrong := c.cut(fold(text))
	switch {
	case wrong != "":
		return 0, wrong
	case len(fraction) > c.Decimals && c.Decimals == 0:
		return 0, "whole"
	case len(fraction) > c.Decimals:
		return 0, "decimals"
	}
	s := strings.TrimLeft(whole+fraction+strings.Repeat("0", c.Decimals-len(fraction)), "0")
	switch {
	case s == "":
		return 0, "zero"
	case len(s) > maxAmountDigits:
		return 0, "large"
	}
	minor, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, "form"
	}
	return minor, ""
}

// cut finds the decimal sign: the last point or comma, unless it comes more than
// once.
func (c currency) cut(s string) (whole, fraction, wrong string) {
	s = strings.NewReplacer("'", " ", "’", " ").Replace(s)
	at := strings.LastIndexAny(s, ".,")
	if at < 0 {
		return ungroup(s, " ")
	}
	sign, other := s[at:at+1], "."
	if sign == "." {
		other = ","
	}
	if strings.Count(s, sign) > 1 {
		return ungroup(s, sign)
	}
	whole, fraction = s[:at], s[at+1:]
	switch {
	case !digits(fraction):
		return "", "", "form"
	case len(fraction) == 3 && (sign == "," || c.Decimals != len(fraction)) && len(whole) <= 3 && digits(whole) && strings.Trim(whole, "0") != "":
		return "", "", "ambiguous" // thousands for some, thousandths for others
	case strings.Contains(whole, other):
		whole, _, wrong = ungroup(whole, other)
	default:
		whole, _, wrong = ungroup(whole, " ")
	}
	return whole, fraction, wrong
}

// ungroup takes out what stands between groups of three digits.
func ungroup(s, between string) (whole, _, wrong string) {
	groups := strings.Split(s, between)
	for i, g := range groups {
		if !digits(g) || i > 0 && len(g) != 3 || len(groups) > 1 && len(g) > 3 {
			return "", "", "form"
		}
	}
	return strings.Join(groups, ""), "", ""
}

// digits reports a text of ASCII digits, one at least.
func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// fold brings a text to the normal form of Countersign's payments, so that what
// the bank executes is, byte by byte, what was signed: compatible forms and digits
// of all scripts become plain ones, blanks become single spaces.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\u200c' || r == '\u200d' { // joiners
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(strings.Map(plainDigit, norm.NFKC.String(s))), " ")
}

// plainDigit maps a decimal digit of any script to ASCII. Unicode has them in
// runs of ten, from zero to nine.
func plainDigit(r rune) rune {
	if r <= unicode.MaxASCII || !unicode.Is(unicode.Nd, r) {
		return r
	}
	for _, x := range unicode.Nd.R16 {
		if rune(x.Lo) <= r && r <= rune(x.Hi) {
			return '0' + (r-rune(x.Lo))%10
		}
	}
	for _, x := range unicode.Nd.R32 {
		if lo := rune(x.Lo); lo <= r && r <= rune(x.Hi) { //nolint:gosec // runes fit
			return '0' + (r-lo)%10
		}
	}
	return r
}
