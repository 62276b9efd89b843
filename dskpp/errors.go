package dskpp

import (
	"errors"
	"fmt"
)

// ErrNotDSKPP says that octets are no DSKPP client message at all: no XML of the
// allowed kind, or another namespace. Over HTTP the answer is 400 (section 7.2.4).
var ErrNotDSKPP = errors.New("not a DSKPP message")

// Errors of a client. They say why nothing was stored.
var (
	// ErrMAC says that a MAC of the server is missing or wrong: the run is void.
	ErrMAC = errors.New("the server's MAC does not verify")
	// ErrCode says that an activation code is mistyped or no activation code.
	ErrCode = errors.New("not an activation code")
	// ErrChecksum says that a well-formed activation code does not fit its checksum.
	ErrChecksum = errors.New("the activation code is mistyped: its check digits do not fit")
)

// A StatusError is a reason to end a run with a status. Its text is for logs; it
// never holds secrets, and only the status goes to the other side.
type StatusError struct {
	Status Status
	Reason string
}

// Error returns the status and the reason.
func (e *StatusError) Error() string { return string(e.Status) + ": " + e.Reason }

func fail(s Status, format string, args ...any) error {
	return &StatusError{s, fmt.Sprintf(format, args...)}
}

func malformed(format string, args ...any) error { return fail(MalformedRequest, format, args...) }

// clip shortens what the other side sent before it is named in a reason.
func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
