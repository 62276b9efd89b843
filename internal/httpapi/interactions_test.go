package httpapi_test

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// lived gives a customer a phone that has looked around at home for some days, beside an access point.
func (w *world) lived(number string, days int) (phone, ap companion.Companion) {
	w.Helper()
	w.identify(number)
	c := w.enrolled(w.post("/v1/customers/"+number+"/companions/invitations", fields{"kind": "phone"}).status(http.StatusCreated).text("code"))
	phone, _, err := w.named(c)
	w.must(err)
	_, ap, err = w.named(c, companion.Thing{Kind: companion.AccessPoint, Identifiers: []companion.Identifier{{Kind: companion.Serial, Value: "AP-123456"}}})
	w.must(err)
	w.advance(73 * time.Hour)
	home := s2.CellIDFromLatLng(s2.LatLngFromDegrees(52.52, 13.405)).Parent(14).ToToken()
	for range days {
		var b report.Batch
		for range 24 {
			at := w.clock.Now().UnixMilli()
			b.Events = append(b.Events, report.Event{Time: at, Kind: report.Place, Place: &report.Cell{Token: home}}, report.Event{Time: at, Kind: report.Poll, Seen: []int{ap.Number}})
			w.clock.Advance(time.Hour)
		}
		w.must(w.d.Write(w.Context(), func(tx *db.Tx) error {
			_, err := w.config.Interactions.Take(tx, phone, interaction.Batch{Sent: w.clock.Now(), Body: &b})
			return err
		}))
		_, err := w.config.Interactions.Learn(w.Context(), 100)
		w.must(err)
	}
	w.advance(0)
	return phone, ap
}

// named has a phone name devices; it returns the phone as it is, and the last of them.
func (w *world) named(phone companion.Companion, things ...companion.Thing) (now, last companion.Companion, err error) {
	err = w.d.Write(w.Context(), func(tx *db.Tx) (err error) {
		for _, t := range things {
			if last, _, err = w.config.Companions.Name(tx, phone, t); err != nil {
				return err
			}
		}
		now, _, err = companion.Get(tx, phone.Customer, phone.ID)
		return err
	})
	return now, last, err
}

// counting has decisions count.
func (w *world) counting(s *policy.Set) { s.Interaction.Mode = policy.InteractionOn }

// TestInteractions: what was learned is read as a table and as a day; requests are judged, listed,
// explained and denied.
func TestInteractions(t *testing.T) {
	each(t, func(w *world) {
		w.must(w.config.Policies.Activate(w.Context(), by(), 0, w.store(w.counting)))
		w.customer("10023")
		const at = "/v1/customers/10023/interactions"
		w.get(at).status(http.StatusOK).has(fields{"mode": "on", "patterns": "[]"})
		w.post(at+"/decisions", fields{"reference": "4711", "kind": "service"}).status(http.StatusCreated).has(fields{"judged": false, "decision": nil})
		phone, ap := w.lived("10023", 8)
		one := "/v1/customers/10023/companions/" + phone.ID.String()
		w.get(at).status(http.StatusOK).first("patterns", fields{"companion": phone.ID.String(), "number": phone.Number, "thin": false})

		table := w.get(one + "/pattern?periods=three&days=every&need=2&of=5&share=50").status(http.StatusOK).has(fields{"thin": false})
		if rows := table.value["periods"].([]any); len(rows) != 3 {
			t.Errorf("%d periods of three", len(rows))
		}
		table.first("periods", fields{"from": 0, "to": 9, "looked": 5, "devices": []any{fields{"number": ap.Number, "days": 5, "share": 100, "in": true, "trend": "steady"}}, "radius_meters": 500})
		w.get(one+"/pattern?need=9&of=5").problem(http.StatusUnprocessableEntity, "interaction.filter").has(fields{"field": "need"})
		if n := len(w.get(one + "/pattern?periods=1h&days=sunday").status(http.StatusOK).value["periods"].([]any)); n != 24 {
			t.Errorf("%d hours", n)
		}
		ofDay := w.get(one + "/day").status(http.StatusOK)
		hours := ofDay.value["hours"].([]any)
		noon := hours[12].(map[string]any)
		if len(hours) != 24 || noon["looked"] != true || len(noon["seen"].([]any)) != 1 || len(noon["places"].([]any)) != 1 || noon["expected"].([]any)[0].(map[string]any)["probability"].(float64) < 80 {
			t.Errorf("noon of a day: %v", noon)
		}
		w.get(one+"/day?date=2001-01-01").status(http.StatusOK).first("hours", fields{"looked": false})
		w.get(one+"/day?date=yesterday").problem(http.StatusUnprocessableEntity, "interaction.date")
		w.get("/v1/customers/10023/companions/"+ap.ID.String()+"/pattern").problem(http.StatusNotFound, "interaction.pattern")

		w.judged(t, at, phone)
	})
}

