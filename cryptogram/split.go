package cryptogram

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
)

// Variant is how the secondary's answer travels.
type Variant uint8

// Variants.
const (
	Protected Variant = iota // under the intermediate keys, so that a listener sees no value of K1 or K2 alone
	Plain                    // as it is; only within an encrypted channel
)

// String returns the name of the variant.
func (v Variant) String() string {
	if v == Plain {
		return "plain"
	}
	return "protected"
}

// Share is what one of the two devices gets: its own half of the key, and the intermediate keys. It hides itself from every print.
type Share struct {
	hidden
	Suite Suite
	Own   []byte // K1 or K2
	K3    []byte
	K4    []byte
}

// shareVersion is the first octet of a share in octets.
const shareVersion = 1

// Bytes is the share in octets, to be sealed: a version, the suite, own half, K3, K4.
func (s Share) Bytes() []byte {
	return bytes.Join([][]byte{{shareVersion, byte(s.Suite)}, s.Own, s.K3, s.K4}, nil)
}

// ParseShare reads what [Share.Bytes] wrote.
func ParseShare(b []byte) (Share, error) {
	if len(b) < 2 || b[0] != shareVersion {
		return Share{}, errors.New("cryptogram: this is no share of a key")
	}
	s, rest := Suite(b[1]), b[2:]
	if err := s.Available(); err != nil {
		return Share{}, err
	}
	n := s.Half()
	if len(rest) != 3*n {
		return Share{}, fmt.Errorf("cryptogram: a share of the suite %s has %d octets, not %d", s, 2+3*n, len(b))
	}
	rest = bytes.Clone(rest)
	return Share{Suite: s, Own: rest[:n:n], K3: rest[n : 2*n : 2*n], K4: rest[2*n:]}, nil
}

// Split divides a key for a primary and a secondary: K1 and K2, with fresh intermediate keys from random. The key is one
// that [NewKey] takes.
func Split(s Suite, key []byte, random io.Reader) (primary, secondary Share, err error) {
	if _, err = NewKey(s, key); err != nil {
		return Share{}, Share{}, err
	}
	n := s.Half()
	between := make([]byte, 2*n)
	for bytes.Equal(between[:n], between[n:]) { // two equal ones would cancel each other out
		if _, err = io.ReadFull(random, between); err != nil {
			return Share{}, Share{}, fmt.Errorf("cryptogram: intermediate keys: %w", err)
		}
	}
	of := func(own []byte) Share {
		return Share{Suite: s, Own: bytes.Clone(own), K3: bytes.Clone(between[:n]), K4: bytes.Clone(between[n:])}
	}
	return of(key[:n]), of(key[n:]), nil
}

// side is a share that is ready for use.
type side struct {
	hidden
	own, k3, k4 cipher.Block
}

func (s Share) side() (side, error) {
	own, err := s.Suite.half(s.Own)
	if err != nil {
		return side{}, err
	}
	k3, err := s.Suite.half(s.K3)
	if err != nil {
		return side{}, err
	}
	k4, err := s.Suite.half(s.K4)
	return side{own: own, k3: k3, k4: k4}, err
}

// check refuses what is not one block.
func (s side) check(what string, c []byte) error {
	if len(c) != s.own.BlockSize() {
		return fmt.Errorf("cryptogram: the %s has %d octets, not %d", what, len(c), s.own.BlockSize())
	}
	return nil
}
