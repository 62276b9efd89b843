package httpapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/risk/rule"
)

// watching has the preset of the rules judge, and a customer who is known to the engine.
func (w *world) watching() {
	w.Helper()
	preset, err := rule.Preset("balanced")
	w.must(err)
	w.risk.Preset = preset
	w.post("/v1/customers", fields{"customer_number": "10023"}).status(http.StatusCreated)
	for i := range 4 {
		at := w.post("/v1/risk/sessions", w.session("routine-"+marshal(i), fields{})).status(http.StatusCreated).text("event")
		w.outcome(at, "sign", fields{"item": "passcode", "accepted": true}).has(fields{"state": "signed"})
		w.outcome(at, "complete", fields{}).has(fields{"state": "completed", "learned": true})
	}
	_, err = w.risk.Fold(w.Context(), 100)
	w.must(err)
}

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0"

// session is the request about a login from the customer's home, with changes.
func (w *world) session(reference string, changes fields) fields {
	at := fields{"address": "192.0.2.10", "agent": firefox, "device_tag": "cookie"}
	for name, v := range changes {
		at[name] = v
	}
	return fields{"customer_number": "10023", "reference": reference, "channel": "web", "circumstances": at}
}

func (w *world) outcome(event, act string, body fields) *response {
	w.Helper()
	body["customer_number"] = "10023"
	return w.post("/v1/risk/events/"+event+"/"+act, body).status(http.StatusOK)
}

func (w *world) event(id string) *response {
	w.Helper()
	return w.get("/v1/risk/events/" + id + "?customer_number=10023").status(http.StatusOK)
}

// list is the texts of a list in an answer.
func (r *response) list(name string) string {
	var all []string
	b, _ := json.Marshal(r.value[name])
	_ = json.Unmarshal(b, &all)
	return strings.Join(all, " ")
}

// F-6.2.11–12, F-6.3.1, F-6.4.1: sessions, payments and actions are judged, signed, and
// completed or rejected; each answer says what to do and how it came to that.
func TestEventsAreJudged(t *testing.T) {
	each(t, func(w *world) {
		w.watching()
		home := w.session("home", fields{})
		s := w.post("/v1/risk/sessions", home).status(http.StatusCreated).has(fields{"decision": "allow", "state": "created", "rules_version": 0.0})
		w.post("/v1/risk/sessions", home).status(http.StatusOK).has(fields{"event": s.text("event")})
		home["channel"] = "mobile"
		w.post("/v1/risk/sessions", home).problem(http.StatusConflict, "risk.reference_used").has(fields{"field": "/reference"})

		away := w.post("/v1/risk/sessions", w.session("away", fields{"address": "198.51.100.9", "device_tag": "other"})).status(http.StatusCreated).has(fields{"decision": "step-up"})
		if away.value["score"].(float64) <= s.value["score"].(float64) || !strings.Contains(away.list("reasons"), "new") || away.list("tags") == "" {
			t.Errorf("home %v, away %v", s, away)
		}
		e := w.event(away.text("event")).has(fields{"kind": "session", "reference": "away", "score": away.value["score"], "learned": false})
		sum := 0.0
		for _, term := range e.value["terms"].([]any) {
			sum += term.(map[string]any)["weight"].(float64)
		}
		if sum != e.value["sum"] {
			t.Errorf("the terms add up to %v: %v", sum, e)
		}

		pay := w.session("pay", fields{})
		pay["session"], pay["type"] = s.text("event"), "domestic"
		pay["payments"] = []fields{{"payee": "NO93 8601 1117 947", "payee_country": "NO", "amount": "90.00", "currency": "EUR"}, {"payee": "JP-1", "amount": "9000", "currency": "JPY"}, {"payee": "BH-1", "amount": "1.005", "currency": "BHD", "own_account": true}}
		p := w.post("/v1/risk/payments", pay).status(http.StatusCreated).has(fields{"state": "created"})
		if len(p.value["payments"].([]any)) != 3 {
			t.Errorf("a batch of three: %v", p)
		}
		w.outcome(p.text("event"), "sign", fields{"item": "token", "accepted": false}).has(fields{"state": "created"})
		w.outcome(p.text("event"), "reject", fields{}).has(fields{"state": "rejected", "learned": false})
		w.post("/v1/risk/events/"+p.text("event")+"/complete", fields{"customer_number": "10023"}).problem(http.StatusConflict, "risk.state")

		change := w.session("change", fields{})
		change["type"] = "phone.change"
		c := w.post("/v1/risk/actions", change).status(http.StatusCreated)
		w.outcome(c.text("event"), "judge", fields{}).has(fields{"decision": c.value["decision"]})
		w.outcome(c.text("event"), "sign", fields{"item": "passcode", "accepted": true})
		w.outcome(c.text("event"), "complete", fields{}).has(fields{"learned": true})
		w.outcome(c.text("event"), "feedback", fields{"label": "fraud", "note": "called"}).has(fields{"label": "fraud", "learned": false})
		w.event(c.text("event")).has(fields{"type": "phone.change", "signed_with": "passcode", "label": "fraud", "state": "completed"})
	})
}

