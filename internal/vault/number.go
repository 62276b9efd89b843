package vault

import (
	"crypto/rand"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/countersign-auth/countersign/internal/fault"
)

// Numbers of accounts and tokens have 13 to 19 digits (ISO/IEC 7812-1).
const (
	minDigits = 13
	maxDigits = 19
)

// Last4 is what people see of a number.
func Last4(number string) string {
	if len(number) < minDigits {
		return ""
	}
	return number[len(number)-4:]
}

// checkDigit is that of digits without it (ISO/IEC 7812-1, annex B).
func checkDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			d = d*2 - d/5*9
		}
		sum += d
	}
	return '0' + byte((10-sum%10)%10)
}

// Number gives the normal form of an account number as typed: blanks and hyphens dropped. The fault "vault.number" (Invalid) is for one of
// another length, with letters or a wrong check digit; it does not show the number.
func Number(typed string) (string, error) {
	s := strings.NewReplacer(" ", "", "-", "").Replace(typed)
	if len(s) < minDigits || len(s) > maxDigits || strings.Trim(s, "0123456789") != "" || checkDigit(s[:len(s)-1]) != s[len(s)-1] {
		return "", fault.Invalidf("vault.number", "This is no card number: 13 to 19 digits, of which the last one checks the others.").WithField("/number")
	}
	return s, nil
}

// Range is where a portfolio's tokens are from: numbers of one length that begin with some digits.
type Range struct {
	Prefix string `json:"prefix"` // 6 to 12 digits: the issuer's token range, so that anybody sees that it is a token and whose (DI-15)
	Digits int    `json:"digits"` // 13 to 19
}

func (r Range) check() error {
	if len(r.Prefix) < 6 || len(r.Prefix) > 12 || strings.Trim(r.Prefix, "0123456789") != "" || r.Digits < minDigits || r.Digits > maxDigits || r.Digits-len(r.Prefix) < 5 {
		return fault.Invalidf("vault.range", "A range of tokens has a prefix of 6 to 12 digits and numbers of 13 to 19, at least five more than the prefix.").WithField("/range")
	}
	return nil
}

// overlaps reports whether a number could be of both.
func (r Range) overlaps(o Range) bool {
	return r.Digits == o.Digits && (strings.HasPrefix(r.Prefix, o.Prefix) || strings.HasPrefix(o.Prefix, r.Prefix))
}

// draw makes a random number of the range.
func (r Range) draw(random io.Reader) (string, error) {
	free := r.Digits - len(r.Prefix) - 1
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(free)), nil)
	n, err := rand.Int(random, limit)
	if err != nil {
		return "", fmt.Errorf("vault: a token at random: %w", err)
	}
	s := r.Prefix + fmt.Sprintf("%0"+strconv.Itoa(free)+"s", n.String())
	return s + string(checkDigit(s)), nil
}
