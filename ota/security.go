package ota

import (
	"errors"
	"fmt"
)

// Indicator names an algorithm and a key set: KIc for ciphering, KID for checksums
// (TS 102 225, sections 5.1.2 and 5.1.3). Its upper half is the number of the key set.
type Indicator byte

// Algorithm is the lower half of an Indicator.
type Algorithm byte

// The algorithms. In a KID, DES and two-key 3DES mean the CRCs of 16 and 32 bits when
// the SPI asks for a redundancy check.
const (
	Implicit              Algorithm = 0x0 // agreed elsewhere; not supported where it is needed
	DES                   Algorithm = 0x1 // CBC
	AES                   Algorithm = 0x2 // CBC, and CMAC
	TripleDES2            Algorithm = 0x5 // CBC, with two keys
	TripleDES3            Algorithm = 0x9 // CBC, with three keys
	DESECB                Algorithm = 0xD
	crc16, crc32Algorithm           = DES, TripleDES2
)

// NewIndicator makes an indicator of a key set from 1 to 15.
func NewIndicator(set int, a Algorithm) Indicator { return Indicator(set<<4) | Indicator(a) } //nolint:gosec // four bits each

// Set is the number of the key set; 0 when it is agreed elsewhere.
func (i Indicator) Set() int { return int(i >> 4) }

// Algorithm is how the key is used.
func (i Indicator) Algorithm() Algorithm { return Algorithm(i & 0xF) }

// Security says how a command is protected, and what answer it wants.
type Security struct {
	SPI      SPI
	KIc, KID Indicator
}

// Profile is what the server uses for a card: ProfileSPI with the algorithm, which is AES
// or, for cards of before about 2010, 3DES.
func Profile(set int, a Algorithm) Security {
	return Security{ProfileSPI, NewIndicator(set, a), NewIndicator(set, a)}
}

// ErrRefused is wrapped by all reasons why protection is not enough.
var ErrRefused = errors.New("ota: protection that neither side may rely on")

// Refused says why the protection of a command is too weak to be sent or accepted,
// wrapping ErrRefused: no checksum with a key, no counter that is checked, DES, ECB, an
// algorithm agreed elsewhere, key sets that differ. It is nil for enough; so is a command that can be read
// by anybody if nobody can change or repeat it.
func (s Security) Refused() error {
	switch {
	case !s.SPI.Valid():
		return fmt.Errorf("%w: SPI %s has reserved values", ErrRefused, s.SPI)
	case s.SPI.Integrity() != Keyed:
		return fmt.Errorf("%w: SPI %s has no checksum with a key", ErrRefused, s.SPI)
	case s.SPI.Counting() < Higher:
		return fmt.Errorf("%w: SPI %s has no counter that is checked", ErrRefused, s.SPI)
	case weak(s.KID.Algorithm()):
		return fmt.Errorf("%w: KID %02x asks for DES, ECB or nothing certain", ErrRefused, byte(s.KID))
	case s.SPI.Ciphered() && weak(s.KIc.Algorithm()):
		return fmt.Errorf("%w: KIc %02x asks for DES, ECB or nothing certain", ErrRefused, byte(s.KIc))
	case s.SPI.Ciphered() && s.KIc.Set() != s.KID.Set():
		return fmt.Errorf("%w: KIc and KID are of different key sets", ErrRefused)
	}
	return nil
}

// Answers reports whether the response that the command asks for proves that it comes
// from the card.
func (s Security) Answers() bool { return s.SPI.Asked() != Never && s.SPI.AnswerIntegrity() == Keyed }

func weak(a Algorithm) bool { return a != AES && a != TripleDES2 && a != TripleDES3 }

// check refuses what the specification forbids, with the status that a card answers.
func (s Security) check() error {
	aes := s.SPI.Ciphered() && s.KIc.Algorithm() == AES || s.SPI.Integrity() == Keyed && s.KID.Algorithm() == AES
	switch {
	case !s.SPI.Valid():
		return &Error{SecurityError, "the SPI has reserved values"}
	case s.SPI.Integrity() == Signature || s.SPI.AnswerIntegrity() == Signature:
		return &Error{SecurityError, "digital signatures are not supported"}
	case aes && s.SPI.Counting() < Higher:
		return &Error{SecurityError, "AES needs a counter that is checked"} // TS 102 225, section 5.1.2: its IV is zero
	case s.SPI.Ciphered() && s.SPI.Integrity() == Keyed && s.KIc.Set() != s.KID.Set():
		return &Error{SecurityError, "KIc and KID are of different key sets"}
	}
	return nil
}
