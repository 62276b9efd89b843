package ident

import (
	"errors"
	"io"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// The alphabet of Crockford's base 32: digits and capital letters without I, L,
// O and U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	groupSize   = 4 // characters between hyphens
	checkLength = 2 // check characters at the end of a code
	minCode     = 8 // random characters: 40 bits
	maxCode     = 32
)

// Errors of ReadCode. They are about form: no attempt need be counted for them.
var (
	ErrCodeLength    = errors.New("the code is too short or too long")
	ErrCodeCharacter = errors.New("the code has a character that no code has")
	ErrCodeCheck     = errors.New("the code was mistyped: its check characters do not match")
)

// NewCode makes a code with n random characters (5 bits each, n from 8 to 32)
// and two check characters, in groups of four joined by hyphens.
// It panics when rand fails or n is out of range.
func NewCode(n int, rand io.Reader) string {
	if n < minCode || n > maxCode {
		panic("ident: a code has 8 to 32 random characters")
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(rand, b); err != nil {
		panic("ident: no randomness: " + err.Error())
	}
	for i := range b {
		b[i] = crockford[b[i]&31] // 256 is a multiple of 32: no bias
	}
	return Group(string(b) + check(string(b)))
}

// Group writes a canonical code as people read it: groups of four with hyphens.
func Group(code string) string {
	var s strings.Builder
	for i := range len(code) {
		if i > 0 && i%groupSize == 0 {
			s.WriteByte('-')
		}
		s.WriteByte(code[i])
	}
	return s.String()
}

// ReadCode gives the canonical form (capitals, no hyphens, check characters
// kept) of what a person typed for a code of 8 to 32 random characters. Spaces
// and hyphens are dropped, full-width characters folded, I and L read as 1 and O
// as 0.
func ReadCode(typed string) (string, error) {
	if len(typed) > 256 {
		return "", ErrCodeLength
	}
	var s strings.Builder
	for _, r := range strings.ToUpper(norm.NFKC.String(typed)) {
		switch r {
		case ' ', '-', '\t', '‐', '–', '\n', '\r':
			continue
		case 'I', 'L':
			r = '1'
		case 'O':
			r = '0'
		}
		if r > 0x7f || strings.IndexByte(crockford, byte(r)) < 0 {
			return "", ErrCodeCharacter
		}
		s.WriteRune(r)
	}
	code := s.String()
	n := len(code) - checkLength
	if n < minCode || n > maxCode {
		return "", ErrCodeLength
	}
	if check(code[:n]) != code[n:] {
		return "", ErrCodeCheck
	}
	return code, nil
}

// check computes two check characters: remainders of a polynomial over the
// field of 32 elements with the roots a and a^2 (a shortened Reed-Solomon code
// of distance 3), which catches every one or two wrong characters, neighbors
// swapped included, up to 31 characters in all.
func check(data string) string {
	var c0, c1 byte // remainder, c1 the higher coefficient
	for i := range len(data) {
		f := byte(strings.IndexByte(crockford, data[i])) ^ c1 //nolint:gosec // one of 32
		c1 = c0 ^ mul(f, 6)                                   // a + a^2
		c0 = mul(f, 8)                                        // a * a^2
	}
	return string([]byte{crockford[c1], crockford[c0]})
}

// mul multiplies in GF(32) modulo x^5 + x^2 + 1, in which x (2) is primitive.
func mul(a, b byte) byte {
	var p byte
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			p ^= a
		}
		if a <<= 1; a&32 != 0 {
			a ^= 0b100101
		}
	}
	return p
}
