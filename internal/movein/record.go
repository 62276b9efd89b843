package movein

import (
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/token"
)

// record is a row as a parser read it. It may hold a password hash and PINs, so it
// hides itself when it is printed.
type record struct {
	row, line            int
	number, name, locale string
	contacts             []contact
	password             string
	tokens               []legacy
	bad                  token.Refusal // why the row cannot be read; zero when it can
}

// contact is a way to reach a customer.
type contact struct {
	Kind     string `json:"kind"`
	Value    string `json:"value"`
	Verified bool   `json:"verified"`
}

// legacy is a token as a file describes it.
type legacy struct {
	Serial       string   `json:"serial"`
	Manufacturer string   `json:"manufacturer"`
	Name         string   `json:"name"`
	Counter      *int64   `json:"counter"`
	SignCounter  *int64   `json:"sign_counter"`
	Drift        *float64 `json:"drift_seconds"`
	PIN          string   `json:"pin"`
	Expires      string   `json:"expires"` // YYYY-MM-DD
}

// Format hides the record from every verb.
func (*record) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("[redacted]")) }

// refuse notes why a row cannot be read; the first reason stays.
func (r *record) refuse(reason string, args ...any) {
	if r.bad == (token.Refusal{}) {
		r.bad = token.Refusal{Code: RefusedForm, Reason: fmt.Sprintf(reason, args...)}
	}
}

// maxDrift bounds what a file may say of a clock, so that it can be computed with.
const maxDrift = 10 * 365 * 24 * time.Hour

// token turns a token of the file into what package token takes; the refusal is zero
// when it can be.
func (l *legacy) token() (t token.Legacy, bad token.Refusal) {
	t = token.Legacy{Serial: l.Serial, Manufacturer: l.Manufacturer, Name: l.Name, Counter: l.Counter, SignCounter: l.SignCounter, PIN: l.PIN}
	if d := l.Drift; d != nil {
		if !(*d > -maxDrift.Seconds() && *d < maxDrift.Seconds()) { // also false for what is no number
			return t, token.Refusal{Code: RefusedForm, Reason: "drift_seconds is out of range"}
		}
		drift := time.Duration(*d * float64(time.Second))
		t.Drift = &drift
	}
	if l.Expires != "" {
		at, err := time.Parse(time.DateOnly, l.Expires)
		if err != nil {
			return t, token.Refusal{Code: RefusedForm, Reason: "the end of a token's life is no date such as 2030-01-31"}
		}
		t.Expires = at
	}
	return t, bad
}
