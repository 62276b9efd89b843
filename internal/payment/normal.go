package payment

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/fault"
)

// fold brings a text to its normal form (see the package comment) without
// looking for characters that are not allowed. It is idempotent.
func fold(s string) string {
	if plain(s) {
		return s
	}
	// Joiners go first: NFKC must see what they kept apart. Digits of other
	// scripts go last: NFKC turns some of them into ASCII itself.
	s = norm.NFKC.String(strings.Map(dropJoiner, s))
	return strings.Join(strings.Fields(strings.Map(asciiDigit, s)), " ")
}

// plain reports whether s is printable ASCII without a space at an end or two
// in a row, which is its own normal form.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

func dropJoiner(r rune) rune {
	if r == '\u200c' || r == '\u200d' {
		return -1
	}
	return r
}

// asciiDigit maps decimal digits of every script to ASCII. Unicode encodes each
// set of them as a run of ten from zero to nine.
func asciiDigit(r rune) rune {
	if r <= unicode.MaxASCII || !unicode.Is(unicode.Nd, r) {
		return r
	}
	for _, g := range unicode.Nd.R16 {
		if lo := rune(g.Lo); lo <= r && r <= rune(g.Hi) {
			return '0' + (r-lo)%10
		}
	}
	for _, g := range unicode.Nd.R32 {
		if lo := rune(g.Lo); lo <= r && r <= rune(g.Hi) { //nolint:gosec // runes fit
			return '0' + (r-lo)%10
		}
	}
	return r
}

// text normalizes a name or reference of at most limit characters. The field
// is named in the fault.
func text(s, field string, limit int) (string, error) {
	bad := func(detail string, args ...any) error {
		return fault.Invalidf("payment.text", detail, args...).WithField(field)
	}
	if len(s) > 8*limit {
		return "", bad("The text is too long: at most %d characters.", limit)
	}
	s = fold(s)
	n := 0
	for _, r := range s {
		n++
		if !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
			return "", bad("Character %d of the text cannot be shown: remove it.", n)
		}
	}
	if n > limit {
		return "", bad("The text is too long: at most %d characters.", limit)
	}
	return s, nil
}
