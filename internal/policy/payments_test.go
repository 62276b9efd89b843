package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/policy"
)

func TestPaymentsSection(t *testing.T) {
	t.Parallel()
	for section, want := range map[string]policy.Payments{
		"":                                   {Risk: policy.PaymentRiskOff, Patience: 500 * time.Millisecond},
		"payments: {risk: shadow}":           {Risk: policy.PaymentRiskShadow, Patience: 500 * time.Millisecond},
		"payments: {risk: on, patience: 2s}": {Risk: policy.PaymentRiskOn, Patience: 2 * time.Second},
	} {
		s, err := policy.Parse([]byte(good + "\n" + section + "\n"))
		if err != nil || s.Payments != want {
			t.Errorf("%q: %v, %+v", section, err, s)
		}
	}
	for section, want := range map[string]string{
		"payments: {risk: maybe}":    `risk is "maybe"`,
		"payments: {patience: 49ms}": "patience is 49ms",
		"payments: {patience: 3s}":   "patience is 3s",
	} {
		if _, err := policy.Parse([]byte(good + "\n" + section + "\n")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", section, err)
		}
	}
}
