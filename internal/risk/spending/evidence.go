package spending

import (
	"math"
	"time"
)

// Evidence is what the model says of a payment, in log-odds: positive for fraud.
type Evidence struct {
	Amount   float64
	Hour     float64
	Payee    float64
	NewPayee bool    // never paid before, or forgotten
	Usual    float64 // the amount over the customer's geometric mean; 0 when there is none
}

// Priors, in payments: how many it takes until the customer's own count as much.
const (
	amountPrior = 4.0
	hourPrior   = 12.0
	payeePrior  = 4.0
	newPayees   = 0.25 // share of payments to new payees that is expected of anybody
	fraudNew    = 0.9  // share of frauds that go to new payees
	minSpread   = 0.5  // of logarithms: customers whose payments are all alike may pay a little more
	broad       = 2.0  // spread of amounts of anybody
)

// Look says how a payment compares with what the customer does. It changes nothing.
func (c *Customer) Look(p Payment) (e Evidence) {
	e.Amount, e.Usual = c.amount(p)
	e.Hour = c.hour(p)
	e.Payee, e.NewPayee = c.whom(p)
	return e
}

func (c *Customer) amount(p Payment) (evidence, usual float64) {
	a := c.Amounts[p.Currency]
	if a == nil || p.Amount <= 0 {
		return 0, 0
	}
	n := a.Weight.On(p.At, Month)
	if n <= 1e-9 {
		return 0, 0
	}
	mean := a.First.On(p.At, Month) / n
	spread := math.Sqrt(max(a.Squares.On(p.At, Month)/n-mean*mean, 0) + minSpread*minSpread)
	x := math.Log(p.Amount)
	fraud := normal(x, mean+1, broad)
	own := n / (n + amountPrior)
	usual = math.Exp(min(x-mean, 700))
	if x <= mean { // less than usual is no sign of the customer either: small frauds exist
		x = mean
		fraud = normal(x, mean+1, broad)
	}
	// Anybody's amounts are as broad as those of frauds, and less high.
	return math.Log(fraud+floor) - math.Log(own*normal(x, mean, spread)+(1-own)*fraud+floor), usual
}

// floor bounds the evidence of amounts beyond all measure.
const floor = 1e-4

func normal(x, mean, spread float64) float64 {
	z := (x - mean) / spread
	return math.Exp(-z*z/2) / (spread * math.Sqrt(2*math.Pi))
}

// hour compares the hour and its neighbors with a uniform day.
func (c *Customer) hour(p Payment) float64 {
	n := c.All.On(p.At, Month)
	near := 0.0
	for d, w := range [3]float64{0.25, 0.5, 0.25} {
		near += w * c.Hours[hour(p.Hour+d-1)].On(p.At, Month)
	}
	return -math.Log(24 * (near + hourPrior/24) / (n + hourPrior))
}

// whom compares how often this customer pays somebody new with how often frauds do.
func (c *Customer) whom(p Payment) (evidence float64, isNew bool) {
	fresh := (c.New.On(p.At, Month) + payeePrior*newPayees) / (c.All.On(p.At, Month) + payeePrior)
	fresh = min(fresh, fraudNew) // a known payee never speaks against the customer
	if _, known := c.Payees[p.Payee]; !known {
		return math.Log(fraudNew / fresh), true
	}
	return math.Log((1 - fraudNew) / (1 - fresh)), false
}

// Since returns when the customer first paid a payee; the zero time for never.
func (c *Customer) Since(payee string) time.Time {
	if k := c.Payees[payee]; k != nil {
		return k.Since
	}
	return time.Time{}
}
