package ota

import "fmt"

// Keys are those of one key set: 16, 24 or 32 octets each for AES, 16 or 24 for 3DES, 8
// for DES. They hide themselves from every print.
type Keys struct {
	KIc []byte // for ciphering
	KID []byte // for checksums
}

const redacted = "[redacted]"

// String hides the keys.
func (Keys) String() string { return redacted }

// Format hides the keys from every verb.
func (Keys) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the keys.
func (Keys) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// KeySizes returns the lengths in octets that keys of an algorithm may have; none for one
// that is not supported.
func KeySizes(a Algorithm) []int {
	switch a {
	case AES:
		return []int{16, 24, 32}
	case TripleDES2:
		return []int{16}
	case TripleDES3:
		return []int{24}
	case DES, DESECB:
		return []int{8}
	case Implicit:
	}
	return nil
}
