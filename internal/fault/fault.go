package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of answer a fault deserves.
type Kind uint8

// The seven kinds. The zero value is Internal, so that a forgotten kind is
// never mistaken for the caller's mistake.
const (
	Internal    Kind = iota // our fault; the detail is generic
	Invalid                 // the request cannot be understood or breaks a rule of form
	Denied                  // the caller may not do this
	NotFound                // the thing named does not exist, or not for this caller
	Conflict                // the state of the thing does not allow this now
	Limited                 // too many, too fast; see RetryAfter
	Unavailable             // we cannot answer now; the same request may succeed later
)

var names = [...]string{"internal", "invalid", "denied", "not_found", "conflict", "limited", "unavailable"}

// String returns the kind's name in lower case with underscores.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Internal]
}

// Error is a fault. Fill it with one of the constructors and the With methods.
type Error struct {
	Kind       Kind
	Code       string        // stable, dotted, lower case: "registration.code_expired"
	Detail     string        // a sentence for the caller that says what to do; no secrets
	Field      string        // the part of the request that is wrong, as a JSON pointer or form name; may be empty
	RetryAfter time.Duration // for Limited and Unavailable; 0 when unknown
	Err        error         // the cause, for the log only; may be nil
}

// Error returns the text for the log, cause included.
func (e *Error) Error() string {
	s := e.Code + ": " + e.Detail
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// WithField returns a copy that names the wrong part of the request.
func (e *Error) WithField(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// WithCause returns a copy that carries err for the log.
func (e *Error) WithCause(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// WithRetry returns a copy that tells the caller when to come back.
func (e *Error) WithRetry(after time.Duration) *Error {
	c := *e
	c.RetryAfter = after
	return &c
}

// New returns a fault of the given kind. The detail is a format.
func New(kind Kind, code, detail string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Detail: fmt.Sprintf(detail, args...)}
}

// Invalidf reports a request that breaks a rule of form.
func Invalidf(code, detail string, args ...any) *Error { return New(Invalid, code, detail, args...) }

// Deniedf reports a caller that may not do this.
func Deniedf(code, detail string, args ...any) *Error { return New(Denied, code, detail, args...) }

// NotFoundf reports a thing that does not exist, or not for this caller.
func NotFoundf(code, detail string, args ...any) *Error { return New(NotFound, code, detail, args...) }

// Conflictf reports a state that does not allow the act now.
func Conflictf(code, detail string, args ...any) *Error { return New(Conflict, code, detail, args...) }

// Limitedf reports a limit that was reached; after says when to come back.
func Limitedf(after time.Duration, code, detail string, args ...any) *Error {
	return New(Limited, code, detail, args...).WithRetry(after)
}

// Unavailablef reports that a part we need does not answer; cause is for the log.
func Unavailablef(cause error, code, detail string, args ...any) *Error {
	return New(Unavailable, code, detail, args...).WithCause(cause)
}

// From returns err as a fault: itself when it is one, else an Internal fault
// around it whose detail tells the caller nothing about the cause. From(nil) is
// nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*Error](err); ok {
		return f
	}
	return New(Internal, "internal", "Something went wrong on our side. Please try again; if it happens again, tell the operator the time and the request id.").WithCause(err)
}

// KindOf returns the kind of err; Internal for an error that is no fault.
func KindOf(err error) Kind {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Kind
	}
	return Internal
}

// Is reports whether err is a fault with the given code.
func Is(err error, code string) bool {
	f, ok := errors.AsType[*Error](err)
	return ok && f.Code == code
}
