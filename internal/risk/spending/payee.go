package spending

import (
	"math"
	"time"
)

// Payee is what is known of an account that is paid, across customers.
type Payee struct {
	Payers float64 // payments from customers, decayed by a month
	Fresh  float64 // customers who paid it for the first time, decayed by a day
	Frauds float64 // confirmed frauds to it
}

// Reputation is the evidence of a payee's reputation, in log-odds: up to 3 against
// it, when frauds are confirmed, and down to -1.5 for it, when many pay it. Frauds
// weigh against good payments as a hundred to one: an account that thousands pay
// is not ruined by one disputed payment.
func (p Payee) Reputation() float64 {
	regular := max(0, p.Payers-p.Fresh)
	if p.Frauds > 0 {
		return 3 * p.Frauds / (p.Frauds + regular/100)
	}
	return max(-1.5, -0.5*math.Log1p(regular/3))
}

// Rush is the evidence of many customers who pay an account for the first time
// within a day, beyond what its regular payers explain; 0 to 2.
func (p Payee) Rush() float64 {
	over := p.Fresh - 3 - (p.Payers-p.Fresh)/10
	if over <= 0 {
		return 0
	}
	return min(2, math.Log1p(over))
}

// Velocity is how much a customer did lately.
type Velocity struct {
	Count  Sum `json:"c,omitzero"` // payments created, in a day
	Amount Sum `json:"a,omitzero"` // what they were worth, in major units of whatever currency
}

// Add counts a payment that was created, whatever becomes of it.
func (v *Velocity) Add(amount float64, at time.Time) {
	v.Count.Add(1, at, Day)
	v.Amount.Add(amount, at, Day)
}
