package policy

import (
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/limit"
)

// MethodMobileID has the SIM of the customer's phone sign what the phone has shown.
const MethodMobileID Method = "mobile-id"

// Controls of mobile IDs, besides ControlTyped and ControlShown: what the person does with the four
// digits that belong to a request.
const (
	ControlNone   Control = "none"
	ControlChosen Control = "chosen" // the phone shows three codes, and the person picks the one on the page
)

// Algorithms of the keys that SIM cards make.
const (
	AlgorithmECDSA = "ecdsa-p256"
	AlgorithmRSA   = "rsa-2048"
)

// MobileID says what holds for all signatures by SIM cards.
type MobileID struct {
	Service      string         `yaml:"service"`      // what phones call the bank, 1–40 characters
	TTL          time.Duration  `yaml:"ttl"`          // that a person has to answer, when the request does not say, 30 s – 10 min
	MaxTTL       time.Duration  `yaml:"max_ttl"`      // the longest that a request may say, ttl – 30 min
	Registration time.Duration  `yaml:"registration"` // to choose a PIN at registration, 1–60 min
	Control      Control        `yaml:"control"`      // of requests that do not say: none, shown, chosen or typed
	Register     Control        `yaml:"register"`     // of registrations
	Hold         time.Duration  `yaml:"hold"`         // from the registration of another SIM to its use, 0 – 30 days
	Numbers      int            `yaml:"numbers"`      // mobile IDs that a customer may have, 1–20
	Algorithms   []string       `yaml:"algorithms"`   // of new keys; the first is the one for who does not say
	Languages    []string       `yaml:"languages"`    // that cards have words in, two letters; the first is for all others
	Limits       MobileIDLimits `yaml:"limits"`       // requests in a window
	Refusals     limit.Rule     `yaml:"refusals"`     // requests in a row that a person refused or did not answer
	Guesses      limit.Rule     `yaml:"guesses"`      // wrong spam-prevention codes in a row, for one number
	Renew        time.Duration  `yaml:"renew"`        // before the end of a certificate, in which it may be renewed, 1–180 days
	Keep         time.Duration  `yaml:"keep"`         // how long signatures are kept, a year or more
}

// MobileIDLimits bounds how many requests are made in a window.
type MobileIDLimits struct {
	Window   time.Duration `yaml:"window"`   // 1 min – 24 h
	Number   int           `yaml:"number"`   // to one number, by all providers together, 1–1000
	Provider int           `yaml:"provider"` // by a provider that has no rate of its own, 1 or more
	All      int           `yaml:"all"`      // in all, 1 or more
}

// MobileIDs returns the policies of the method mobile-id.
func (s *Set) MobileIDs() (all []Policy) {
	for _, p := range s.Policies {
		if p.Method == MethodMobileID {
			all = append(all, p)
		}
	}
	return all
}

// silent reports that a document says nothing about mobile IDs.
func (x MobileID) silent() bool {
	return x.Service == "" && x.TTL == 0 && x.MaxTTL == 0 && x.Registration == 0 && x.Control == "" && x.Register == "" && x.Hold == 0 && x.Numbers == 0 &&
		len(x.Algorithms) == 0 && len(x.Languages) == 0 && x.Limits == (MobileIDLimits{}) && x.Refusals == (limit.Rule{}) && x.Guesses == (limit.Rule{}) && x.Renew == 0 && x.Keep == 0
}

// completeMobileIDs gives the section, and the policies, what they do not mention.
func (s *Set) completeMobileIDs() {
	x := &s.MobileID
	if x.silent() {
		x.Hold = 24 * time.Hour
	}
	orElse(&x.Service, "Bank")
	orElse(&x.TTL, 3*time.Minute)
	orElse(&x.MaxTTL, max(10*time.Minute, x.TTL))
	orElse(&x.Registration, 10*time.Minute)
	orElse(&x.Control, ControlShown)
	orElse(&x.Register, ControlTyped)
	orElse(&x.Numbers, 3)
	if len(x.Algorithms) == 0 {
		x.Algorithms = []string{AlgorithmECDSA, AlgorithmRSA}
	}
	if len(x.Languages) == 0 {
		x.Languages = []string{"en", "de"}
	}
	orElse(&x.Limits.Window, time.Hour)
	orElse(&x.Limits.Number, 20)
	orElse(&x.Limits.Provider, 10_000)
	orElse(&x.Limits.All, 1_000_000)
	orElse(&x.Refusals, limit.Rule{Max: 3, CoolDown: 15 * time.Minute})
	orElse(&x.Guesses, limit.Rule{Max: 5, CoolDown: time.Hour})
	orElse(&x.Renew, 30*24*time.Hour)
	orElse(&x.Keep, 10*365*24*time.Hour)
	for i := range s.Policies {
		if p := &s.Policies[i]; p.Method == MethodMobileID {
			orElse(&p.Approval.Bank, x.Service)
			orElse(&p.Approval.TTL, x.TTL)
			orElse(&p.Approval.Control, x.Control)
			orElse(&p.Approval.Resend, 30*time.Second)
		}
	}
}