// judged has requests judged.
func (w *world) judged(t *testing.T, at string, phone companion.Companion) {
	t.Helper()
	// The phone was heard of at home within the hour, and nothing has signed: limits are the best there is.
	ask := fields{"reference": "card 1", "kind": "transaction", "amount": "12.50", "currency": "EUR", "category": "5411", "access_device": "pos", "place": fields{"latitude": "52.5200", "longitude": "13.4050"}}
	first := w.do(request{method: http.MethodPost, path: at + "/decisions", body: ask, key: "k1"}).status(http.StatusCreated).has(fields{
		"judged": true, "decision.outcome": "limited", "decision.mode": "on", "decision.kind": "transaction", "decision.access_device": "pos", "decision.amount_minor": 1250, "decision.spent_minor": 1250, "decision.companion": phone.ID.String(),
		"decision.restrictions.amount": "50.00", "decision.restrictions.daily": "150.00", "decision.restrictions.currency": "EUR", "decision.reference": "card 1",
	})
	w.do(request{method: http.MethodPost, path: at + "/decisions", body: ask, key: "k1"}).status(http.StatusCreated).has(fields{"decision.id": first.at("decision.id")})
	sum := 0.0
	for _, term := range first.at("decision.terms").([]any) {
		sum -= term.(map[string]any)["weight"].(float64)
	}
	if got := first.at("decision.sum").(float64); math.Abs(got-sum) > 5 {
		t.Errorf("the terms add up to %v, the sum is %v", sum, got)
	}
	ask["amount"] = "60.00"
	w.clock.Advance(time.Second)
	w.post(at+"/decisions", ask).status(http.StatusCreated).has(fields{"decision.outcome": "step_up", "decision.over": "amount", "decision.restrictions": nil})
	for field, change := range map[string]fields{
		"/category":  {"category": "groceries"[:4]},
		"/currency":  {"currency": "EURO"},
		"/amount":    {"amount": "-1"},
		"/companion": {"companion": "none"},
		"/place":     {"place": fields{"latitude": "91", "longitude": "0"}},
	} {
		wrong := fields{"reference": "x", "kind": "transaction", "amount": "1", "currency": "EUR"}
		for name, v := range change {
			wrong[name] = v
		}
		w.post(at+"/decisions", wrong).status(http.StatusUnprocessableEntity).has(fields{"field": field})
	}
	w.post(at+"/decisions", fields{"reference": "x", "kind": "service", "companion": ident.Derive("none").String()}).problem(http.StatusNotFound, "companion.unknown")
	w.post(at+"/decisions", fields{"reference": "x", "kind": "service", "place": fields{"cell": "47a851c4", "latitude": "1", "longitude": "NaN"}}).problem(http.StatusUnprocessableEntity, "interaction.place")
	w.post(at+"/decisions", fields{"reference": "x", "kind": "service", "place": fields{"latitude": "1", "longitude": "NaN"}}).problem(http.StatusUnprocessableEntity, "interaction.place")
	w.post(at+"/decisions", fields{"reference": "x", "kind": "service", "amount": "1", "currency": "EUR"}).problem(http.StatusUnprocessableEntity, "interaction.amount")

	w.post(at+"/decisions", fields{"reference": "x", "kind": "service", "access_device": "site", "place": fields{"cell": "47a851c4"}}).problem(http.StatusUnprocessableEntity, "interaction.place")
	w.post(at+"/decisions", fields{"reference": "x", "kind": "service", "access_device": "toaster"}).status(http.StatusUnprocessableEntity)

	list := w.get(at + "/decisions?limit=1").status(http.StatusOK)
	list.first("decisions", fields{"over": "amount"})
	w.get(at+"/decisions?limit=1&cursor="+list.text("next_cursor")).status(http.StatusOK).first("decisions", fields{"id": first.at("decision.id")})
	w.get(at+"/decisions?cursor=nonsense").problem(http.StatusUnprocessableEntity, "request.cursor")
	it := at + "/decisions/" + first.at("decision.id").(string)
	w.get(it).status(http.StatusOK).has(fields{"outcome": "limited", "denied_at": nil})
	w.get(at+"/decisions/nonsense").problem(http.StatusNotFound, "interaction.decision")
	denied := w.post(it+"/disown", nil).status(http.StatusOK).text("denied_at")
	if denied == "" {
		t.Error("a denied decision does not say so")
	}
	w.get(it).has(fields{"denied_at": denied})
	w.get("/v1/customers/10023/companions/" + phone.ID.String() + "/readiness").status(http.StatusOK).has(fields{"ready": false, "why": "unusual"})
	w.do(request{method: http.MethodPost, path: at + "/decisions", body: ask, token: w.token(client.InteractionsRead)}).problem(http.StatusForbidden, "client.scope")
}

