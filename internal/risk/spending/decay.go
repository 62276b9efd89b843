package spending

import (
	"math"
	"time"
)

// Half-lives of the sums.
const (
	Month = 30 * 24 * time.Hour // amounts, hours, payees
	Day   = 24 * time.Hour      // velocity, and a payee's new payers
)

// Sum is a sum whose parts lose half of their weight in a half-life that the
// reader gives. The zero value is empty.
type Sum struct { //nolint:recvcheck // adding changes it, the rest only look
	Value float64   `json:"v,omitempty"`
	At    time.Time `json:"t,omitzero"`
}

// On returns the sum as it is at a time. Times before the last addition, from
// clocks that are off, count as that one.
func (s Sum) On(at time.Time, half time.Duration) float64 {
	if s.At.IsZero() || !at.After(s.At) {
		return s.Value
	}
	return s.Value * math.Exp2(-float64(at.Sub(s.At))/float64(half))
}

// Add adds x at a time.
func (s *Sum) Add(x float64, at time.Time, half time.Duration) {
	s.Value = s.On(at, half) + x
	if at.After(s.At) {
		s.At = at
	}
}
