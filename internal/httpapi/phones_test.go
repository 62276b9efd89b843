package httpapi_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sms"
)

// phoneNetwork is a gateway, and the phones behind it.
type phoneNetwork struct {
	codes *passcode.Passcodes
	desk  *sms.Desk
	box   *outbox.Outbox
	mu    sync.Mutex
	got   []sms.Outgoing
}

func newPhoneNetwork(d *db.DB, ring *keyring.Ring, clock *dbtest.Clock, box *outbox.Outbox, customers *customer.Register) *phoneNetwork {
	n := &phoneNetwork{box: box}
	n.desk = &sms.Desk{DB: d, Ring: ring, Outbox: box, Now: clock.Now, Rand: rand.Reader, Gateways: []sms.Gateway{n}}
	n.codes = passcode.New(passcode.Config{DB: d, Ring: ring, Rand: rand.Reader, Customers: customers, Texts: n.desk, Budget: &sms.Budget{Ring: ring}, Outbox: box})
	return n
}

func (n *phoneNetwork) Name() string { return "phones" }

func (n *phoneNetwork) Submit(_ context.Context, o sms.Outgoing) ([]string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.got = append(n.got, o)
	return nil, nil
}

// arrived has the outbox do what is due and returns all texts so far.
func (w *world) arrived() []sms.Outgoing {
	w.Helper()
	for n := 1; n > 0; {
		var err error
		n, err = w.phones.box.Deliver(w.Context(), map[string]outbox.Handler{sms.Kind: w.phones.desk, passcode.Kind: outbox.HandlerFunc(passcode.Nothing)})
		w.must(err)
	}
	w.phones.mu.Lock()
	defer w.phones.mu.Unlock()
	return w.phones.got
}

var lastLine = regexp.MustCompile(`\n@bank\.example #([0-9]{6})$`)

// texted is the newest code that arrived.
func (w *world) texted() string {
	w.Helper()
	all := w.arrived()
	for i := len(all) - 1; i >= 0; i-- {
		if m := lastLine.FindStringSubmatch(all[i].Body); m != nil {
			return m[1]
		}
	}
	w.Fatal("no code arrived")
	return ""
}

// texting is passworded with codes by text message after the password, which are registered
// with it.
func (w *world) texting() {
	w.Helper()
	to := w.store(func(s *policy.Set) {
		var all []policy.Policy
		for _, p := range s.Policies {
			if p.Method == policy.MethodToken {
				all = append(all, p)
			}
		}
		code := policy.Passcode{Digits: 6, TTL: 5 * time.Minute, Resend: 30 * time.Second, Codes: 4, Requests: 3, Parts: 2}
		failures := limit.Rule{Max: 5, CoolDown: 15 * time.Minute, MaxBlocks: 10}
		s.Policies = append(all,
			policy.Policy{Code: "password", Name: "Password", Method: policy.MethodPassword, Use: policy.UseCode, Failures: failures, With: []string{"sms"}},
			policy.Policy{Code: "sms", Name: "SMS", Method: policy.MethodPasscode, Use: policy.UseCode, Failures: failures, Passcode: code},
			policy.Policy{Code: "pay", Name: "SMS signature", Method: policy.MethodPasscode, Use: policy.UseSign, Failures: failures, Passcode: code})
		both := [][]string{{"password"}, {"sms"}}
		s.Journeys = append(s.Journeys,
			policy.Journey{Purpose: "login", Channel: "password", TTL: 10 * time.Minute, SCA: true, Steps: both},
			policy.Journey{Purpose: policy.PurposeSelfService, Channel: "password", TTL: 10 * time.Minute, SCA: true, Steps: both},
			policy.Journey{Purpose: "payment", Channel: "password", TTL: 10 * time.Minute, SCA: true, Steps: [][]string{{"password"}, {"pay"}}})
		s.SMS.Host, s.SMS.Region, s.SMS.Countries, s.SMS.Hold = "bank.example", "NO", []string{"NO"}, 24*time.Hour
	})
	w.must(w.config.Policies.Activate(w.Context(), by(), w.config.Policies.Active().Version, to))
}

