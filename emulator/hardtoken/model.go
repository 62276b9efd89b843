package hardtoken

import (
	"errors"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/oath"
)

// Algorithm is what a function computes.
type Algorithm string

// The algorithms.
const (
	HOTP Algorithm = "hotp" // RFC 4226
	TOTP Algorithm = "totp" // RFC 6238
	OCRA Algorithm = "ocra" // RFC 6287, one-way challenge-response and plain signatures
)

// PINRule says what a PIN does on this model.
type PINRule string

// The PIN rules.
const (
	NoPIN       PINRule = "none"     // there is no keypad to type it on
	DevicePIN   PINRule = "device"   // chosen at first use, checked by the token
	ComputedPIN PINRule = "computed" // known to the server, part of each computation
)

// Place is where a person types a PIN that only the server knows, relative to
// the code. It is printed on the token and changes nothing in it.
type Place string

// The places.
const (
	Nowhere Place = ""
	Before  Place = "before" // PIN, then code
	After   Place = "after"  // code, then PIN
)

// Function is one thing that a token can do, with a key and a secret of its own.
type Function struct {
	Name      string // "login"; the name of its secret in Unit
	Key       Key
	Algorithm Algorithm
	Hash      oath.Hash     // HOTP and TOTP
	Digits    int           // HOTP and TOTP: 6 to 10
	Step      time.Duration // TOTP; 0: 30 s
	Suite     string        // OCRA
	Entries   bool          // OCRA: the question is made of data typed one after another, see question
}

// Model is how a type of token is built.
type Model struct {
	ID, Name  string // "k210", "Keypad 210"
	Functions []Function
	PIN       PINRule
	MinPIN    int           // digits, 4 or more
	MaxPIN    int           // digits, at most 8: the display's width
	MaxTries  int           // wrong PINs in a row until it locks; DevicePIN only
	Unlock    string        // OCRA suite of the unlock code; "": no way out of the lock. DevicePIN only
	ServerPIN Place         // for codes that a server-side PIN is typed with
	PowerOff  time.Duration // without a key
}

// Keypad reports whether the model has digits, OK and Clear.
func (m Model) Keypad() bool { return len(m.Functions) > 0 && m.Functions[0].Key != Button }

// Has reports whether the model has the key. Every model has Info.
func (m Model) Has(k Key) bool {
	if k == Info || m.function(k) >= 0 {
		return true
	}
	return m.Keypad() && (k.digit() || k == OK || k == Clear)
}

// function returns the index of the function on a key, or -1.
func (m Model) function(k Key) int {
	for i, f := range m.Functions {
		if f.Key == k {
			return i
		}
	}
	return -1
}

// check refuses a model that could not be built.
func (m Model) check() error {
	switch {
	case len(m.Functions) == 0:
		return errors.New("hardtoken: a model needs a function")
	case m.PIN != NoPIN && m.PIN != DevicePIN && m.PIN != ComputedPIN:
		return fmt.Errorf("hardtoken: unknown PIN rule %q", m.PIN)
	case m.PIN != NoPIN && (!m.Keypad() || m.MinPIN < 4 || m.MaxPIN < m.MinPIN || m.MaxPIN > pinWidth):
		return fmt.Errorf("hardtoken: a PIN needs a keypad and 4 to %d digits", pinWidth)
	case m.PIN == DevicePIN && m.MaxTries < 1:
		return errors.New("hardtoken: MaxTries must be at least 1")
	case m.Unlock != "" && m.PIN != DevicePIN:
		return errors.New("hardtoken: only a token that locks can be unlocked")
	case m.PowerOff <= 0:
		return errors.New("hardtoken: PowerOff must be positive")
	}
	for _, f := range m.Functions {
		if f.Algorithm == OCRA && !m.Keypad() {
			return fmt.Errorf("hardtoken: %s: a challenge needs a keypad", f.Name)
		}
		if d := f.CodeLength(); d < 4 || d > codeWidth {
			return fmt.Errorf("hardtoken: %s: the display shows codes of 4 to %d digits", f.Name, codeWidth)
		}
	}
	return nil
}

// CodeLength is the number of digits of the code; 0 when the suite cannot be read.
func (f Function) CodeLength() int {
	if f.Algorithm != OCRA {
		return f.Digits
	}
	return f.suite().Digits
}

// Counts reports whether the function has an event counter.
func (f Function) Counts() bool { return f.Algorithm == HOTP || f.suite().Counter }

// Timed reports whether the function uses the clock.
func (f Function) Timed() bool { return f.Algorithm == TOTP || f.suite().Step > 0 }

// suite is empty for what is not OCRA, or not readable.
func (f Function) suite() oath.Suite {
	s, _ := oath.ParseSuite(f.Suite)
	return s
}
