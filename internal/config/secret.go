package config

import (
	"fmt"
	"log/slog"
)

// redacted stands wherever a secret would be printed.
const redacted = "[redacted]"

// Secret is a value that must never be printed. Every verb of fmt, JSON, text
// marshaling and slog show "[redacted]"; string(s) is the value itself.
type Secret string

// String hides the value.
func (Secret) String() string { return redacted }

// Format hides the value from every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the value.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue hides the value.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
