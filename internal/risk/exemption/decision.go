package exemption

import (
	"slices"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
)

// Reason says why an exemption applies or not.
type Reason struct {
	Exemption policy.Exemption `json:"exemption"`
	Code      string           `json:"code"` // "low-value.sum"; "low-value.applies"
	Value     int64            `json:"value,omitempty"`
	Limit     int64            `json:"limit,omitempty"` // cents, numbers or points, as the code tells
}

const applies = ".applies"

// Applies reports whether the exemption applies.
func (r Reason) Applies() bool { return strings.HasSuffix(r.Code, applies) }

// Decision says whether strong authentication may be left out. Only [Judge] makes
// them, and Desk.Use takes no other.
type Decision struct {
	Exemption policy.Exemption `json:"exemption,omitempty"` // "" when strong authentication is needed
	Reasons   []Reason         `json:"reasons"`             // for each exemption one that applies, or all that speak against it
	Policies  int64            `json:"policies"`            // version

	request Request
}

// Exempt reports whether strong authentication may be left out.
func (d Decision) Exempt() bool { return d.Exemption != "" }

// Facts are all that a decision depends on, besides the policies.
type Facts struct {
	Request

	Now    time.Time
	Stored Stored
	Bands  Standings // of article 18
}

// Stored is what is known of a customer. Lists have at most [MaxList] entries.
type Stored struct {
	Strong   time.Time // the last strong authentication; zero: none
	Access   time.Time // the last one that let them see their accounts
	Provider time.Time // and through the provider in question
	LowCents int64     // exempted since Strong, in cents of a euro
	LowCount int64
	Trusted  []Account
	Own      []Account
	Series   Series // that the request names; zero for none
}

// Account names an account, in the normal form of package payment.
type Account struct {
	Scheme  payment.Scheme `json:"scheme"`
	Account string         `json:"account"`
}

func accountOf(p payment.Payee) Account { return Account{p.Scheme, p.Account} }

// Judge decides. It is a pure function. The exemption is the first in the order of
// the policies that applies; every exemption that could be meant has its reasons.
func Judge(set *policy.Set, f Facts) Decision {
	d := Decision{Policies: set.Version, request: f.Request}
	kinds := set.Exemptions.Order
	if f.Payment.IsZero() {
		kinds = []policy.Exemption{policy.ExemptAccess}
		if f.Provider != "" {
			kinds = []policy.Exemption{policy.ExemptProvider}
		}
	}
	for _, e := range kinds {
		j := judgement{set.Exemptions, &f, e, nil}
		j.judge()
		if len(j.against) == 0 {
			j.because("applies", 0, 0)
			if d.Exemption == "" {
				d.Exemption = e
			}
		}
		d.Reasons = append(d.Reasons, j.against...)
	}
	return d
}

// judgement looks at one exemption and gathers what speaks against it.
type judgement struct {
	rules     policy.Exemptions
	f         *Facts
	exemption policy.Exemption
	against   []Reason
}

func (j *judgement) because(code string, value, limit int64) {
	j.against = append(j.against, Reason{j.exemption, string(j.exemption) + "." + code, value, limit})
}

// unless records a reason against the exemption that does not hold.
func (j *judgement) unless(ok bool, code string) {
	if !ok {
		j.because(code, 0, 0)
	}
}

func (j *judgement) judge() {
	if !j.rules.Uses(j.exemption) {
		j.because("off", 0, 0)
		return
	}
	j.advice()
	switch j.exemption {
	case policy.ExemptAccess:
		j.access(j.rules.Access, j.f.Stored.Access)
	case policy.ExemptProvider:
		j.access(j.rules.Provider, j.f.Stored.Provider)
	case policy.ExemptOwn:
		j.unless(j.f.Instrument == Transfer, "instrument")
		j.unless(j.all(j.f.Stored.Own), "foreign")
	case policy.ExemptRecurring:
		j.recurring()
	case policy.ExemptTrusted:
		j.instrument()
		j.unless(j.all(j.f.Stored.Trusted), "unlisted")
	case policy.ExemptCorporate:
		j.instrument()
		j.unless(j.f.LegalPerson, "consumer")
		j.unless(slices.Contains(j.rules.Corporate.Protocols, j.f.Protocol), "protocol")
	case policy.ExemptLowValue:
		j.lowValue()
	case policy.ExemptRisk:
		j.risk()
	}
}

// advice is about what risk management says: whatever is not "allow" is against all.
func (j *judgement) advice() {
	switch j.f.Risk.Advice {
	case Allow:
	case StepUp:
		j.because("step-up", 0, 0)
	case Block:
		j.because("block", 0, 0)
	default:
		j.because("unadvised", 0, 0)
	}
}

// access is about looks at accounts (articles 10 and 10a).
func (j *judgement) access(rule policy.AccessExemption, strong time.Time) {
	j.unless(j.f.View == Balance || j.f.View == History, "view")
	switch age := j.f.Now.Sub(strong); {
	case strong.IsZero():
		j.because("first", 0, 0)
	case age > rule.Valid:
		j.because("expired", int64(age/time.Second), int64(rule.Valid/time.Second))
	}
}

// instrument is about payments of a kind that nobody counts the fraud of.
func (j *judgement) instrument() {
	j.unless(slices.Contains(Instruments(), j.f.Instrument), "instrument")
}

// all reports whether every payee of the payment is in a list. Who has a name only
// is in none.
func (j *judgement) all(list []Account) bool {
	known := make(map[Account]bool, len(list))
	for _, a := range list {
		known[a] = true
	}
	for _, o := range j.f.Payment.Orders() {
		if o.Payee.Account == "" || !known[accountOf(o.Payee)] {
			return false
		}
	}
	return true
}
