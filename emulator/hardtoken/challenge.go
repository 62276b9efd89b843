package hardtoken

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// challenge is the number that a locked token shows: all but its last digit from
// a walk through all such numbers, in an order that its unlock key decides, and a
// check digit. The walk has taken n steps, so a number comes again only after all
// others: a server gives one unlock code for a number, ever.
func challenge(key []byte, n uint64, digits int) string {
	size := pow10(digits-1) - 1 // zero is left out: no challenge is all zeros
	x := 1 + n%size
	for {
		if x = scramble(key, x); 1 <= x && x <= size {
			break // within the range this walk is a permutation too
		}
	}
	s := fmt.Sprintf("%0*d", digits-1, x)
	return s + string(luhn(s))
}

// half is how many bits each side of scramble has: together more than seven digits.
const half = 12

// scramble is a permutation of the numbers of 2*half bits: a Feistel network of
// four rounds.
func scramble(key []byte, x uint64) uint64 {
	const rounds, mask = 4, 1<<half - 1
	left, right := x>>half, x&mask
	for i := range rounds {
		h := hmac.New(sha256.New, key)
		_, _ = fmt.Fprintf(h, "hardtoken challenge %d %d", i, right) // a hash takes everything
		left, right = right, left^binary.BigEndian.Uint64(h.Sum(nil))&mask
	}
	return left<<half | right
}

func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// luhn is the check digit behind decimal digits (ISO/IEC 7812-1, annex B).
func luhn(s string) byte {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 0 { // the digit beside the check digit is doubled
			d *= 2
		}
		sum += d/10 + d%10
	}
	return byte('0' + (10-sum%10)%10)
}
