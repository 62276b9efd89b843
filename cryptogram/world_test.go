package cryptogram_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"

	"github.com/countersign-auth/countersign/cryptogram"
)

// pair makes both devices ready.
func pair(t fataler, one, two cryptogram.Share, v cryptogram.Variant) (*cryptogram.Primary, *cryptogram.Secondary) {
	t.Helper()
	p, err := cryptogram.NewPrimary(one, v)
	if err != nil {
		t.Fatal(err)
	}
	s, err := cryptogram.NewSecondary(two, v)
	if err != nil {
		t.Fatal(err)
	}
	return p, s
}

// fataler is a test, or a check of a property.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

// together splits a key and lets both devices make the cryptogram of data.
func together(t fataler, s cryptogram.Suite, secret []byte, v cryptogram.Variant, data []byte) ([]byte, error) {
	t.Helper()
	one, two, err := cryptogram.Split(s, secret, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p, x := pair(t, one, two, v)
	second, err := x.Answer(p.First(data))
	if err != nil {
		t.Fatal(err)
	}
	return p.Final(second)
}

func suites() []cryptogram.Suite { return []cryptogram.Suite{cryptogram.AES, cryptogram.TDES} }

// testKey is a key for a suite; other numbers give other ones.
func testKey(s cryptogram.Suite, n byte) []byte {
	out := bytes.Repeat([]byte{n}, 2*s.Half())
	for i := range out {
		out[i] += byte(i * 37)
	}
	return out
}

// half is the cipher of half a key of the suite AES.
func half(t fataler, k []byte) cipher.Block {
	t.Helper()
	b, err := aes.NewCipher(k)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
