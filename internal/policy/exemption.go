package policy

import (
	"slices"
	"time"
)

// Exemption names a case in which strong customer authentication may be left out.
// (Delegated Regulation (EU) 2018/389, RTS, articles 10 to 18.)
type Exemption string

// The exemptions of payments, then those of access to accounts.
const (
	ExemptOwn       Exemption = "own"       // article 15: to the customer's own accounts
	ExemptRecurring Exemption = "recurring" // article 14: a further payment of a series
	ExemptTrusted   Exemption = "trusted"   // article 13: to trusted beneficiaries
	ExemptCorporate Exemption = "corporate" // article 17: secure corporate protocols
	ExemptLowValue  Exemption = "low-value" // article 16
	ExemptRisk      Exemption = "risk"      // article 18: transaction risk analysis

	ExemptAccess   Exemption = "access"   // article 10: balance and recent payments, for the customer
	ExemptProvider Exemption = "provider" // article 10a: the same, by an account information provider
)

// PaymentExemptions lists the exemptions that payments can have, in the order in
// which they are used unless the bank has another one: those first that consume
// nothing and stand on something that the customer did with strong authentication.
func PaymentExemptions() []Exemption {
	return []Exemption{ExemptOwn, ExemptRecurring, ExemptTrusted, ExemptCorporate, ExemptLowValue, ExemptRisk}
}

// Exemptions says which exemptions the bank uses, and within which limits. All are
// off unless the bank switches them on.
type Exemptions struct {
	Order     []Exemption     `yaml:"order"`   // the first that applies to a payment is used; every one once
	Warrant   time.Duration   `yaml:"warrant"` // how long a strong authentication allows one change of a list, 1 min – 15 min
	Access    AccessExemption `yaml:"access"`
	Provider  AccessExemption `yaml:"provider"`
	Trusted   Switch          `yaml:"trusted"`
	Recurring RecurringRule   `yaml:"recurring"`
	Own       Switch          `yaml:"own"`
	LowValue  LowValueRule    `yaml:"low_value"`
	Corporate CorporateRule   `yaml:"corporate"`
	Risk      RiskRule        `yaml:"risk"`
	Euro      Euro            `yaml:"euro"`
}

// Switch is an exemption without limits of its own.
type Switch struct {
	On bool `yaml:"on"`
}

// AccessExemption lets customers see balance and recent payments for a while after
// strong authentication.
type AccessExemption struct {
	On    bool          `yaml:"on"`
	Valid time.Duration `yaml:"valid"` // since strong authentication, 1 h – 180 days
}

// RecurringRule is about payments of a series.
type RecurringRule struct {
	On    bool          `yaml:"on"`
	Apart time.Duration `yaml:"apart"` // from one payment of a series to the next at least, 1 h – 366 days
}

// Limit says what bounds payments of low value in a row. The RTS leave the choice to
// the bank (article 16, points (b) and (c)).
type Limit string

// The limits.
const (
	LimitSum   Limit = "sum"   // what they are worth together
	LimitCount Limit = "count" // how many they are
)

// LowValueRule is about payments of low value.
type LowValueRule struct {
	On    bool  `yaml:"on"`
	Most  int   `yaml:"most"`  // euro, of one payment, 1–30
	Limit Limit `yaml:"limit"` // which of the next two holds
	Sum   int   `yaml:"sum"`   // euro since the last strong authentication, 1–100
	Count int   `yaml:"count"` // payments since the last strong authentication, 1–5
	All   bool  `yaml:"all"`   // payments exempted for other reasons count, too
}

// CorporateRule names the payment protocols that only legal persons have, and of
// which the authority is satisfied that they are as safe (article 17).
type CorporateRule struct {
	On        bool     `yaml:"on"`
	Protocols []string `yaml:"protocols"`
}

// RiskRule is about payments of low risk.
type RiskRule struct {
	On    bool   `yaml:"on"`
	Score int    `yaml:"score"` // the highest score that is of low risk, 0–1000
	Bands []Band `yaml:"bands"`
}

// Band allows payments up to an amount while fraud is rare: the table of the annex
// to the RTS. A bank may ask more of itself, never less.
type Band struct {
	Code     string `yaml:"code"`     // stable name
	Most     int    `yaml:"most"`     // euro, of one payment, 1–500
	Card     int    `yaml:"card"`     // reference fraud rate of card payments, in 1/100,000 of their value
	Transfer int    `yaml:"transfer"` // and of credit transfers
}

// annex is the table of the RTS; no bank's may be laxer.
func annex() []Band {
	return []Band{
		{Code: "etv-100", Most: 100, Card: 130, Transfer: 15},
		{Code: "etv-250", Most: 250, Card: 60, Transfer: 10},
		{Code: "etv-500", Most: 500, Card: 10, Transfer: 5},
	}
}

const maxAccess = 180 * 24 * time.Hour // article 10(2)(b) as amended by (EU) 2022/2360

func defaultExemptions() Exemptions {
	return Exemptions{
		Order: PaymentExemptions(), Warrant: 5 * time.Minute,
		Access: AccessExemption{Valid: maxAccess}, Provider: AccessExemption{Valid: maxAccess},
		Recurring: RecurringRule{Apart: 6 * 24 * time.Hour},
		LowValue:  LowValueRule{Most: 30, Limit: LimitSum, Sum: 100, Count: 5, All: true},
		Corporate: CorporateRule{Protocols: []string{}}, Risk: RiskRule{Score: 100, Bands: annex()},
		Euro: Euro{Rates: map[string]string{}},
	}
}