// phoned registers a customer with a password and the phone that the bank knows of (F-6.1).
func (w *world) phoned(number, phone, secret string) {
	w.Helper()
	w.post("/v1/customers", fields{"customer_number": number, "contacts": []fields{{"kind": "phone", "value": phone, "verified": true}}}).status(http.StatusCreated)
	code := w.post("/v1/customers/"+number+"/activation-codes", fields{"policy": "password"}).status(http.StatusCreated).text("value")
	at := "/v1/registrations/" + w.post("/v1/registrations", fields{"customer_number": number, "activation_code": code, "policy": "password"}).
		status(http.StatusCreated).has(fields{"state": "begun"}).text("registration")
	w.post(at+"/steps", fields{"value": secret}).status(http.StatusOK).has(fields{"accepted": true, "state": "begun"})
	before := len(w.arrived())
	for range 2 {
		w.post(at+"/challenge", nil).status(http.StatusCreated).has(fields{"state": "begun"})
	}
	if n := len(w.arrived()) - before; n != 1 {
		w.Fatalf("%d texts", n)
	}
	w.post(at+"/steps", fields{"value": "00000"}).problem(http.StatusUnprocessableEntity, "passcode.code_form")
	w.post(at+"/steps", fields{"value": w.texted()}).status(http.StatusOK).has(fields{"accepted": true, "state": "done"})
}

// proven is a granted authentication with password and text.
func (w *world) proven(purpose, number, secret string) string {
	w.Helper()
	at := "/v1/authentications/" + w.post("/v1/authentications", fields{"customer_number": number, "purpose": purpose, "channel": "password", "proof": fields{"code": secret}}).
		status(http.StatusCreated).has(fields{"accepted": true, "step": 2.0}).text("authentication")
	w.post(at+"/challenge", fields{"source_address": "192.0.2.7"}).status(http.StatusCreated)
	w.post(at+"/steps", fields{"code": w.texted()}).status(http.StatusOK).has(fields{"accepted": true, "state": "granted"})
	return at
}

// TestF61AndF62 is the registration with password and text, and the login with both.
func TestF61AndF62(t *testing.T) {
	each(t, func(w *world) {
		w.texting()
		w.phoned("10023", "+47 912 34 567", horse)
		w.get("/v1/customers/10023/phones").status(http.StatusOK).first("phones", fields{"state": "active", "number": "+47 ••• 67", "requests": 0.0, "limited": false})
		told := w.withPassword("10023", horse).has(fields{"accepted": true, "step": 2.0})
		at := "/v1/authentications/" + told.text("authentication")
		w.post(at+"/challenge", fields{"source_address": "nowhere"}).problem(http.StatusUnprocessableEntity, "authentication.source").has(fields{"field": "/source_address"})
		before := len(w.arrived())
		ask := request{method: http.MethodPost, path: at + "/challenge", body: fields{}, key: "one"}
		first := w.do(ask).status(http.StatusCreated).has(fields{"question": nil, "sent_to": "+47 ••• 67", "withheld": nil})
		w.clock.Advance(31 * time.Second)
		w.must(w.clients.Refresh(context.Background()))
		if again := w.do(ask).status(http.StatusCreated); again.text("challenge") != first.text("challenge") || len(w.arrived()) != before+1 {
			t.Errorf("a repeated request sent another code: %v", again)
		}
		w.post(at+"/steps", fields{"code": "000000", "challenge": first.text("challenge")}).status(http.StatusOK)
		w.post(at+"/steps", fields{"code": w.texted()}).status(http.StatusOK).has(fields{"accepted": true, "state": "granted", "factors": []any{"knowledge", "possession"}})
		w.post(at+"/challenge", fields{}).problem(http.StatusConflict, "authentication.over")
	})
}