// TestInteractionWishes: what the customer decides, taken down by the bank: more is learned, and a journey
// believed, only after the customer was identified or has shown two factors.
func TestInteractionWishes(t *testing.T) {
	each(t, func(w *world) {
		w.customer("10023")
		const at = "/v1/customers/10023/interactions"
		w.get(at + "/choices").status(http.StatusOK).has(fields{"learn": true, "activity": false, "logs": false})
		more, less := fields{"learn": true, "activity": true, "logs": false}, fields{"learn": false, "activity": false, "logs": false}
		w.post(at+"/choices", more).problem(http.StatusForbidden, "identification.required")
		trip := fields{"from": w.clock.Now().Format(time.RFC3339), "until": w.clock.Now().Add(72 * time.Hour).Format(time.RFC3339), "place": fields{"latitude": "41.9028", "longitude": "12.4964"}, "radius_km": 50}
		w.post(at+"/journeys", trip).problem(http.StatusForbidden, "identification.required")
		trip["authentication"] = strings.Repeat("x", 40)
		if r := w.post(at+"/journeys", trip); r.code < 400 || r.code >= 500 {
			t.Errorf("a proof that is none: %v", r)
		}
		delete(trip, "authentication")
		w.identify("10023")
		w.post(at+"/choices", more).status(http.StatusOK).has(more)
		made := w.do(request{method: http.MethodPost, path: at + "/journeys", body: trip, key: "trip"}).status(http.StatusCreated).has(fields{"latitude": "41.9039", "radius_km": 50})
		w.do(request{method: http.MethodPost, path: at + "/journeys", body: trip, key: "trip"}).has(fields{"id": made.text("id")})
		w.get(at+"/journeys").status(http.StatusOK).first("journeys", fields{"id": made.text("id"), "cell": made.text("cell")})
		for field, change := range map[string]fields{"/from": {"from": "tomorrow"}, "/until": {"until": w.clock.Now().Add(-time.Hour).Format(time.RFC3339)}, "/place": {"place": fields{}}, "/radius_km": {"radius_km": 0}} {
			wrong := fields{}
			for name, v := range trip {
				wrong[name] = v
			}
			for name, v := range change {
				wrong[name] = v
			}
			w.post(at+"/journeys", wrong).status(http.StatusUnprocessableEntity).has(fields{"field": field})
		}
		w.post(at+"/journeys/"+made.text("id")+"/recall", nil).status(http.StatusNoContent)
		w.post(at+"/journeys/"+made.text("id")+"/recall", nil).problem(http.StatusNotFound, "interaction.notice")
		w.get(at + "/journeys").has(fields{"journeys": "[]"})
		w.advance(time.Hour)
		w.post(at+"/choices", less).status(http.StatusOK).has(less)
		w.post(at+"/choices", more).problem(http.StatusForbidden, "identification.required")
		w.post(at+"/forget", nil).status(http.StatusNoContent)
	})
}