// completeExemptions fills in each part of which a document says no more than
// whether it is on.
func (s *Set) completeExemptions() {
	x, d := &s.Exemptions, defaultExemptions()
	if len(x.Order) == 0 {
		x.Order = d.Order
	}
	if x.Warrant == 0 {
		x.Warrant = d.Warrant
	}
	for _, a := range []*AccessExemption{&x.Access, &x.Provider} {
		if a.Valid == 0 {
			a.Valid = maxAccess
		}
	}
	if x.Corporate.Protocols == nil {
		x.Corporate.Protocols = []string{}
	}
	if x.Euro.Rates == nil {
		x.Euro.Rates = map[string]string{}
	}
	if x.Recurring.Apart == 0 {
		x.Recurring.Apart = d.Recurring.Apart
	}
	if x.LowValue == (LowValueRule{On: x.LowValue.On}) {
		d.LowValue.On = x.LowValue.On
		x.LowValue = d.LowValue
	}
	if x.Risk.Score == 0 && len(x.Risk.Bands) == 0 {
		d.Risk.On = x.Risk.On
		x.Risk = d.Risk
	}
}

// validateExemptions names the mistakes in what is said about exemptions.
func (s *Set) validateExemptions(m *mistakes) {
	x := s.Exemptions
	order := slices.Sorted(slices.Values(x.Order))
	m.check(slices.Equal(order, slices.Sorted(slices.Values(PaymentExemptions()))), "exemptions: order is %v; it must name each of %v once", x.Order, PaymentExemptions())
	m.check(x.Warrant >= time.Minute && x.Warrant <= 15*time.Minute, "exemptions: warrant is %s; it must be 1m to 15m", x.Warrant)
	for name, a := range map[string]AccessExemption{"access": x.Access, "provider": x.Provider} {
		m.check(a.Valid >= time.Hour && a.Valid <= maxAccess, "exemptions: %s.valid is %s; it must be 1h to 4320h", name, a.Valid)
	}
	m.check(x.Recurring.Apart >= time.Hour && x.Recurring.Apart <= 366*24*time.Hour, "exemptions: recurring.apart is %s; it must be 1h to 8784h", x.Recurring.Apart)
	x.LowValue.validate(m)
	x.Corporate.validate(m)
	x.Risk.validate(m)
	x.Euro.validate(m)
}

func (x LowValueRule) validate(m *mistakes) {
	m.check(within(x.Most, 1, 30), "exemptions: low_value.most is %d; it must be 1 to 30 euro", x.Most)
	m.check(x.Limit == LimitSum || x.Limit == LimitCount, "exemptions: low_value.limit is %q; it must be sum or count", x.Limit)
	m.check(within(x.Sum, 1, 100), "exemptions: low_value.sum is %d; it must be 1 to 100 euro", x.Sum)
	m.check(within(x.Count, 1, 5), "exemptions: low_value.count is %d; it must be 1 to 5", x.Count)
}

func (x CorporateRule) validate(m *mistakes) {
	m.check(!x.On || len(x.Protocols) > 0, "exemptions: corporate.protocols is empty: name the protocols of which the authority is satisfied, or leave it off")
	for i, p := range x.Protocols {
		m.check(p != "" && plain(p) && !slices.Contains(x.Protocols[:i], p), "exemptions: corporate.protocols has %q, which is empty, not printable or there twice", p)
	}
}

func (x RiskRule) validate(m *mistakes) {
	m.check(within(x.Score, 0, 1000), "exemptions: risk.score is %d; it must be 0 to 1000", x.Score)
	m.check(!x.On || len(x.Bands) > 0, "exemptions: risk.bands is empty: leave it off")
	for i, b := range x.Bands {
		same := slices.ContainsFunc(x.Bands[:i], func(o Band) bool { return o.Code == b.Code || o.Most >= b.Most })
		m.check(b.Code != "" && plain(b.Code) && !same, "exemptions: risk.bands: %q has no code of its own, or is not above the one before it", b.Code)
		at := slices.IndexFunc(annex(), func(a Band) bool { return b.Most <= a.Most })
		m.check(b.Most >= 1 && at >= 0, "exemptions: risk.bands: %s.most is %d; it must be 1 to 500 euro", b.Code, b.Most)
		if at >= 0 {
			a := annex()[at]
			m.check(within(b.Card, 0, a.Card), "exemptions: risk.bands: %s.card is %d; up to EUR %d it must be 0 to %d (in 1/100,000)", b.Code, b.Card, a.Most, a.Card)
			m.check(within(b.Transfer, 0, a.Transfer), "exemptions: risk.bands: %s.transfer is %d; up to EUR %d it must be 0 to %d (in 1/100,000)", b.Code, b.Transfer, a.Most, a.Transfer)
		}
	}
}

// Any reports whether any exemption is on.
func (x Exemptions) Any() bool {
	return x.Access.On || x.Provider.On || slices.ContainsFunc(PaymentExemptions(), x.Uses)
}

// Uses reports whether an exemption of payments or of access is on.
func (x Exemptions) Uses(e Exemption) bool {
	switch e {
	case ExemptOwn:
		return x.Own.On
	case ExemptRecurring:
		return x.Recurring.On
	case ExemptTrusted:
		return x.Trusted.On
	case ExemptCorporate:
		return x.Corporate.On
	case ExemptLowValue:
		return x.LowValue.On
	case ExemptRisk:
		return x.Risk.On
	case ExemptAccess:
		return x.Access.On
	case ExemptProvider:
		return x.Provider.On
	}
	return false
}
