package payment

import (
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// maxEntries is how many entries one digit can count.
const maxEntries = 9

// Question forms the OCRA question that a token makes of what was typed into it,
// of length characters. The token needs to know nothing but the texts:
//
//	question = n entry{n} zeros
//	n        = how many entries there are, one digit, 1 to 9
//	entry    = its length in characters as two digits, then the text
//	zeros    = "0" as often as the question is too short
//
// A question that would be too long is refused, never cut: payment.not_typeable.
//
// The question can be read back, so different entries give different questions. It
// begins with another digit than zero and has one length, because OCRA reads a
// question of digits as a number and fills it with zero bits behind (RFC 6287,
// section 5.1): there 7 and 07 are one question, and so are 1 and 16.
func (k Keypad) Question(entries []string, length int) (string, error) {
	if len(entries) < 1 || len(entries) > maxEntries {
		return "", fault.New(fault.Internal, "payment.entries", "A token takes 1 to %d entries.", maxEntries)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d", len(entries))
	for _, e := range entries {
		if e == "" || !k.has(e) {
			return "", fault.New(fault.Internal, "payment.entries", "An entry is empty or cannot be typed.")
		}
		fmt.Fprintf(&b, "%02d%s", len(e), e)
	}
	if b.Len() > length {
		return "", notTypeable("The payment is too long for the token, which takes %d characters in all: it would need %d.", length, b.Len())
	}
	return b.String() + strings.Repeat("0", length-b.Len()), nil
}

// has reports whether s can be typed.
func (k Keypad) has(s string) bool { return digits(s) || k == Text && alphanumeric(s) }

// Question returns the OCRA question that a token of the profile forms for the
// payment; for [Wire] that is the hash in lower-case hexadecimal. Payments that
// differ in any part that the profile binds have different questions. It fails as
// [Profile.Entries] does.
func (p Profile) Question(pay Payment) (string, error) {
	entries, err := p.entries(pay)
	if err != nil {
		return "", err
	}
	return p.question(pay, entries)
}

func (p Profile) question(pay Payment, entries []Entry) (string, error) {
	if p.Keypad == Wire {
		return pay.hash.String(), nil
	}
	texts := make([]string, 0, len(entries))
	for _, e := range entries {
		texts = append(texts, e.Text)
	}
	return p.Keypad.Question(texts, p.Length)
}