// Requests that are wrong say where, and nothing is judged.
func TestBadEvents(t *testing.T) {
	each(t, func(w *world) {
		w.post("/v1/customers", fields{"customer_number": "10023"}).status(http.StatusCreated)
		pay := func(order fields) fields {
			all := fields{"payee": "x", "amount": "1", "currency": "EUR"}
			for k, v := range order {
				all[k] = v
			}
			q := w.session("pay", fields{})
			q["payments"] = []fields{{"payee": "x", "amount": "1", "currency": "EUR"}, all}
			return q
		}
		for _, c := range []struct {
			path  string
			body  fields
			code  string
			field string
		}{
			{"payments", pay(fields{"amount": "-1"}), "payment.amount", "/payments/1/amount"},
			{"payments", pay(fields{"amount": "0.00"}), "payment.amount", "/payments/1/amount"},
			{"payments", pay(fields{"amount": "0.5", "currency": "JPY"}), "payment.amount", "/payments/1/amount"},
			{"payments", pay(fields{"amount": "1.005"}), "payment.amount", "/payments/1/amount"},
			{"payments", pay(fields{"currency": "XXQ"}), "payment.currency", "/payments/1/currency"},
			{"payments", pay(fields{"payee": " - "}), "risk.payee", "/payments"},
			{"payments", pay(fields{"payee_country": "N"}), "risk.currency", "/payments"},
			{"sessions", w.session("s", fields{"address": "here"}), "risk.address", "/circumstances/address"},
			{"sessions", w.session("s", fields{"agent": strings.Repeat("é", 1000)}), "risk.agent", "/circumstances/agent"},
			{"sessions", w.session("s", fields{"visit": strings.Repeat("é", 100)}), "risk.visit", "/circumstances/visit"},
			{"sessions", w.session("s", fields{"device_tag": strings.Repeat("é", 100)}), "risk.tag", "/circumstances/device_tag"},
			{"sessions", w.session("s", fields{"at": "2031-01-01T00:00:00Z"}), "request.unknown_field", "/circumstances/at"}, // the bank's clock counts for nothing
			{"sessions", w.session("s", fields{"score": 1}), "request.unknown_field", "/circumstances/score"},
		} {
			w.post("/v1/risk/"+c.path, c.body).problem(http.StatusUnprocessableEntity, c.code).has(fields{"field": c.field})
		}
		none := w.session("s", fields{})
		none["customer_number"] = "99999"
		w.post("/v1/risk/sessions", none).problem(http.StatusNotFound, "customer.unknown")
		empty := w.session("s", fields{})
		empty["payments"] = []fields{}
		w.post("/v1/risk/payments", empty).problem(http.StatusUnprocessableEntity, "risk.payments").has(fields{"field": "/payments"})
		lost := pay(fields{})
		lost["session"] = "zen999bvmy4en6rxh86c970hfc"
		w.post("/v1/risk/payments", lost).problem(http.StatusNotFound, "risk.unknown")
		lost["session"] = "x"
		w.post("/v1/risk/payments", lost).problem(http.StatusUnprocessableEntity, "request.id").has(fields{"field": "/session"})
		w.post("/v1/risk/sessions", strings.NewReader(`{"x":"`+strings.Repeat("x", 1<<20)+`"}`)).problem(http.StatusRequestEntityTooLarge, "request.too_large")
		if n := w.count("risk_event"); n != 0 {
			t.Errorf("%d events", n)
		}
	})
}

