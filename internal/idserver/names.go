package idserver

import (
	"slices"
	"strings"

	"github.com/countersign-auth/countersign/internal/payment"
)

// names reports whether a text says what a payment is: its total, and who gets it, or the
// fingerprint that stands for all its orders. Blanks are left out: accounts are shown in groups.
func names(text string, p payment.Payment) bool {
	if p.IsZero() {
		return true
	}
	text = blankless(text)
	if !says(text, p.Total().Decimal()) || !says(text, string(p.Total().Currency)) {
		return false
	}
	if says(text, p.Hash().String()[:fingerprint]) {
		return true
	}
	return !slices.ContainsFunc(p.Orders(), func(o payment.Order) bool {
		account, name := o.Payee.AccountText(), o.Payee.Name
		return account != "" && !says(text, account) || account == "" && !says(text, name)
	})
}

// blankless drops the blanks of each line.
func blankless(s string) string {
	all := strings.Split(s, "\n")
	for i, line := range all {
		all[i] = strings.Join(strings.Fields(line), "")
	}
	return strings.Join(all, "\n")
}

// says reports whether a blankless text has a part that is no part of a longer number: 9.00 does not
// stand in 109.00.
func says(text, part string) bool {
	part = blankless(part)
	for from := 0; part != ""; {
		i := strings.Index(text[from:], part)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(part)
		longer := digit(part, 0) && endsInNumber(text[:start]) || digit(part, len(part)-1) && beginsWithNumber(text[end:])
		if !longer {
			return true
		}
		from = start + 1
	}
	return false
}

// separators stand between the digits of one number.
func separators() []string { return []string{".", ",", "'", "’"} }

// endsInNumber reports whether digits that follow a text go on with a number in it.
func endsInNumber(s string) bool {
	for _, x := range separators() {
		if rest, cut := strings.CutSuffix(s, x); cut {
			s = rest
			break
		}
	}
	return digit(s, len(s)-1)
}

// beginsWithNumber reports whether digits before a text go on in it.
func beginsWithNumber(s string) bool {
	for _, x := range separators() {
		if rest, cut := strings.CutPrefix(s, x); cut {
			s = rest
			break
		}
	}
	return digit(s, 0)
}

func digit(s string, i int) bool { return i >= 0 && i < len(s) && '0' <= s[i] && s[i] <= '9' }
