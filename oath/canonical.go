package oath

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// minCode is the shortest code of any token: OCRA has four digits.
const minCode = 4

// maxTyped bounds the digits of a code with a PIN around it.
const maxTyped = 40

// maxRaw bounds the text that is looked at, in bytes: a code of 40 digits in
// the widest encoding with a space after each, far more than anyone types.
const maxRaw = 256

// CodeProblem says what is wrong with a typed code.
type CodeProblem uint8

// The problems of a typed code.
const (
	CodeEmpty    CodeProblem = iota + 1 // nothing was typed
	CodeTooShort                        // fewer digits than any code has
	CodeTooLong                         // more digits than any code has
	CodeNotDigit                        // a letter, sign or hidden character
)

// CodeError is the error of Canonical. It carries no character of what was
// typed: people type passwords into the wrong field.
type CodeError struct {
	Problem  CodeProblem
	Digits   int // digits found; counting stops when there are too many
	At       int // for CodeNotDigit, the position of the character, from 1
	Min, Max int // the lengths allowed
}

// Error says what is wrong and what to do.
func (e *CodeError) Error() string {
	switch e.Problem {
	case CodeEmpty:
		return "oath: no code: type the digits that the token shows"
	case CodeTooShort:
		return fmt.Sprintf("oath: the code has %d digits, at least %d are needed: type all the digits that the token shows", e.Digits, e.Min)
	case CodeTooLong:
		return fmt.Sprintf("oath: the code has more than %d digits: type only the digits that the token shows, once", e.Max)
	default:
		return fmt.Sprintf("oath: character %d of the code is not a digit: type only the digits that the token shows", e.At)
	}
}

// Canonical returns the one ASCII form of a code as people type it: 4 to 10
// digits. White space and hyphens are dropped wherever they stand, and the
// decimal digits of every script (full-width, Arabic-Indic, …) become ASCII.
// Everything else is a *CodeError.
//
// Call it before a code is compared, stored or becomes the key of a replay
// check: two spellings of one code must be one code (CVE-2025-6014).
func Canonical(s string) (string, error) { return CanonicalRange(s, minCode, MaxDigits) }

// CanonicalRange is Canonical for a text of minimum to maximum digits, such as
// a code with a PIN before or behind it. The maximum is at most 40.
func CanonicalRange(s string, minimum, maximum int) (string, error) {
	maximum = min(maximum, maxTyped)
	fail := func(p CodeProblem, digits, at int) (string, error) {
		return "", &CodeError{Problem: p, Digits: digits, At: at, Min: minimum, Max: maximum}
	}
	if len(s) > maxRaw {
		return fail(CodeTooLong, 0, 0)
	}
	out := make([]byte, 0, maximum)
	at := 0
	for _, r := range s {
		at++
		d, ok := digit(r)
		switch {
		case ok && len(out) == maximum:
			return fail(CodeTooLong, len(out)+1, 0)
		case ok:
			out = append(out, d)
		case !separator(r):
			return fail(CodeNotDigit, len(out), at)
		}
	}
	switch {
	case len(out) == 0:
		return fail(CodeEmpty, 0, 0)
	case len(out) < minimum:
		return fail(CodeTooShort, len(out), 0)
	}
	return string(out), nil
}

// digit returns the ASCII digit for a decimal digit of any script. Unicode
// encodes each set of decimal digits as one run from zero to nine, so the
// value follows from the distance to the start of the range.
func digit(r rune) (byte, bool) {
	if r < utf8.RuneSelf {
		return byte(r & 0x7f), '0' <= r && r <= '9'
	}
	for _, g := range unicode.Nd.R16 {
		if lo := rune(g.Lo); lo <= r && r <= rune(g.Hi) {
			return "0123456789"[(r-lo)%10], true
		}
	}
	for _, g := range unicode.Nd.R32 {
		if lo, hi := int64(g.Lo), int64(g.Hi); lo <= int64(r) && int64(r) <= hi {
			return "0123456789"[(int64(r)-lo)%10], true
		}
	}
	return 0, false
}

// separator reports what people put between groups of digits: white space and
// the characters that look like a hyphen.
func separator(r rune) bool {
	switch r {
	case '-', '\u00ad', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212', '\ufe63', '\uff0d':
		return true
	}
	return unicode.IsSpace(r)
}
