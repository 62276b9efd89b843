package dskpp

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrText says that a text cannot be prepared: it holds what RFC 4013 prohibits.
var ErrText = errors.New("the text holds characters that are not allowed")

// SASLprep prepares a text that a person typed (RFC 4013): blanks of all kinds
// become U+0020, what is "commonly mapped to nothing" goes, the normal form KC is
// taken, control and private characters are refused, and so is a mixture of
// writing directions. nfkc is the normal form KC, for example norm.NFKC.String of
// golang.org/x/text, of which this package holds no table; with nil only ASCII is
// taken.
//
// Code points that Unicode 3.2 did not assign, as RFC 4013 asks, are not told from
// later ones: texts with characters newer than 2002 are taken. That is the rule
// for queries (RFC 3454, section 7).
func SASLprep(s string, nfkc func(string) string) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrText
	}
	s = strings.Map(mapped, s)
	if nfkc != nil {
		s = nfkc(s)
	}
	right, left := false, false
	for _, r := range s {
		if prohibited(r) || nfkc == nil && r > 0x7E {
			return "", ErrText
		}
		right = right || rightToLeft(r)
		left = left || unicode.IsLetter(r) && !rightToLeft(r)
	}
	if right {
		first, _ := utf8.DecodeRuneInString(s)
		last, _ := utf8.DecodeLastRuneInString(s)
		if left || !rightToLeft(first) || !rightToLeft(last) { // RFC 3454, section 6
			return "", ErrText
		}
	}
	return s, nil
}

// mapped is the mapping of RFC 4013, section 2.1 (tables B.1 and C.1.2).
func mapped(r rune) rune {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x1806, r >= 0x180B && r <= 0x180D, r >= 0x200B && r <= 0x200D,
		r == 0x2060, r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF:
		return -1
	case r == 0xA0, r == 0x1680, r >= 0x2000 && r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x3000:
		return ' '
	}
	return r
}

// prohibited is RFC 4013, section 2.3.
func prohibited(r rune) bool {
	switch {
	case unicode.IsControl(r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r), unicode.Is(unicode.Noncharacter_Code_Point, r):
		return true
	case r == 0x6DD, r == 0x70F, r == 0x180E, r >= 0x200C && r <= 0x200F, r >= 0x2028 && r <= 0x202E, r >= 0x2060 && r <= 0x2063,
		r >= 0x206A && r <= 0x206F, r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFD, r >= 0x2FF0 && r <= 0x2FFB,
		r == 0x340, r == 0x341, r >= 0x1D173 && r <= 0x1D17A, r >= 0xE0001 && r <= 0xE007F:
		return true
	}
	return false
}

// rightToLeft tells the letters of the scripts written from right to left.
func rightToLeft(r rune) bool {
	return unicode.IsLetter(r) && unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana) || r == 0x5BE || r == 0x5C0 || r == 0x5C3 || r == 0x61B || r == 0x61F || r == 0x200F
}
