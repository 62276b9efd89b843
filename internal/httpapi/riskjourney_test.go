package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/policy"
)

// asked has the login ask the risk engine, with one more code as the step-up.
func (w *world) asked(more ...func(*policy.Set)) {
	w.Helper()
	to := w.store(func(s *policy.Set) {
		at := slices.IndexFunc(s.Policies, func(p policy.Policy) bool { return p.Code == "secure-code" })
		second := s.Policies[at]
		second.Code, second.Name = "second", "Second"
		s.Policies = append(s.Policies, second)
		for i := range s.Models {
			s.Models[i].Policies = append(s.Models[i].Policies, "second")
		}
		for _, f := range more {
			f(s)
		}
		for i, j := range s.Journeys {
			if j.Purpose == policy.PurposeLogin && j.Channel == "web" {
				s.Journeys[i].Risk = policy.JourneyRisk{On: true, StepUp: []string{"second"}}
			}
		}
	})
	w.must(w.config.Policies.Activate(w.Context(), by(), w.config.Policies.Active().Version, to))
}

// F-6.2.11: the login is judged by what the bank tells of it; the answer says what was
// decided to those only who may know.
func TestLoginsAreJudged(t *testing.T) {
	each(t, func(w *world) {
		w.asked()
		w.registered("10023", "8812345")
		counter := uint64(1)
		start := func(at fields) *response {
			counter++
			return w.do(request{method: http.MethodPost, path: "/v1/authentications", scopes: client.AllScopes, body: fields{
				"customer_number": "10023", "purpose": "login", "channel": "web", "risk": at, "proof": fields{"code": hotp("8812345", counter-1)},
			}}).status(http.StatusCreated)
		}
		home := fields{"address": "192.0.2.10", "agent": firefox, "device_tag": "cookie"}
		up := start(home).has(fields{"state": "open", "accepted": true, "steps": 2.0, "risk.decision": "step-up"})
		counter++
		w.do(request{method: http.MethodPost, path: "/v1/authentications/" + up.text("authentication") + "/steps", scopes: client.AllScopes, body: fields{"code": hotp("8812345", counter-1)}}).
			status(http.StatusOK).has(fields{"state": "granted"})
		w.event(up.text("risk.event")).has(fields{"kind": "session", "state": "completed", "learned": true})
		w.post("/v1/risk/lists", fields{"list": "block", "kind": "device", "subject": "stolen"}).status(http.StatusCreated)
		home["device_tag"] = "stolen"
		shut := start(home).has(fields{"state": "denied", "accepted": false, "reason": "risk", "risk.decision": "block"})
		w.event(shut.text("risk.event")).has(fields{"state": "rejected", "decision": "block"})

		v := w.do(request{method: http.MethodPost, path: "/v1/risk/visits"}).status(http.StatusCreated)
		w.browse(http.MethodPost, v.text("reports"), w.report(), nil)
		seen := start(fields{"visit": v.text("visit")})
		if got := w.event(seen.text("risk.event")).list("signals"); got != "probe.agent" {
			t.Errorf("the reports of the page: %q", got)
		}
		plain := w.login("10023", "000000").status(http.StatusCreated).has(fields{"risk": nil, "reason": nil})
		if strings.Contains(string(plain.raw), "risk") {
			t.Errorf("told without the scope: %v", plain)
		}
		for field, at := range map[string]fields{"address": {"address": "here"}, "agent": {"agent": strings.Repeat("é", 1000)}, "visit": {"visit": strings.Repeat("é", 100)}, "device_tag": {"device_tag": strings.Repeat("é", 100)}} {
			w.post("/v1/authentications", fields{"customer_number": "10023", "purpose": "login", "channel": "web", "risk": at}).
				status(http.StatusUnprocessableEntity).has(fields{"field": "/risk/" + field})
		}
	})
}
