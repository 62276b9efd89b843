package spending

import (
	"math"
	"time"
)

// Bounds of the state.
const (
	MaxCurrencies = 4
	MaxPayees     = 200
)

// Payment is what the model looks at.
type Payment struct {
	At       time.Time
	Hour     int     // of the customer's day, 0–23
	Amount   float64 // in major units of the currency, above 0
	Currency string  // ISO 4217
	Payee    string  // what stands for the payee's account
}

// Amounts are the decayed moments of the logarithms of amounts.
type Amounts struct {
	Weight  Sum `json:"w"`
	First   Sum `json:"f"`
	Squares Sum `json:"s"`
}

// Known is what is known of a payee of this customer.
type Known struct {
	Count Sum       `json:"c"`
	Since time.Time `json:"s"`
}

// Customer is what one customer's payments taught. The zero value knows nothing.
type Customer struct {
	Amounts map[string]*Amounts `json:"amounts,omitempty"` // by currency
	Hours   [24]Sum             `json:"hours,omitzero"`
	Payees  map[string]*Known   `json:"payees,omitempty"`
	All     Sum                 `json:"all,omitzero"` // payments
	New     Sum                 `json:"new,omitzero"` // payments to new payees
}

// Learn adds a completed payment.
func (c *Customer) Learn(p Payment) {
	if _, known := c.Payees[p.Payee]; !known {
		c.New.Add(1, p.At, Month)
	}
	c.All.Add(1, p.At, Month)
	c.Hours[hour(p.Hour)].Add(1, p.At, Month)
	c.amounts(p.Currency, p.At).add(p)
	c.payee(p)
}

// hour folds a number into a day.
func hour(h int) int { return ((h % 24) + 24) % 24 }

// amounts returns the moments of a currency, and makes room for a new one.
func (c *Customer) amounts(currency string, at time.Time) *Amounts {
	if a := c.Amounts[currency]; a != nil {
		return a
	}
	if c.Amounts == nil {
		c.Amounts = map[string]*Amounts{}
	}
	if len(c.Amounts) >= MaxCurrencies {
		least, which := math.Inf(1), ""
		for k, a := range c.Amounts {
			if w := a.Weight.On(at, Month); w < least || w == least && k < which {
				least, which = w, k
			}
		}
		delete(c.Amounts, which)
	}
	a := &Amounts{}
	c.Amounts[currency] = a
	return a
}

func (a *Amounts) add(p Payment) {
	x := math.Log(p.Amount)
	a.Weight.Add(1, p.At, Month)
	a.First.Add(x, p.At, Month)
	a.Squares.Add(x*x, p.At, Month)
}

// payee counts the payee, and forgets the one that counts least for it.
func (c *Customer) payee(p Payment) {
	k := c.Payees[p.Payee]
	if k == nil {
		if c.Payees == nil {
			c.Payees = map[string]*Known{}
		}
		if len(c.Payees) >= MaxPayees {
			c.forget(p.At)
		}
		k = &Known{Since: p.At}
		c.Payees[p.Payee] = k
	}
	k.Count.Add(1, p.At, Month)
}

func (c *Customer) forget(at time.Time) {
	least, which := math.Inf(1), ""
	for name, k := range c.Payees {
		if n := k.Count.On(at, Month); n < least || n == least && name < which {
			least, which = n, name
		}
	}
	delete(c.Payees, which)
}

// Unlearn takes out what a payment taught that proved to be a fraud: its weight as
// far as it has not decayed, and its payee altogether.
func (c *Customer) Unlearn(p Payment, now time.Time) {
	gone := Sum{1, p.At}
	left := gone.On(now, Month)
	if a := c.Amounts[p.Currency]; a != nil && a.Weight.On(now, Month) > 0 {
		x := math.Log(p.Amount)
		a.Weight.take(left, now)
		a.First.Add(-x*left, now, Month)
		a.Squares.Add(-x*x*left, now, Month)
		if a.Weight.Value < 1e-6 {
			delete(c.Amounts, p.Currency)
		}
	}
	c.Hours[hour(p.Hour)].take(left, now)
	c.All.take(left, now)
	if _, known := c.Payees[p.Payee]; known {
		c.New.take(left, now)
		delete(c.Payees, p.Payee)
	}
}

// take takes x out of a sum that cannot be negative.
func (s *Sum) take(x float64, at time.Time) {
	s.Add(-x, at, Month)
	s.Value = max(0, s.Value)
}
