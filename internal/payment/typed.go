package payment

import (
	"fmt"
	"strings"
)

// The digit before an account says its scheme and how it is written:
//
//	0  cz     bank of 4, prefix of 6, number of 10 digits, as in the IBAN
//	1  iban   country as pairs, then digits
//	2  iban   country as pairs, two check digits, then mixed
//	3  local  digits; with letters on a keypad that has them
//	4  local  mixed
//	5  gb     digits
//	6  no     digits
//	7  us     routing number of 9 digits, then the account
//	8  au     BSB of 6 digits, then the account
//	9  swift  BIC of 11 characters and account together, mixed
//
// A pair is a letter or digit as two digits: 00 to 09 for 0 to 9, 10 to 35 for A to
// Z (the numbering of ISO 7064). Mixed is two digits that say how many characters
// follow as pairs, which ends with the last letter, then these, then the rest, which has
// digits only. On a keypad with letters everything is typed as it is, after 0, 1, 3
// or 5 to 9.
//
// Each form can be read back, and no payment has two: so two accounts never look
// alike to the token.

// account gives the account of a payee as it is typed.
func (p Profile) account(y Payee) (string, error) {
	switch {
	case y.Scheme == None:
		return "", notTypeable("The payee has no account that could be typed into a token.")
	case p.Scheme != None:
		return p.fixed(y)
	case p.Keypad == Text:
		return textual(y), nil
	}
	return decimal(y), nil
}

// fixed gives an account of the one scheme that the profile signs for, without
// anything that says so.
func (p Profile) fixed(y Payee) (string, error) {
	if y.Scheme != p.Scheme {
		return "", notTypeable("The token signs payments to accounts of the scheme %s only.", p.Scheme)
	}
	acc := bare(y)
	if p.Scheme == IBAN {
		if acc[:2] != p.Country {
			return "", notTypeable("The token signs payments to accounts of the country %s only.", p.Country)
		}
		acc = acc[2:]
	}
	if p.Keypad == Decimal && !digits(acc) {
		return "", notTypeable("The account has letters, which cannot be typed into the token.")
	}
	return acc, nil
}

// bare is an account without its separators, which stand where the lengths of the
// parts say: it can be read back.
func bare(y Payee) string {
	if y.Scheme != CZ {
		return strings.Replace(y.Account, "/", "", 1)
	}
	number, bank, _ := strings.Cut(y.Account, "/")
	prefix, base, dash := strings.Cut(number, "-")
	if !dash {
		prefix, base = "", number
	}
	return fmt.Sprintf("%s%06s%010s", bank, prefix, base)
}

func textual(y Payee) string {
	return map[Scheme]string{CZ: "0", IBAN: "1", Local: "3", GB: "5", NO: "6", US: "7", AU: "8", Swift: "9"}[y.Scheme] + bare(y)
}

func decimal(y Payee) string {
	acc := bare(y)
	switch y.Scheme {
	case IBAN:
		if digits(acc[2:]) {
			return "1" + pairs(acc[:2]) + acc[2:]
		}
		return "2" + pairs(acc[:2]) + acc[2:4] + mixed(acc[4:])
	case Local:
		if !digits(acc) {
			return "4" + mixed(acc)
		}
	case Swift:
		return "9" + mixed(acc)
	case None, CZ, GB, NO, US, AU: // digits only
	}
	return textual(y)
}

// mixed writes digits and capital letters as digits.
func mixed(s string) string {
	n := strings.LastIndexFunc(s, func(r rune) bool { return r > '9' }) + 1
	return fmt.Sprintf("%02d%s%s", n, pairs(s[:n]), s[n:])
}

// pairs writes each character as two digits.
func pairs(s string) string {
	var b strings.Builder
	for i := range len(s) {
		n := int(s[i]) - '0'
		if s[i] > '9' {
			n = int(s[i]) - 'A' + 10
		}
		fmt.Fprintf(&b, "%02d", n)
	}
	return b.String()
}