// Writing does not allow reading, and reading not judging what people found.
func TestRiskScopes(t *testing.T) {
	each(t, func(w *world) {
		w.watching()
		id := w.post("/v1/risk/sessions", w.session("s", fields{})).status(http.StatusCreated).text("event")
		for scope, allowed := range map[client.Scopes]string{client.RiskWrite: "reject", client.RiskRead: "read", client.RiskFeedback: "feedback", client.RiskLists: "lists"} {
			for name, q := range map[string]request{
				"read":     {method: http.MethodGet, path: "/v1/risk/events/" + id + "?customer_number=10023"},
				"reject":   {method: http.MethodPost, path: "/v1/risk/events/" + id + "/reject", body: fields{"customer_number": "10023"}},
				"feedback": {method: http.MethodPost, path: "/v1/risk/events/" + id + "/feedback", body: fields{"customer_number": "10023", "label": "legitimate"}},
				"lists":    {method: http.MethodGet, path: "/v1/risk/lists"},
			} {
				q.scopes = scope
				want := http.StatusForbidden
				if name == allowed {
					want = http.StatusOK
				}
				w.do(q).status(want)
			}
		}
	})
}

func TestRiskLists(t *testing.T) {
	each(t, func(w *world) {
		w.watching()
		add := func(list, kind, subject string) *response {
			return w.post("/v1/risk/lists", fields{"list": list, "kind": kind, "subject": subject, "note": "why", "expires_at": w.clock.Now().AddDate(0, 1, 0).Format("2006-01-02T15:04:05Z07:00")})
		}
		add("block", "device", "cookie").status(http.StatusCreated).has(fields{"subject": nil})
		add("watch", "network", "192.0.2.0/24").status(http.StatusCreated).has(fields{"subject": "192.0.2.0/24"})
		add("watch", "customer", "10023").status(http.StatusCreated)
		add("watch", "customer", "99999").problem(http.StatusNotFound, "customer.unknown")
		add("watch", "network", "0.0.0.0/0").problem(http.StatusUnprocessableEntity, "risk.subject").has(fields{"field": "/subject"})
		w.post("/v1/risk/lists", fields{"list": "trust", "kind": "device", "subject": "x"}).problem(http.StatusUnprocessableEntity, "risk.expires").has(fields{"field": "/expires_at"})
		w.post("/v1/risk/lists", fields{"list": "trust", "kind": "device", "subject": "x", "expires_at": "tomorrow"}).problem(http.StatusUnprocessableEntity, "request.type")
		w.post("/v1/risk/sessions", w.session("s", fields{})).status(http.StatusCreated).has(fields{"decision": "block"})
		page := w.get("/v1/risk/lists?limit=2").status(http.StatusOK)
		first, _ := page.value["entries"].([]any)
		next := w.get("/v1/risk/lists?limit=2&cursor=" + page.text("next_cursor")).status(http.StatusOK).has(fields{"next_cursor": nil})
		if rest, _ := next.value["entries"].([]any); len(first) != 2 || len(rest) != 1 {
			t.Errorf("%v, then %v", page, next)
		}
		for _, e := range first {
			id, _ := e.(map[string]any)["id"].(string)
			w.do(request{method: http.MethodDelete, path: "/v1/risk/lists/" + id}).status(http.StatusNoContent)
			w.do(request{method: http.MethodDelete, path: "/v1/risk/lists/" + id}).problem(http.StatusNotFound, "risk.unknown")
		}
		w.get("/v1/risk/lists?cursor=x").problem(http.StatusUnprocessableEntity, "request.cursor")
	})
}

// SCA-76: an engine that cannot answer is a step-up, without an event.
func TestNoEngineIsAStepUp(t *testing.T) {
	each(t, func(w *world) {
		w.post("/v1/customers", fields{"customer_number": "10023"}).status(http.StatusCreated)
		w.must(w.d.Write(w.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("ALTER TABLE risk_event RENAME TO away")
			return err
		}))
		w.post("/v1/risk/sessions", w.session("s", fields{})).status(http.StatusCreated).has(fields{"decision": "step-up", "event": nil, "reasons": []any{"engine.unavailable"}})
		if n := w.count("away"); n != 0 {
			t.Errorf("%d events", n)
		}
	})
}

func (w *world) count(table string) (n int) {
	w.Helper()
	w.must(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM " + table).Scan(&n) }))
	return n
}