// TestF68 is the limit on codes that a customer asks for: the answer stays the same, the
// reason is for the bank, and staff unregister and register.
func TestF68(t *testing.T) {
	each(t, func(w *world) {
		w.texting()
		w.phoned("10023", "+47 912 34 567", horse)
		for range 3 {
			w.post("/v1/authentications/"+w.withPassword("10023", horse).text("authentication")+"/challenge", fields{}).status(http.StatusCreated)
		}
		before := len(w.arrived())
		w.post("/v1/authentications/"+w.withPassword("10023", horse).text("authentication")+"/challenge", fields{}).status(http.StatusCreated).has(fields{"sent_to": "+47 ••• 67", "withheld": nil})
		if n := len(w.arrived()); n != before {
			t.Errorf("%d texts beyond the limit", n-before)
		}
		const list = "/v1/customers/10023/phones"
		w.get(list).first("phones", fields{"state": "active", "limited": true, "requests": 3.0})
		act := fields{"identification": "zen999bvmy4en6rxh86c970hfc", "reason": "called"}
		w.post(list+"/unregister", act).problem(http.StatusForbidden, "identification.required")
		act["identification"] = w.identify("10023")
		w.post(list+"/unregister", act).status(http.StatusOK).has(fields{"state": "removed"})
		w.post(list+"/unregister", act).problem(http.StatusConflict, "passcode.not_registered")
		act["number"] = "99"
		w.post(list, act).problem(http.StatusNotFound, "passcode.contact")
		act["number"] = "912 34 567"
		w.post(list, act).status(http.StatusCreated).has(fields{"state": "active", "limited": false, "requests": 0.0})
		w.post(list, act).problem(http.StatusConflict, "passcode.registered")
		w.proven("login", "10023", horse)
	})
}

// TestAnotherPhone is the change of the number, with the hold ended by staff.
func TestAnotherPhone(t *testing.T) {
	each(t, func(w *world) {
		w.texting()
		w.phoned("10023", "+47 912 34 567", horse)
		login := w.proven("login", "10023", horse)
		w.post(login+"/phone", fields{"number": "915 00 000"}).problem(http.StatusForbidden, "proof.required")
		at := w.proven(policy.PurposeSelfService, "10023", horse)
		w.post(at+"/phone", fields{"number": "call me"}).problem(http.StatusUnprocessableEntity, "passcode.number").has(fields{"field": "/number"})
		w.post(at+"/phone", fields{"number": "912 34 567"}).problem(http.StatusConflict, "passcode.same_number")
		w.clock.Advance(time.Second) // of two in the same moment neither is the newer one
		changed := w.post(at+"/phone", fields{"number": "915 00 000", "hold": true}).status(http.StatusCreated).has(fields{"accepted": false})
		phone, _ := changed.value["phone"].(map[string]any)
		confirm := fields{"phone": phone["id"], "code": w.texted()}
		w.post(at+"/phone/confirm", fields{"phone": "x", "code": "123456"}).problem(http.StatusUnprocessableEntity, "request.id")
		w.post(at+"/phone/confirm", confirm).status(http.StatusOK).has(fields{"accepted": true})
		w.post(at+"/phone/confirm", confirm).problem(http.StatusConflict, "passcode.not_pending")
		all := w.arrived()
		if last := all[len(all)-1]; last.Class != sms.ClassNotice || last.To != "+4791234567" {
			t.Errorf("the old number got %+v", last)
		}
		w.get("/v1/customers/10023/phones").first("phones", fields{"state": "held", "held_until": nil, "number": "+47 ••• 00"})
		id, _ := phone["id"].(string)
		w.post("/v1/customers/10023/phones/"+id+"/decide", fields{"allow": true, "identification": w.identify("10023"), "reason": "called back"}).status(http.StatusOK).has(fields{"state": "active"})
		w.proven("login", "10023", horse)
		all = w.arrived()
		if last := all[len(all)-1]; last.To != "+4791500000" {
			t.Errorf("the code went to %s", last.To)
		}
	})
}
