package policy

import "time"

// Payments says how payments with tokens are authorized, beyond cryptogram, limits and the pattern of devices.
type Payments struct {
	Risk     string        `yaml:"risk"`     // off, shadow or on: whether the risk engine judges their circumstances
	Patience time.Duration `yaml:"patience"` // that it has for that, 50 ms – 2 s; an engine that is slower steps up
}

// Modes of the judgment by risk.
const (
	PaymentRiskOff    = "off"
	PaymentRiskShadow = "shadow" // judged and kept, and no answer depends on it
	PaymentRiskOn     = "on"
)

// completePayments gives the section what it does not mention.
func (s *Set) completePayments() {
	orElse(&s.Payments.Risk, PaymentRiskOff)
	orElse(&s.Payments.Patience, 500*time.Millisecond)
}

// validatePayments names the mistakes in the section.
func (s *Set) validatePayments(m *mistakes) {
	x := s.Payments
	m.check(x.Risk == PaymentRiskOff || x.Risk == PaymentRiskShadow || x.Risk == PaymentRiskOn, "payments: risk is %q; use off, shadow or on", x.Risk)
	m.check(x.Patience >= 50*time.Millisecond && x.Patience <= 2*time.Second, "payments: patience is %s; it must be 50ms to 2s", x.Patience)
}
