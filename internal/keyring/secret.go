package keyring

import (
	"fmt"
	"log/slog"
)

// redacted stands wherever a secret would be printed.
const redacted = "[redacted]"

// Secret holds bytes that must never be printed. Every verb of fmt, JSON, text
// marshaling and slog show "[redacted]" (invariant 7).
type Secret []byte

// String hides the bytes.
func (Secret) String() string { return redacted }

// Format hides the bytes from every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the bytes.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the bytes.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// Key is a key of 256 bits. It hides itself like [Secret].
type Key [32]byte

// String hides the key.
func (Key) String() string { return redacted }

// Format hides the key from every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the key.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }
