package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/policy"
)

// changing is a customer whose change of the number waits for its code; it returns the
// address of the change and the new phone.
func (w *world) changing(number string, body fields) (at, phone string) {
	w.Helper()
	at = w.proven(policy.PurposeSelfService, number, horse) + "/phone"
	w.later(time.Second) // of two in the same moment neither is the newer one
	x, _ := w.post(at, body).status(http.StatusCreated).value["phone"].(map[string]any)
	phone, _ = x["id"].(string)
	return at, phone
}

// later moves the clock by a little, so that access tokens, and with them the clients whose
// authentications these are, stay what they were.
func (w *world) later(d time.Duration) {
	w.Helper()
	w.clock.Advance(d)
	w.must(w.clients.Refresh(w.Context()))
}

// TestAgainAndStop: another code for a new number once it is time, and the change given up
// while it is pending and while it is held; others can do neither.
func TestAgainAndStop(t *testing.T) {
	each(t, func(w *world) {
		w.texting()
		w.phoned("10023", "+47 912 34 567", horse)
		at, phone := w.changing("10023", fields{"number": "915 00 000"})
		first, n := w.texted(), len(w.arrived())
		w.post(at+"/again", fields{"phone": phone}).status(http.StatusCreated).has(fields{"accepted": false})
		if len(w.arrived()) != n {
			t.Error("another code was sent before it was time")
		}
		w.later(time.Minute)
		again, _ := w.post(at+"/again", fields{"phone": phone, "source_address": "192.0.2.1"}).status(http.StatusCreated).value["challenge"].(map[string]any)
		if again["sent_to"] != "+47 ••• 00" || len(w.arrived()) != n+1 || w.texted() == first {
			t.Errorf("the second code: %v, %d texts", again, len(w.arrived())-n)
		}
		w.post(at+"/confirm", fields{"phone": phone, "code": first}).status(http.StatusOK).has(fields{"accepted": false})

		strange := w.do(request{method: http.MethodPost, path: at + "/stop", scopes: client.AllScopes, body: fields{"phone": phone}})
		strange.problem(http.StatusNotFound, "authentication.unknown")
		w.post(at+"/stop", fields{"phone": "x"}).problem(http.StatusUnprocessableEntity, "request.id").has(fields{"field": "/phone"})
		w.post(at+"/again", fields{"phone": "zen999bvmy4en6rxh86c970hfc"}).problem(http.StatusNotFound, "passcode.phone")
		w.post(at+"/stop", fields{"phone": "zen999bvmy4en6rxh86c970hfc"}).problem(http.StatusNotFound, "passcode.phone")
		w.post(at+"/stop", fields{"phone": phone}).status(http.StatusOK).has(fields{"state": "refused", "number": "+47 ••• 00"})
		for _, act := range []string{"/stop", "/again"} {
			w.post(at+act, fields{"phone": phone}).problem(http.StatusConflict, "passcode.not_pending")
		}
		w.post(at+"/confirm", fields{"phone": phone, "code": w.texted()}).problem(http.StatusConflict, "passcode.not_pending")

		w.later(time.Minute)
		at, phone = w.changing("10023", fields{"number": "915 00 000", "hold": true})
		w.post(at+"/confirm", fields{"phone": phone, "code": w.texted()}).status(http.StatusOK).has(fields{"accepted": true})
		w.post(at+"/again", fields{"phone": phone}).problem(http.StatusConflict, "passcode.not_pending")
		w.later(time.Minute)
		login := w.proven("login", "10023", horse) // no fresh proof is needed
		w.post(login+"/phone/stop", fields{"phone": phone}).status(http.StatusOK).has(fields{"state": "refused"})
		w.get("/v1/customers/10023/phones").first("phones", fields{"state": "refused"})
	})
}

// TestSelfServiceUnderAKey: what a customer does is done once under a key, and the answer is
// had again: one text, one failure counted, one step of a registration. Passwords are not
// what tells requests apart.
func TestSelfServiceUnderAKey(t *testing.T) {
	each(t, func(w *world) {
		w.texting()
		w.phoned("10023", "+47 912 34 567", horse)
		at := w.proven(policy.PurposeSelfService, "10023", horse)
		w.later(time.Second)
		n := len(w.arrived())
		var ids []any
		for range 3 {
			x, _ := w.keyed("phone", at+"/phone", fields{"number": "915 00 000"}).status(http.StatusCreated).value["phone"].(map[string]any)
			ids = append(ids, x["id"])
		}
		if ids[0] != ids[1] || ids[1] != ids[2] || len(w.arrived()) != n+1 {
			t.Errorf("phones %v, %d texts", ids, len(w.arrived())-n)
		}
		w.keyed("phone", at+"/phone", fields{"number": "915 00 001"}).problem(http.StatusConflict, "client.idempotency_reused")
		for range 2 {
			w.keyed("stop", at+"/phone/stop", fields{"phone": ids[0]}).status(http.StatusOK).has(fields{"state": "refused"})
		}

		for range 10 { // more than the failures that block
			w.keyed("wrong", at+"/password", fields{"current": "not this one", "new": lumber}).status(http.StatusOK).has(fields{"changed": false})
		}
		w.keyed("wrong", at+"/password", fields{"current": horse, "new": lumber}).status(http.StatusOK).has(fields{"changed": false})
		w.keyed("wrong", at+"/password", fields{"current": horse, "new": lumber, "policy": "password"}).problem(http.StatusConflict, "client.idempotency_reused")
		for range 2 {
			w.keyed("right", at+"/password", fields{"current": horse, "new": lumber}).status(http.StatusOK).has(fields{"changed": true})
		}
		w.withPassword("10023", lumber).has(fields{"accepted": true})
		w.silent(horse, lumber)
	})
}

// TestRegistrationStepsUnderAKey: a step that was taken is not taken again, nor is its code
// called wrong, because an answer was lost.
func TestRegistrationStepsUnderAKey(t *testing.T) {
	each(t, func(w *world) {
		w.texting()
		w.post("/v1/customers", fields{"customer_number": "10023", "contacts": []fields{{"kind": "phone", "value": "+4791234567", "verified": true}}}).status(http.StatusCreated)
		code := w.post("/v1/customers/10023/activation-codes", fields{"policy": "password"}).status(http.StatusCreated).text("value")
		at := "/v1/registrations/" + w.post("/v1/registrations", fields{"customer_number": "10023", "activation_code": code, "policy": "password"}).status(http.StatusCreated).text("registration")
		for _, typed := range []string{horse, horse, lumber} { // the third is another password under the same key
			w.keyed("one", at+"/steps", fields{"value": typed}).status(http.StatusOK).has(fields{"accepted": true, "state": "begun"})
		}
		w.keyed("one", at+"/steps", fields{"value": horse, "policy": "sms"}).problem(http.StatusConflict, "client.idempotency_reused")
		n := len(w.arrived())
		for range 2 {
			w.keyed("two", at+"/challenge", nil).status(http.StatusCreated)
		}
		if len(w.arrived()) != n+1 {
			t.Errorf("%d texts", len(w.arrived())-n)
		}
		typed := w.texted()
		for range 2 {
			w.keyed("three", at+"/steps", fields{"value": typed}).status(http.StatusOK).has(fields{"accepted": true, "state": "done"})
		}
		w.withPassword("10023", horse).has(fields{"accepted": true})
		w.withPassword("10023", lumber).has(fields{"accepted": false})
	})
}
