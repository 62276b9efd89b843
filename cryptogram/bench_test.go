package cryptogram_test

import (
	"math/rand/v2"
	"testing"

	"github.com/countersign-auth/countersign/cryptogram"
)

// BenchmarkVerify is what an authorization costs: the limited-use key derived again, and a cryptogram of 50 octets checked.
func BenchmarkVerify(b *testing.B) {
	for _, s := range suites() {
		b.Run(s.String(), func(b *testing.B) {
			account, data := testKey(s, 1), make([]byte, 50)
			for b.Loop() {
				luk, err := cryptogram.LimitedKey(s, account, 6056207)
				if err != nil {
					b.Fatal(err)
				}
				if key(b, s, luk).Verify(data, make([]byte, cryptogram.Short)) {
					b.Fatal("a guess passed")
				}
			}
		})
	}
}

// BenchmarkSplit is what both devices of a split cryptogram compute, together.
func BenchmarkSplit(b *testing.B) {
	for _, s := range suites() {
		b.Run(s.String(), func(b *testing.B) {
			one, two, err := cryptogram.Split(s, testKey(s, 1), rand.NewChaCha8([32]byte{}))
			if err != nil {
				b.Fatal(err)
			}
			p, x := pair(b, one, two, cryptogram.Protected)
			data := make([]byte, 50)
			for b.Loop() {
				second, err := x.Answer(p.First(data))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := p.Final(second); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
