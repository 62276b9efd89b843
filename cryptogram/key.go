package cryptogram

import (
	"bytes"
	"crypto/cipher"
	"crypto/subtle"
	"errors"
	"fmt"
)

// Short is how many octets of a cryptogram fit into a card's field (9F26).
const Short = 8

// Key is a whole key K1 ‖ K2, ready for use by any number of goroutines. It hides itself from every print.
type Key struct {
	hidden
	k1, k2 cipher.Block
}

// NewKey takes a key of 32 octets for the suite AES, of 16 for TDES. Two equal halves are refused: the cryptogram would be one
// of a single key.
func NewKey(s Suite, key []byte) (*Key, error) {
	if err := s.Available(); err != nil {
		return nil, err
	}
	n := s.Half()
	if len(key) != 2*n {
		return nil, fmt.Errorf("cryptogram: a key of the suite %s has %d octets, not %d", s, 2*n, len(key))
	}
	if same(s, key[:n], key[n:]) {
		return nil, errors.New("cryptogram: the halves of the key are the same")
	}
	k1, err := s.half(key[:n])
	if err != nil {
		return nil, err
	}
	k2, err := s.half(key[n:])
	if err != nil {
		return nil, err
	}
	return &Key{k1: k1, k2: k2}, nil
}

// same tells whether two halves are one key. With TDES the lowest bits of octets are parity and do not count.
func same(s Suite, a, b []byte) bool {
	var differ byte
	for i := range a {
		differ |= a[i] ^ b[i]
		if s == TDES {
			differ &^= 1
		}
	}
	return differ == 0
}

// Cryptogram is that of data of any length: 16 octets with AES, 8 with TDES (ISO/IEC 9797-1, algorithm 3, padding method 2;
// EMV Book 2, A1.2.1).
func (k *Key) Cryptogram(data []byte) []byte {
	x := chain(k.k1, data)
	k.block(x)
	return x
}

// block makes E_K1(D_K2(E_K1(x))) of a block, in place.
func (k *Key) block(x []byte) {
	k.k1.Encrypt(x, x)
	k.k2.Decrypt(x, x)
	k.k1.Encrypt(x, x)
}

// Verify tells in constant time whether a cryptogram is that of the data: a whole one, or its first [Short] octets.
func (k *Key) Verify(data, cryptogram []byte) bool {
	want := k.Cryptogram(data)
	if len(cryptogram) == Short {
		want = want[:Short]
	}
	return subtle.ConstantTimeCompare(want, cryptogram) == 1
}

// chain encrypts all blocks of padded data but the last in CBC under K1, and returns the last one added to what came out.
func chain(k1 cipher.Block, data []byte) []byte {
	n := k1.BlockSize()
	h := make([]byte, n)
	for ; len(data) >= n; data = data[n:] {
		subtle.XORBytes(h, h, data[:n])
		k1.Encrypt(h, h)
	}
	subtle.XORBytes(h, h, pad(data, n))
	return h
}

// pad appends 80 00 … up to a whole block: at least one octet (ISO/IEC 9797-1, padding method 2).
func pad(data []byte, block int) []byte {
	out := append(bytes.Clone(data), 0x80)
	return append(out, make([]byte, -len(out)&(block-1))...)
}

// hidden hides what it is embedded in from every print.
type hidden struct{}

// Format writes that there is a key, and nothing of it.
func (hidden) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[key]")) }

// String is that of Format.
func (hidden) String() string { return "[key]" }

// MarshalText refuses to write keys into documents.
func (hidden) MarshalText() ([]byte, error) {
	return nil, errors.New("cryptogram: keys are not written")
}
