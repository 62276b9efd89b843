package exemption

import (
	"math/big"

	"github.com/countersign-auth/countersign/internal/policy"
)

// Rate is fraud and all payments by value, in cents of a euro (RTS, article 19).
type Rate struct {
	Fraud int64 `json:"fraud_cents"`
	Total int64 `json:"total_cents"`
}

// Within reports whether fraud is at or below a reference rate in 1/100,000. Fraud
// without payments is above every rate.
func (r Rate) Within(reference int) bool {
	fraud := new(big.Int).Mul(big.NewInt(r.Fraud), big.NewInt(100_000))
	return fraud.Cmp(new(big.Int).Mul(big.NewInt(r.Total), big.NewInt(int64(reference)))) <= 0
}

// IsZero reports whether there were no payments and no fraud.
func (r Rate) IsZero() bool { return r == Rate{} }

// Percent writes the rate in per cent with four decimals; "" where there were no
// payments.
func (r Rate) Percent() string {
	if r.Total <= 0 {
		return ""
	}
	return new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(r.Fraud), big.NewInt(100)), big.NewInt(r.Total)).FloatString(4)
}

// Standing is the state of a band for an instrument; see the package comment.
type Standing string

// The states.
const (
	Closed Standing = "closed" // not to be used
	Open   Standing = "open"
	Warned Standing = "warned" // open; the last quarter was above the reference, which the authority must be told (RTS, article 20(1))
)

// Next returns the state after a quarter with the given rate. The zero Standing
// counts as closed.
func (s Standing) Next(r Rate, reference int) Standing {
	switch {
	case r.IsZero():
		return s.orClosed()
	case r.Within(reference):
		return Open
	case s == Open:
		return Warned
	}
	return Closed
}

func (s Standing) orClosed() Standing {
	if s == "" {
		return Closed
	}
	return s
}

// Standings are the states of all bands, by instrument and the band's code. The zero
// value has all closed.
type Standings map[Instrument]map[string]Standing

// Open reports whether a band may be used for an instrument.
func (s Standings) Open(i Instrument, band string) bool {
	at := s[i][band]
	return at == Open || at == Warned
}

// reference returns the reference rate of a band for an instrument.
func reference(b policy.Band, i Instrument) int {
	if i == Card {
		return b.Card
	}
	return b.Transfer
}

// stand walks through the rates of all quarters, oldest first.
func stand(bands []policy.Band, quarters map[Instrument][]Rate) Standings {
	all := Standings{}
	for _, i := range Instruments() {
		all[i] = map[string]Standing{}
		for _, b := range bands {
			s := Closed
			for _, r := range quarters[i] {
				s = s.Next(r, reference(b, i))
			}
			all[i][b.Code] = s
		}
	}
	return all
}