// TestRestrictionsAreTold: a login of somebody whose devices say too little is granted with the restrictions
// that its bank holds them to, and the event of the risk engine names the decision. In shadow neither depends on it.
func TestRestrictionsAreTold(t *testing.T) {
	each(t, func(w *world) {
		w.risk.Interactions = func(tx *db.Tx, q risk.Asked) (score.Interaction, []score.Term, error) {
			x, judged, err := w.config.Interactions.Assess(tx, by(), interaction.Ask{Customer: q.Customer, Reference: "risk:" + q.Event.String(), Request: judge.Request{Kind: judge.Account}, Access: judge.Access{Remote: true}})
			if err != nil || !judged {
				return score.Interaction{}, nil, err
			}
			return score.Interaction{Decision: x.ID.String(), Outcome: string(x.Outcome), Shadow: !x.Counts(), Demand: x.Demand()}, x.Scores(), nil
		}
		w.asked(w.counting)
		w.registered("10023", "8812345")
		w.lived("10023", 8)
		counter := uint64(0)
		enter := func() *response {
			w.clock.Advance(time.Second)
			counter += 2
			up := w.do(request{method: http.MethodPost, path: "/v1/authentications", scopes: client.AllScopes, body: fields{
				"customer_number": "10023", "purpose": "login", "channel": "web", "risk": fields{"address": "192.0.2.10", "agent": firefox, "device_tag": "cookie"}, "proof": fields{"code": hotp("8812345", counter-1)},
			}}).status(http.StatusCreated)
			if up.text("state") == "granted" {
				return up
			}
			up.has(fields{"state": "open", "restrictions": nil})
			return w.do(request{method: http.MethodPost, path: "/v1/authentications/" + up.text("authentication") + "/steps", scopes: client.AllScopes, body: fields{"code": hotp("8812345", counter)}}).
				status(http.StatusOK).has(fields{"state": "granted"})
		}
		in := enter().has(fields{"restrictions.amount": "50.00", "restrictions.daily": "150.00", "restrictions.currency": "EUR"})
		w.do(request{method: http.MethodGet, path: "/v1/authentications/" + in.text("authentication"), scopes: client.AllScopes}).has(fields{"restrictions.amount": "50.00"})
		said := w.event(in.text("risk.event")).has(fields{"interaction.outcome": "limited", "interaction.shadow": false}).at("interaction.decision")
		w.get("/v1/customers/10023/interactions/decisions").first("decisions", fields{"id": said, "kind": "account", "reference": "risk:" + in.text("risk.event")})

		shadow := w.store(func(s *policy.Set) {
			*s = *w.config.Policies.Active()
			s.Interaction.Mode = policy.InteractionShadow
		})
		w.must(w.config.Policies.Activate(w.Context(), by(), w.config.Policies.Active().Version, shadow))
		w.event(enter().has(fields{"restrictions": nil}).text("risk.event")).has(fields{"interaction.outcome": "limited", "interaction.shadow": true})
	})
}
