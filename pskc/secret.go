package pskc

import (
	"crypto/subtle"
	"fmt"
	"io"
)

// redacted stands wherever a secret would have been printed.
const redacted = "[redacted]"

// Secret is key material: a seed, a key or a PIN. It redacts itself when
// printed, marshaled or logged, in any position: the octets stand behind two
// pointers, so that even fmt's reflection over an unexported field of a foreign
// struct prints an address and not the value. (One is not enough: for a verb that
// does not fit a pointer, fmt follows it.)
//
// The zero Secret is empty. A Secret is immutable; copies share its octets.
type Secret struct {
	p **[]byte
}

// NewSecret returns a Secret holding a copy of b.
func NewSecret(b []byte) Secret {
	if len(b) == 0 {
		return Secret{}
	}
	if len(b) <= 64 { // one allocation for the seeds that occur in practice
		s := new(struct {
			p     *[]byte
			b     []byte
			small [64]byte
		})
		s.b = s.small[:len(b):len(b)]
		s.p = &s.b
		copy(s.b, b)
		return Secret{&s.p}
	}
	c := append([]byte(nil), b...)
	p := &c
	return Secret{&p}
}

// Len returns the number of octets.
func (s Secret) Len() int { return len(s.Bytes()) }

// Bytes returns the octets themselves. The caller must neither change nor
// print them.
func (s Secret) Bytes() []byte {
	if s.p == nil {
		return nil
	}
	return **s.p
}

// Equal compares in constant time for equal lengths.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare(s.Bytes(), t.Bytes()) == 1
}

// String returns a fixed text.
func (s Secret) String() string { return redacted }

// GoString returns a fixed text.
func (s Secret) GoString() string { return redacted }

// Format writes a fixed text for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns a fixed text. It also serves log/slog, whose handlers
// marshal values that they do not know.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns a fixed text as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// ComparePIN is comparePIN of RFC 6030, section 5.1: a straight octet
// comparison of the stored PIN with the proposed one. It takes the same time
// for all proposals of the right length.
func ComparePIN(stored Secret, proposed []byte) bool {
	return stored.Len() > 0 && subtle.ConstantTimeCompare(stored.Bytes(), proposed) == 1
}
