package oath

import (
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"math"
	"strconv"
)

// MaxDigits is the longest code: the truncation yields 31 bits, ten digits.
const MaxDigits = 10

// format is the output of one token: so many digits, or, for 0, the whole
// HMAC in hexadecimal (RFC 6287, section 5.2).
type format struct {
	digits int
	mod    uint32 // 10^digits; for ten digits anything above 31 bits
}

func newFormat(digits int) format {
	if digits == MaxDigits {
		return format{digits: digits, mod: math.MaxUint32}
	}
	f := format{digits: digits, mod: 1}
	for range digits {
		f.mod *= 10
	}
	return f
}

// append appends the code for an HMAC value to dst.
func (f format) append(dst, sum []byte) []byte {
	if f.digits == 0 {
		return hex.AppendEncode(dst, sum)
	}
	var buf [MaxDigits]byte
	code := strconv.AppendUint(buf[:0], uint64(truncate(sum)%f.mod), 10)
	for range f.digits - len(code) {
		dst = append(dst, '0')
	}
	return append(dst, code...)
}

// target is a code that was typed, ready to be compared. It is a plain value
// so that a search needs no memory of its own.
type target struct {
	f     format
	ok    uint64 // 1 if the code has the right form: else nothing equals it
	value uint64
	raw   [sha512.Size]byte // without truncation
}

// target parses a canonical code. A code of the wrong form becomes a target
// that nothing matches and that costs the same search.
func (f format) target(code string, size int) (t target) {
	t.f = f
	if f.digits == 0 {
		t.parseHex(code, size)
		return t
	}
	if len(code) != f.digits {
		return t
	}
	bad := 0
	for i := range len(code) {
		d := code[i] - '0'
		bad |= 1 - subtle.ConstantTimeLessOrEq(int(d), 9)
		t.value = t.value*10 + uint64(d)
	}
	t.ok = 1 - bit(bad)
	return t
}

func (t *target) parseHex(code string, size int) {
	if len(code) != hex.EncodedLen(size) {
		return
	}
	var src [2 * sha512.Size]byte
	n := copy(src[:], code)
	if _, err := hex.Decode(t.raw[:], src[:n]); err == nil {
		t.ok = 1
	}
}

// match is 1 if the HMAC value gives the code and 0 if not, in constant time.
func (t *target) match(sum []byte) uint64 {
	if t.f.digits == 0 {
		return t.ok & bit(subtle.ConstantTimeCompare(sum, t.raw[:len(sum)]))
	}
	return t.ok & equal(uint64(truncate(sum)%t.f.mod), t.value)
}

// bit turns a 0 or 1 of package subtle into a word.
func bit(v int) uint64 { return uint64(v & 1) }

// equal is 1 if a = b, else 0.
func equal(a, b uint64) uint64 { return 1 ^ nonzero(a^b) }

// nonzero is 1 if d is not 0, else 0.
func nonzero(d uint64) uint64 { return (d | -d) >> 63 }

// less is 1 if a < b, else 0 (Hacker's Delight, section 2-12).
func less(a, b uint64) uint64 { return ((^a & b) | ((^a | b) & (a - b))) >> 63 }

// pick is a if cond is 1 and b if cond is 0.
func pick(cond, a, b uint64) uint64 { return b ^ (-cond & (a ^ b)) }
