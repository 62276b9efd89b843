package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// lenient are rules by which what the models say against a customer is never enough.
type lenient struct{}

func (lenient) Settings() score.Settings {
	return score.Settings{Base: -3500, Thresholds: score.Thresholds{StepUp: 998, Block: 999, Channel: 1000}}
}

func (lenient) Evaluate(*score.Facts) (v score.Verdict) { return v }

// TestPaymentsAreExempted: a small payment of a customer whom the engine knows is granted
// at once, and the answer says why; a larger one is not (SCA-33).
func TestPaymentsAreExempted(t *testing.T) {
	each(t, func(w *world) {
		w.risk.Preset = lenient{}
		w.asked(func(s *policy.Set) {
			s.Exemptions.LowValue.On = true
			for i, j := range s.Journeys {
				if j.Purpose == policy.PurposePayment && j.Channel == "web" {
					s.Journeys[i].Risk, s.Journeys[i].Exempt = policy.JourneyRisk{On: true}, true
				}
			}
		})
		w.registered("10023", "8812345")
		home := fields{"address": "192.0.2.10", "agent": firefox, "device_tag": "cookie"}
		post := func(path string, body fields, want int) *response {
			return w.do(request{method: http.MethodPost, path: path, scopes: client.AllScopes, body: body}).status(want)
		}
		counter := uint64(0)
		code := func() string { counter++; return hotp("8812345", counter) }
		for range 3 {
			r := post("/v1/authentications", fields{"customer_number": "10023", "purpose": "login", "channel": "web", "risk": home, "proof": fields{"code": code()}}, http.StatusCreated)
			if r.text("state") == "open" {
				post("/v1/authentications/"+r.text("authentication")+"/steps", fields{"code": code()}, http.StatusOK).has(fields{"state": "granted"})
			}
		}
		w.must(w.d.Write(w.Context(), func(tx *db.Tx) error {
			c, _, err := customer.ByNumber(tx, "10023")
			if err != nil {
				return err
			}
			return w.config.Exemptions.Strong(tx, exemption.Shown{Customer: c.ID, Authentication: ident.Derive("a login"), Purpose: policy.PurposeLogin})
		}))
		pay := func(amount string) *response {
			return post("/v1/authentications", fields{"customer_number": "10023", "purpose": "payment", "channel": "web", "risk": home, "payment": fields{"orders": []fields{
				{"amount": amount, "currency": "EUR", "payee": fields{"scheme": "iban", "account": "NO9386011117947"}},
			}}}, http.StatusCreated)
		}
		pay("29.90").has(fields{"state": "granted", "exemption": "low-value", "assertion": nil, "factors": nil, "risk.decision": "allow"})
		pay("30.01").has(fields{"state": "open", "exemption": nil})
	})
}
