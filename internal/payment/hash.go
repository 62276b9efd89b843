package payment

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"errors"
	"fmt"
)

// Hash is the SHA-256 of a payment's canonical encoding. It names the payment in
// signatures, challenges, rules and evidence. The zero Hash means "no payment".
type Hash [sha256.Size]byte //nolint:recvcheck // Scan and UnmarshalText must change it

func sum(canonical []byte) Hash { return sha256.Sum256(canonical) }

// IsZero reports whether h is "no payment".
func (h Hash) IsZero() bool { return h == Hash{} }

// String returns 64 hexadecimal digits in lower case; "" for the zero Hash.
func (h Hash) String() string {
	if h.IsZero() {
		return ""
	}
	return hex.EncodeToString(h[:])
}

// ParseHash reads 64 hexadecimal digits.
func ParseHash(s string) (h Hash, err error) {
	if len(s) != hex.EncodedLen(len(h)) {
		return h, errors.New("payment: a hash has 64 hexadecimal digits")
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, errors.New("payment: a hash has 64 hexadecimal digits")
	}
	return h, nil
}

// MarshalText is String.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText is ParseHash; an empty text gives the zero Hash.
func (h *Hash) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*h = Hash{}
		return nil
	}
	*h, err = ParseHash(string(b))
	return err
}

// Value gives the hash to a database as 32 bytes; the zero Hash as NULL.
func (h Hash) Value() (driver.Value, error) {
	if h.IsZero() {
		return nil, nil
	}
	return h[:], nil
}

// Scan reads a hash from a database: 32 bytes, or NULL for the zero Hash.
func (h *Hash) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*h = Hash{}
		return nil
	case []byte:
		if len(v) == len(h) {
			copy(h[:], v)
			return nil
		}
	}
	return fmt.Errorf("payment: cannot read a hash from %T", src)
}
