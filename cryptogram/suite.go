package cryptogram

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/fips140"
	"errors"
	"fmt"
)

// Suite is a block cipher with the lengths that follow from it.
type Suite uint8

// Suites.
const (
	AES  Suite = 1 // AES-128 for each half; the default
	TDES Suite = 2 // DES for each half, together triple DES with two keys; for interoperation with EMV
)

// ErrFIPS is what the suite TDES is refused with in FIPS 140 mode (NIST SP 800-131A: triple DES protects nothing new).
var ErrFIPS = errors.New("cryptogram: the suite emv-tdes needs triple DES, which FIPS 140 mode does not have: choose the suite aes, or start without GODEBUG=fips140")

// ParseSuite reads the name of a suite: "aes" or "emv-tdes".
func ParseSuite(name string) (Suite, error) {
	for _, s := range []Suite{AES, TDES} {
		if s.String() == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("cryptogram: %.20q is no suite: choose aes or emv-tdes", name)
}

// String returns the name that [ParseSuite] reads.
func (s Suite) String() string {
	switch s {
	case AES:
		return "aes"
	case TDES:
		return "emv-tdes"
	}
	return fmt.Sprintf("suite %d", uint8(s))
}

// Available tells whether the program may use the suite as it was started: [ErrFIPS], or an error for no suite at
// all. Servers ask when they start, so that no payment finds out.
func (s Suite) Available() error {
	switch s {
	case AES:
		return nil
	case TDES:
		if fips140.Enabled() {
			return ErrFIPS
		}
		return nil
	}
	return fmt.Errorf("cryptogram: %d is no suite", uint8(s))
}

// Half is how many octets half a key has: 16 or 8.
func (s Suite) Half() int {
	if s == TDES {
		return des.BlockSize
	}
	return aes.BlockSize
}

// Block is how many octets a block and a whole cryptogram have: 16 or 8.
func (s Suite) Block() int { return s.Half() }

// half makes the cipher of half a key.
func (s Suite) half(key []byte) (cipher.Block, error) {
	if err := s.Available(); err != nil {
		return nil, err
	}
	if len(key) != s.Half() {
		return nil, fmt.Errorf("cryptogram: half a key of the suite %s has %d octets, not %d", s, s.Half(), len(key))
	}
	if s == TDES {
		return des.NewCipher(key) //nolint:gosec // half of the triple DES that EMV demands
	}
	return aes.NewCipher(key)
}
