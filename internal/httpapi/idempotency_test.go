package httpapi_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/client"
)

// keyed posts under an idempotency key.
func (w *world) keyed(key, path string, body any) *response {
	w.Helper()
	return w.do(request{method: http.MethodPost, path: path, body: body, key: key})
}

func TestRepeatedRequestsGetOneAnswer(t *testing.T) {
	each(t, func(w *world) {
		customer := fields{"customer_number": "10023"}
		a, b := w.keyed("k-1", "/v1/customers", customer).status(http.StatusCreated), w.keyed("k-1", "/v1/customers", customer).status(http.StatusCreated)
		if string(a.raw) != string(b.raw) {
			t.Errorf("%v, then %v", a, b)
		}
		w.keyed("k-1", "/v1/customers", fields{"customer_number": "10024"}).problem(http.StatusConflict, "client.idempotency_reused").has(fields{"field": "Idempotency-Key"})
		w.keyed("k-1", "/v1/customers/10023/activation-codes", fields{}).problem(http.StatusConflict, "client.idempotency_reused")
		w.keyed("k-2", "/v1/customers", customer).problem(http.StatusConflict, "customer.number_taken")
		// A failed request is not kept: when its cause is gone it succeeds.
		w.keyed("k-3", "/v1/customers/10099/activation-codes", fields{}).problem(http.StatusNotFound, "customer.unknown")
		w.post("/v1/customers", fields{"customer_number": "10099"}).status(http.StatusCreated)
		// The value of an activation code can be had again with the key, and only so.
		first := w.keyed("k-3", "/v1/customers/10099/activation-codes", fields{}).status(http.StatusCreated)
		w.keyed("k-3", "/v1/customers/10099/activation-codes", fields{}).status(http.StatusCreated).has(fields{"value": first.text("value"), "id": first.text("id")})
		w.keyed("k-4", "/v1/customers/10099/activation-codes", fields{}).status(http.StatusCreated)
		// Keys belong to the client.
		w.do(request{method: http.MethodPost, path: "/v1/customers", body: customer, key: "k-1", scopes: client.CustomersWrite}).problem(http.StatusConflict, "customer.number_taken")
		for _, bad := range []string{"with space", strings.Repeat("k", 201), "é"} {
			for _, path := range []string{"/v1/customers", "/v1/authentications"} {
				w.keyed(bad, path, customer).problem(http.StatusUnprocessableEntity, "client.idempotency_key")
			}
		}
	})
}

// A token of one make is not that of another one: what stands in the address
// belongs to the request.
func TestTheQueryBelongsToTheRequest(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		stop := fields{"reason": "Recall.", "even_last": true}
		w.keyed("k-1", "/v1/tokens/7700001/suspend", stop).status(http.StatusOK).has(fields{"token.state": "suspended"})
		w.keyed("k-1", "/v1/tokens/7700001/suspend", stop).status(http.StatusOK)
		w.keyed("k-1", "/v1/tokens/7700001/suspend?manufacturer=oath.OTHER", stop).problem(http.StatusConflict, "client.idempotency_reused")
	})
}

// A code that was sent twice, because the first answer was lost, is not refused.
func TestRepeatedProofsAreNotReplays(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		start := fields{"customer_number": "10023", "purpose": "login", "channel": "web", "proof": fields{"code": hotp("7700001", 1)}}
		a, b := w.keyed("k-1", "/v1/authentications", start).has(fields{"accepted": true}), w.keyed("k-1", "/v1/authentications", start).has(fields{"accepted": true})
		if string(a.raw) != string(b.raw) || a.code != b.code {
			t.Errorf("%v, then %v", a, b)
		}
		w.keyed("k-2", "/v1/authentications", start).has(fields{"accepted": false})
		delete(start, "proof")
		at := "/v1/authentications/" + w.keyed("k-3", "/v1/authentications", start).text("authentication")
		w.keyed("k-4", at+"/steps", fields{"code": hotp("7700001", 2)}).has(fields{"state": "granted"})
		w.keyed("k-4", at+"/steps", fields{"code": hotp("7700001", 2)}).status(http.StatusOK).has(fields{"accepted": true, "state": "granted"})
		w.keyed("k-4", at+"/steps", fields{"code": hotp("7700001", 3)}).problem(http.StatusConflict, "authentication.key_reused").has(fields{"field": "Idempotency-Key"})
		w.keyed("k-3", at+"/steps", fields{"code": hotp("7700001", 3)}).problem(http.StatusConflict, "authentication.key_reused")
		start["proof"] = fields{"code": hotp("7700001", 3)}
		w.keyed("k-1", "/v1/authentications", start).problem(http.StatusConflict, "authentication.key_reused").has(fields{"field": "Idempotency-Key"})
	})
}

// A proof that is sent again after another one is no new attempt.
func TestEarlierProofsAreNotCountedAgain(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		at := "/v1/authentications/" + w.post("/v1/authentications", fields{"customer_number": "10023", "purpose": "login", "channel": "web"}).text("authentication") + "/steps"
		for _, key := range []string{"k-1", "k-2"} {
			w.keyed(key, at, fields{"code": "000000"}).status(http.StatusOK).has(fields{"accepted": false})
		}
		w.keyed("k-1", at, fields{"code": "000000"}).problem(http.StatusConflict, "authentication.superseded").has(fields{"field": "Idempotency-Key"})
		w.get("/v1/customers/10023/authenticators").first("authenticators", fields{"failures": 2})
	})
}

func TestRegistrationStepsCanBeRepeated(t *testing.T) {
	each(t, func(w *world) {
		code := w.customer("10023")
		w.stock("7700001")
		begin := fields{"customer_number": "10023", "activation_code": code}
		at := "/v1/registrations/" + w.keyed("k-1", "/v1/registrations", begin).status(http.StatusCreated).text("registration")
		w.keyed("k-1", "/v1/registrations", begin).status(http.StatusCreated).has(fields{"state": "begun"})
		w.keyed("k-2", at+"/token", fields{"serial": "7700001"}).has(fields{"accepted": true})
		w.keyed("k-3", at+"/confirm", fields{"code": hotp("7700001", 0)}).has(fields{"accepted": true, "state": "done"})
		w.keyed("k-3", at+"/confirm", fields{"code": hotp("7700001", 0)}).status(http.StatusOK).has(fields{"accepted": true, "state": "done"})
		// Without the key the second request comes too late.
		w.post(at+"/confirm", fields{"code": hotp("7700001", 0)}).status(http.StatusOK).has(fields{"accepted": false, "state": "done"})
	})
}

// Of requests that arrive together one is carried out; the others get its answer,
// or are told to come back.
func TestRacingRequestsCreateOnce(t *testing.T) {
	each(t, func(w *world) {
		w.token(usual)
		var mu sync.Mutex
		bodies, busy := map[string]int{}, 0
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				r, err := w.send(request{method: http.MethodPost, path: "/v1/customers", body: fields{"customer_number": "10023"}, key: "k-1"})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err != nil:
					t.Error(err)
				case r.code == http.StatusCreated:
					bodies[string(r.raw)]++
				case r.code == http.StatusConflict && r.text("code") == "client.idempotency_busy" && r.head.Get("Retry-After") == "1":
					busy++
				default:
					t.Errorf("%v", r)
				}
			})
		}
		all.Wait()
		if len(bodies) != 1 {
			t.Errorf("%d different answers, %d told to come back", len(bodies), busy)
		}
	})
}
