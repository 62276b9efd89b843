package iso8583

import (
	"fmt"
	"strconv"
	"strings"
)

// kind is what a value consists of.
type kind uint8

const (
	numeric kind = iota + 1 // n: digits
	text                    // an, ans: characters that print
	track                   // z: digits and the separator = (D)
	signed                  // x+n: C or D, and digits
	opaque                  // b: octets
)

// field is how one is written.
type field struct {
	kind   kind
	prefix int // digits of the length in front: 0 for a fixed length, 2 or 3
	max    int // characters or octets: the length, or the longest
	enc    Encoding
	count  Encoding // of the length in front
}

// kinds are the letters of the standard.
func kinds() map[string]kind {
	return map[string]kind{"n": numeric, "a": text, "an": text, "as": text, "ns": text, "ans": text, "anp": text, "z": track, "x+n": signed, "b": opaque}
}

// parseFormat reads a format in the standard's own form: "n 6", "n..19", "ans...255", "x+n 9", "b 8", "z..37". Lengths of
// binary fields are octets.
func parseFormat(s string) (field, error) {
	bad := fmt.Errorf("iso8583: %.30q is no format of a field: such as n 6, n..19, ans...255, b 8", s)
	letters := strings.TrimRight(s, "0123456789. ")
	var f field
	f.kind = kinds()[letters]
	rest := s[len(letters):]
	length := strings.TrimLeft(rest, ". ")
	switch rest[:len(rest)-len(length)] {
	case " ":
	case "..":
		f.prefix = 2
	case "...":
		f.prefix = 3
	default:
		return field{}, bad
	}
	n, err := strconv.Atoi(length)
	if err != nil || f.kind == 0 || n < 1 || n > 999 || f.prefix == 2 && n > 99 {
		return field{}, bad
	}
	f.max = n
	return f, nil
}

// octets is how many a value of n characters takes on the wire, without its length.
func (f *field) octets(n int) int {
	switch {
	case f.kind == opaque && f.enc == Hex:
		return 2 * n
	case f.kind == opaque:
		return n
	case f.enc == BCD:
		return f.packedSign() + (n-f.packedSign()+1)/2
	}
	return n
}

// packedSign is one for the sign in front of packed digits, which is a character of its own.
func (f *field) packedSign() int {
	if f.kind == signed {
		return 1
	}
	return 0
}

// prefixOctets is how many the length in front takes.
func (f *field) prefixOctets() int {
	switch {
	case f.prefix == 0:
		return 0
	case f.count == BCD:
		return (f.prefix + 1) / 2
	case f.count == Binary:
		return f.prefix - 1
	}
	return f.prefix
}

// allowed has a bit for each kind in whose values a character may stand.
var allowed = func() (out [256]uint8) {
	for i := range out {
		c := byte(i)
		digit := c >= '0' && c <= '9'
		for k, ok := range map[kind]bool{
			numeric: digit, track: digit || c == '=', signed: digit || c == 'C' || c == 'D', text: c >= ' ' && c < 0x7F, opaque: true,
		} {
			if ok {
				out[i] |= 1 << k
			}
		}
	}
	return out
}()

// consists reports whether all characters of a value are allowed, and a sign is in front and nowhere else.
func (k kind) consists(v []byte) bool {
	bit := uint8(1) << k
	for _, c := range v {
		if allowed[c]&bit == 0 {
			return false
		}
	}
	if k != signed {
		return true
	}
	for i, c := range v {
		if (c >= 'A') != (i == 0) {
			return false
		}
	}
	return true
}

// wellFormed reports whether a value is one of the field: its length, and its characters.
func (f *field) wellFormed(v []byte) bool {
	return len(v) <= f.max && (f.prefix > 0 || len(v) == f.max) && (f.kind == opaque || f.kind.consists(v))
}
