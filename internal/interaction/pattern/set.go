package pattern

import (
	"iter"
	"math/bits"
)

// Set is a set of device numbers. The zero value is empty.
type Set [4]uint64

// SetOf returns the set of the numbers given.
func SetOf(all ...Number) (s Set) {
	for _, n := range all {
		s.Add(n)
	}
	return s
}

// Add puts a number in.
func (s *Set) Add(n Number) { s[n>>6] |= 1 << (n & 63) }

// Drop takes a number out.
func (s *Set) Drop(n Number) { s[n>>6] &^= 1 << (n & 63) }

// Has reports whether the number is in the set.
func (s *Set) Has(n Number) bool { return s[n>>6]>>(n&63)&1 == 1 }

// Join puts all numbers of another set in.
func (s *Set) Join(o Set) {
	for i := range s {
		s[i] |= o[i]
	}
}

// Len counts the numbers.
func (s *Set) Len() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// All yields the numbers, lowest first.
func (s *Set) All() iter.Seq[Number] {
	return func(yield func(Number) bool) {
		for i, w := range s {
			for ; w != 0; w &= w - 1 {
				if !yield(Number(i<<6 | bits.TrailingZeros64(w))) { //nolint:gosec // below 256
					return
				}
			}
		}
	}
}
