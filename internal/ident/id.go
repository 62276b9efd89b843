package ident

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// ID names one thing. The zero ID means "none".
type ID [16]byte //nolint:recvcheck // readers fill it, the rest only look

// ErrSyntax is returned by Parse for a text that is no ID.
var ErrSyntax = errors.New("an id has 26 characters of 0-9 and a-z without i, l, o and u")

var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New returns a fresh ID for the moment now, with randomness from rand.
// It panics when rand fails: a program without randomness must not go on.
func New(now time.Time, rand io.Reader) ID {
	var id ID
	if _, err := io.ReadFull(rand, id[6:]); err != nil {
		panic(fmt.Sprintf("ident: no randomness: %v", err))
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(id[:6], ms[2:])
	return id.stamp(7)
}

// Derive returns the ID that belongs to the given parts. Parts are length-prefixed
// before hashing (SHA-256), so no two lists of parts give one ID.
func Derive(parts ...string) ID {
	h := sha256.New()
	var n [8]byte
	for _, p := range parts {
		binary.BigEndian.PutUint64(n[:], uint64(len(p)))
		h.Write(n[:])
		_, _ = io.WriteString(h, p)
	}
	var id ID
	copy(id[:], h.Sum(nil))
	return id.stamp(8)
}

// stamp writes the version and variant bits of RFC 9562.
func (id ID) stamp(version byte) ID {
	id[6] = id[6]&0x0f | version<<4
	id[8] = id[8]&0x3f | 0x80
	return id
}

// Parse reads the text form. Upper case is accepted.
func Parse(s string) (ID, error) {
	var id ID
	if len(s) != 26 {
		return id, ErrSyntax
	}
	b, err := encoding.DecodeString(strings.ToLower(s))
	if err != nil || len(b) != len(id) {
		return id, ErrSyntax
	}
	copy(id[:], b)
	if id.String() != strings.ToLower(s) {
		return ID{}, ErrSyntax // stray bits in the last character: one ID, one text
	}
	return id, nil
}

// String returns the text form; "" for the zero ID.
func (id ID) String() string {
	if id.IsZero() {
		return ""
	}
	return encoding.EncodeToString(id[:])
}

// IsZero reports whether id is "none".
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText is String.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is Parse; an empty text gives the zero ID.
func (id *ID) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*id = ID{}
		return nil
	}
	v, err := Parse(string(b))
	if err == nil {
		*id = v
	}
	return err
}

// Value gives the ID to a database as 16 bytes; the zero ID as NULL.
func (id ID) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	return id[:], nil
}

// Scan reads the ID from a database: 16 bytes, or NULL for the zero ID.
func (id *ID) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*id = ID{}
		return nil
	case []byte:
		if len(v) == len(id) {
			copy(id[:], v)
			return nil
		}
	}
	return fmt.Errorf("ident: cannot read an id from %T", src)
}