// forMobileID reports whether a control is one of mobile IDs.
func (c Control) forMobileID() bool {
	return c == ControlNone || c == ControlShown || c == ControlChosen || c == ControlTyped
}

// validateMobileID names the mistakes in the section.
func (s *Set) validateMobileID(m *mistakes) {
	x := s.MobileID
	m.check(len([]rune(x.Service)) <= 40 && plain(x.Service), "mobile_id: service is %q; it must say in 1 to 40 printable characters what the bank is called", x.Service)
	m.check(x.TTL >= 30*time.Second && x.TTL <= 10*time.Minute, "mobile_id: ttl is %s; it must be 30s to 10m", x.TTL)
	m.check(x.MaxTTL >= x.TTL && x.MaxTTL <= 30*time.Minute, "mobile_id: max_ttl is %s; it must be from the ttl to 30m", x.MaxTTL)
	m.check(x.Registration >= time.Minute && x.Registration <= time.Hour, "mobile_id: registration is %s; it must be 1m to 1h", x.Registration)
	m.check(x.Control.forMobileID(), "mobile_id: control is %q; use none, shown, chosen or typed", x.Control)
	m.check(x.Register.forMobileID(), "mobile_id: register is %q; use none, shown, chosen or typed", x.Register)
	m.check(x.Hold >= 0 && x.Hold <= 30*24*time.Hour, "mobile_id: hold is %s; it must be 0s to 720h", x.Hold)
	m.check(within(x.Numbers, 1, 20), "mobile_id: numbers is %d; it must be 1 to 20", x.Numbers)
	for _, a := range x.Algorithms {
		m.check(a == AlgorithmECDSA || a == AlgorithmRSA, "mobile_id: algorithms names %q; use ecdsa-p256 or rsa-2048", a)
	}
	for _, l := range x.Languages {
		m.check(len(l) == 2 && l[0] >= 'a' && l[0] <= 'z' && l[1] >= 'a' && l[1] <= 'z', "mobile_id: languages names %q; it must be two small letters", l)
	}
	m.check(x.Limits.Window >= time.Minute && x.Limits.Window <= 24*time.Hour, "mobile_id: limits.window is %s; it must be 1m to 24h", x.Limits.Window)
	m.check(within(x.Limits.Number, 1, 1000), "mobile_id: limits.number is %d; it must be 1 to 1000", x.Limits.Number)
	m.check(within(x.Limits.Provider, 1, 1_000_000_000), "mobile_id: limits.provider is %d; it must be 1 to 1000000000", x.Limits.Provider)
	m.check(within(x.Limits.All, 1, 1_000_000_000), "mobile_id: limits.all is %d; it must be 1 to 1000000000", x.Limits.All)
	for name, r := range map[string]limit.Rule{"refusals": x.Refusals, "guesses": x.Guesses} {
		err := r.Validate()
		m.check(err == nil && r.CoolDown > 0 && r.MaxBlocks == 0, "mobile_id: %s needs a max of 1 to 100 and a cool_down, and no max_blocks: anybody may ask, so it must end by itself", name)
	}
	m.check(x.Renew >= 24*time.Hour && x.Renew <= 180*24*time.Hour, "mobile_id: renew is %s; it must be 24h to 4320h", x.Renew)
	m.check(x.Keep >= 365*24*time.Hour && x.Keep <= 50*365*24*time.Hour, "mobile_id: keep is %s; it must be 8760h to 438000h", x.Keep)
}

// validateMobileIDs checks what a policy says about signatures by SIM cards.
func (p Policy) validateMobileIDs(m *mistakes, at string) {
	a := p.Approval
	m.check(a.Bank != "" && len([]rune(a.Bank)) <= 40 && plain(a.Bank), "%s: approval.bank is %q; it must say in 1 to 40 printable characters what the bank is called", at, a.Bank)
	m.check(a.TTL >= 30*time.Second && a.TTL <= 10*time.Minute, "%s: approval.ttl is %s; it must be 30s to 10m", at, a.TTL)
	m.check(a.Resend >= 10*time.Second && a.Resend <= 10*time.Minute, "%s: approval.resend is %s; it must be 10s to 10m", at, a.Resend)
	m.check(a.Control.forMobileID(), "%s: approval.control is %q; use none, shown, chosen or typed", at, a.Control)
	m.check(a.Close == 0 || a.Close >= 5*time.Minute && a.Close <= 30*24*time.Hour, "%s: approval.close is %s; it must be 0s, or 5m to 720h", at, a.Close)
	m.check(a.Pending == 0 && a.Prompts == 0 && a.Window == 0, "%s: approval.pending, prompts and window belong to the method approval: of mobile IDs a number has one request at a time, and mobile_id.limits holds", at)
	m.check(p.Events == (Events{}) && p.Time == (Time{}) && p.Challenge == (Challenge{}) && p.Resync == (Resync{}), "%s: events, time, challenge and resync belong to tokens: leave them out", at)
}

// Speaks reports whether cards have words in a language of two letters.
func (x MobileID) Speaks(language string) bool { return slices.Contains(x.Languages, language) }
