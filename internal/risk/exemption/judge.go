package exemption

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// maxCents bounds what is taken for a value in euro, so that sums of a day fit in 63
// bits: a million millions.
const maxCents = 100_000_000_000_000

// value returns what an amount is worth in cents of a euro; false when that is not
// known.
func value(rates policy.Euro, a payment.Amount, now time.Time) (int64, bool) {
	cents, ok := rates.Cents(a, now)
	return cents, ok && cents <= maxCents
}

// recurring is about series (article 14): the same amount to the same payee.
func (j *judgement) recurring() {
	j.instrument()
	s := j.f.Stored.Series
	orders := j.f.Payment.Orders()
	switch {
	case j.f.Series.IsZero():
		j.because("none", 0, 0)
		return
	case s.ID != j.f.Series || !s.Ended.IsZero():
		j.because("ended", 0, 0)
		return
	case len(orders) != 1:
		j.because("batch", int64(len(orders)), 1)
		return
	}
	j.unless(s.Account == accountOf(orders[0].Payee), "payee")
	j.unless(s.Amount == j.f.Payment.Total(), "amount")
	if apart := j.f.Now.Sub(s.Last); apart < j.rules.Recurring.Apart {
		j.because("early", int64(apart/time.Second), int64(j.rules.Recurring.Apart/time.Second))
	}
}

// lowValue is about article 16. The payment itself counts: the stricter reading.
func (j *judgement) lowValue() {
	j.instrument()
	rule, stored := j.rules.LowValue, j.f.Stored
	total, ok := value(j.rules.Euro, j.f.Payment.Total(), j.f.Now)
	if !ok {
		j.because("currency", 0, 0)
		return
	}
	if most := j.largest(); most > euro(rule.Most) {
		j.because("amount", most, euro(rule.Most))
	}
	switch count := stored.LowCount + int64(j.f.Payment.Len()); {
	case stored.Strong.IsZero():
		j.because("first", 0, 0)
	case rule.Limit == policy.LimitCount && count > int64(rule.Count):
		j.because("count", count, int64(rule.Count))
	case rule.Limit != policy.LimitCount && stored.LowCents+total > euro(rule.Sum):
		j.because("sum", stored.LowCents+total, euro(rule.Sum))
	}
}

// largest is the value of the largest order in cents. Where the total has a value,
// every order has one, too.
func (j *judgement) largest() (most int64) {
	for _, o := range j.f.Payment.Orders() {
		a, err := payment.ParseAmount(o.Amount, j.f.Payment.Total().Currency)
		cents, ok := value(j.rules.Euro, a, j.f.Now)
		if err != nil || !ok {
			return maxCents
		}
		most = max(most, cents)
	}
	return most
}

func euro(n int) int64 { return int64(n) * 100 }

// risk is about article 18. The total of a batch is what counts.
func (j *judgement) risk() {
	j.instrument()
	if j.f.Risk.Score > j.rules.Risk.Score || j.f.Risk.Score < 0 {
		j.because("score", int64(j.f.Risk.Score), int64(j.rules.Risk.Score))
	}
	for _, c := range j.f.Risk.Checks {
		code := "check." + string(c)
		if !slices.Contains(Checks(), c) {
			code = "check.other"
		}
		j.because(code, 0, 0)
	}
	total, ok := value(j.rules.Euro, j.f.Payment.Total(), j.f.Now)
	if !ok {
		j.because("currency", 0, 0)
		return
	}
	j.band(total)
}

// band looks for one that is open and reaches far enough.
func (j *judgement) band(total int64) {
	reach := int64(0)
	for _, b := range j.rules.Risk.Bands {
		reach = max(reach, euro(b.Most))
		if total <= euro(b.Most) && j.f.Bands.Open(j.f.Instrument, b.Code) {
			return
		}
	}
	if total > reach {
		j.because("amount", total, reach)
		return
	}
	j.because("rate", total, 0)
}
