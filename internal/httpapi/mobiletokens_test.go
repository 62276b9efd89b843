package httpapi_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/dskpp"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/push"
	"github.com/countersign-auth/countersign/oath"
)

// mobile registers two applications in the policies.
func (w *world) mobile() {
	w.Helper()
	to := w.store(func(s *policy.Set) {
		s.Policies = append(s.Policies, policy.Policy{
			Code: "mobile-code", Name: "Mobile", Method: policy.MethodMobile, Use: policy.UseCode, Failures: limit.Rule{Max: 5, CoolDown: 15 * time.Minute, MaxBlocks: 10},
			Time: policy.Time{Skew: 1, FirstUse: 2, MaxDrift: 20},
		})
		s.Applications = []policy.Application{
			{Code: "bank", Name: "Bank", Download: "https://bank.example/app", Tokens: 3, Activation: policy.Activation{MaxExtend: 2}, Policies: []string{"mobile-code"}},
			{Code: "native", Name: "Native", Download: "https://bank.example/native", Scheme: "bank", Activation: policy.Activation{Split: true}, Policies: []string{"mobile-code"}},
		}
	})
	w.must(w.config.Policies.Activate(w.Context(), by(), w.config.Policies.Active().Version, to))
}

// provision is a device that types the code of an answer and runs the protocol.
func (w *world) provision(r *response) {
	w.Helper()
	code, err := dskpp.ParseHuman(r.text("activation.code"))
	w.must(err)
	a, err := w.config.Mobile.Attempt(w.Context(), code.ClientID)
	w.must(err)
	if a.Standing != mobiletoken.Usable || string(a.Password) != code.Password {
		w.Fatalf("the code of the answer is %s", a.Standing)
	}
	seed := make([]byte, 20)
	_, _ = rand.Read(seed)
	t, done, err := w.config.Mobile.Provision(w.Context(), mobiletoken.Provisioned{
		ClientID: code.ClientID, Key: seed, Model: "Phone 7", AppVersion: "1.2", New: true,
		Session: mobiletoken.Session{ID: code.ClientID, Digest: sha256.Sum256([]byte(code.ClientID)), Body: []byte("x"), Expires: w.clock.Now().Add(time.Hour)},
	})
	if err != nil || !done {
		w.Fatal(done, err)
	}
	otp, err := oath.NewTOTP(seed, oath.TOTPOptions{Digits: a.Application.Keys.Digits, Step: a.Application.Keys.Step})
	w.must(err)
	first, err := otp.Code(w.clock.Now())
	w.must(err)
	out, err := w.config.Mobile.Confirm(w.Context(), by(), t.Customer, t.ID, first)
	if err != nil || out.Reason != mobiletoken.Accepted {
		w.Fatal(out, err)
	}
}

// TestMobileTokenLife is what a bank's application does with a customer's mobile tokens.
func TestMobileTokenLife(t *testing.T) {
	each(t, func(w *world) {
		w.mobile()
		w.post("/v1/customers", fields{"customer_number": "10023"}).status(http.StatusCreated)
		const at = "/v1/customers/10023/mobile-tokens"
		w.get(at).status(http.StatusOK).has(fields{"mobile_tokens": []any{}})
		enroll := request{method: http.MethodPost, path: at, key: "k", body: fields{"application": "bank", "name": " my  phone"}}
		first := w.do(enroll).status(http.StatusCreated).has(fields{
			"mobile_token.state": "code_issued", "mobile_token.name": "my phone", "mobile_token.application": "bank", "activation.state": "valid", "activation.part": 0,
			"activation.purpose": "enroll", "activation.download": "https://bank.example/app",
		})
		id := first.text("mobile_token.id")
		one := at + "/" + id
		if again := w.do(enroll); string(again.raw) != string(first.raw) {
			t.Errorf("the same request under the same key: %s", again)
		}
		code := first.text("activation.code")
		if parsed, err := dskpp.ParseHuman(code); err != nil || first.text("activation.link") != mobileFace+"/app/bank/#c="+parsed.String() || !strings.HasPrefix(first.text("activation.picture"), "<svg ") {
			t.Errorf("handed over: %s, %v", first, err)
		}
		seen := w.get(one).status(http.StatusOK).has(fields{"state": "code_issued", "activation_code.state": "valid", "activation_code.attempts": 0})
		if strings.Contains(string(seen.raw), code) || strings.Contains(string(seen.raw), "#c=") {
			t.Errorf("the value of a code is answered again: %s", seen)
		}
		w.post(one+"/cancel", nil).status(http.StatusOK).has(fields{"state": "created", "activation_code.state": "cancelled"})
		w.post(one+"/cancel", nil).problem(http.StatusConflict, "mobiletoken.nothing_open")
		w.advance(time.Second)
		renewed := w.post(one+"/renew", fields{"valid_seconds": 600}).status(http.StatusCreated).has(fields{"mobile_token.id": id, "mobile_token.state": "code_issued"})
		w.advance(time.Minute)
		w.post(one+"/extend", nil).status(http.StatusOK).has(fields{"activation_code.extended": 1})
		w.provision(renewed)
		w.get(one).has(fields{"state": "active", "model": "Phone 7", "app_version": "1.2", "pending": false, "activation_code.state": "used"})

		w.get("/v1/customers/10023/devices").status(http.StatusOK).has(fields{"devices": []any{}}) // hardware only
		w.post(one+"/renew", fields{}).problem(http.StatusForbidden, "identification.required")
		w.identify("10023")
		w.post(one+"/renew", fields{}).problem(http.StatusConflict, "mobiletoken.state")
		w.post(one+"/block", fields{"reason": "lost"}).problem(http.StatusConflict, "mobiletoken.last")
		until := w.clock.Now().Add(time.Hour).UTC().Format(time.RFC3339)
		w.post(one+"/block", fields{"reason": "lost", "even_last": true, "until": until}).status(http.StatusOK).has(fields{"state": "blocked", "blocked_by": "operator", "reason": "lost"})
		w.post(one+"/block", fields{"reason": "lost", "until": "soon"}).problem(http.StatusUnprocessableEntity, "request.type").has(fields{"field": "/until"})
		w.post(one+"/enable", fields{"reason": "found"}).status(http.StatusOK).has(fields{"state": "active", "blocked_by": nil, "reason": "found"})
		w.do(request{method: http.MethodPatch, path: one, body: fields{"name": "blue"}}).status(http.StatusOK).has(fields{"name": "blue"})

		moving := w.post(one+"/migrate", fields{"keep_serial": true}).status(http.StatusCreated).has(fields{"mobile_token.migration.from": id, "mobile_token.migration.keep_serial": true, "mobile_token.name": "blue"})
		next := at + "/" + moving.text("mobile_token.id")
		w.post(one+"/migrate", fields{}).problem(http.StatusConflict, "mobiletoken.migrating")
		w.get(one).has(fields{"state": "active", "migration.to": moving.text("mobile_token.id")})
		w.post(one+"/abandon", nil).status(http.StatusOK).has(fields{"state": "active", "migration": nil})
		w.get(next).has(fields{"state": "archived", "state_before": "code_issued"})
		w.post(one+"/abandon", nil).problem(http.StatusConflict, "mobiletoken.no_migration")
		moving = w.post(one+"/migrate", fields{"keep_serial": true, "name": "red"}).status(http.StatusCreated)
		w.provision(moving)
		w.get(one).has(fields{"state": "archived", "state_before": "active"})
		two := at + "/" + moving.text("mobile_token.id")
		w.get(two).has(fields{"state": "active", "serial": first.text("mobile_token.serial"), "name": "red"})
		again := w.post(two+"/redistribute", fields{}).status(http.StatusCreated).has(fields{"mobile_token.state": "active", "activation.purpose": "redistribute"})
		w.provision(again)
		w.get(two).has(fields{"state": "active"})
		w.post(two+"/archive", fields{"reason": "sold", "even_last": true}).status(http.StatusOK).has(fields{"state": "archived", "state_before": "active", "reason": "sold"})
		w.post(two+"/archive", fields{"reason": "sold", "even_last": true}).problem(http.StatusConflict, "mobiletoken.state")

		events := w.get(two + "/history?limit=1").status(http.StatusOK)
		events.first("events", fields{"kind": "mobile_token.archived", "state": "archived", "reason": "sold"})
		w.get(two+"/history?limit=1&cursor="+events.text("next_cursor")).status(http.StatusOK).first("events", fields{"kind": "mobile_token.redistributed"})
	})
}

// TestMobileTokensRefuse: what cannot be done is told apart, and nobody else's token is
// found.
func TestMobileTokensRefuse(t *testing.T) {
	each(t, func(w *world) {
		w.mobile()
		for _, n := range []string{"10023", "10024"} {
			w.post("/v1/customers", fields{"customer_number": n}).status(http.StatusCreated)
		}
		const at = "/v1/customers/10023/mobile-tokens"
		id := w.post(at, fields{"application": "bank"}).status(http.StatusCreated).text("mobile_token.id")
		for _, act := range []string{"", "/history"} {
			w.get("/v1/customers/10024/mobile-tokens/"+id+act).problem(http.StatusNotFound, "mobiletoken.unknown")
			w.get(at+"/"+exampleOfNobody+act).problem(http.StatusNotFound, "mobiletoken.unknown")
			w.get("/v1/customers/4711/mobile-tokens/"+id+act).problem(http.StatusNotFound, "customer.unknown")
		}
		for act, body := range map[string]any{"renew": fields{}, "redistribute": fields{}, "migrate": fields{}, "extend": nil, "cancel": nil, "abandon": nil, "block": fields{"reason": "r"}, "enable": fields{"reason": "r"}, "archive": fields{"reason": "r"}} {
			w.post("/v1/customers/10024/mobile-tokens/"+id+"/"+act, body).problem(http.StatusNotFound, "mobiletoken.unknown")
		}
		w.post(at, fields{"application": "none"}).problem(http.StatusUnprocessableEntity, "mobiletoken.application").has(fields{"field": "/application"})
		w.post(at, fields{"application": "bank", "valid_seconds": 31536000}).problem(http.StatusUnprocessableEntity, "mobiletoken.valid").has(fields{"field": "/valid_seconds"})
		w.post(at, fields{"application": "bank", "way": "pigeon"}).problem(http.StatusUnprocessableEntity, "request.choice")
		for range 2 {
			w.post(at, fields{"application": "bank"}).status(http.StatusCreated)
		}
		w.post(at, fields{"application": "bank"}).problem(http.StatusConflict, "mobiletoken.limit")
		w.post(at+"/"+id+"/archive", fields{"reason": " "}).problem(http.StatusUnprocessableEntity, "mobiletoken.reason").has(fields{"field": "/reason"})
		w.do(request{method: http.MethodPost, path: at, scopes: client.MobileRead, body: fields{"application": "bank"}}).problem(http.StatusForbidden, "client.scope")
	})
}

// TestActivationCodeIsHandedOverOnce: both halves never go by one way, and a code that is
// sent is not answered.
func TestActivationCodeIsHandedOverOnce(t *testing.T) {
	each(t, func(w *world) {
		w.mobile()
		w.post("/v1/customers", fields{"customer_number": "10023"}).status(http.StatusCreated)
		const at = "/v1/customers/10023/mobile-tokens"
		half := w.post(at, fields{"application": "native"}).status(http.StatusCreated).has(fields{"activation.part": 1})
		code, err := dskpp.ParseHuman(half.text("activation.code"))
		w.must(err)
		a, err := w.config.Mobile.Attempt(w.Context(), code.ClientID)
		if err != nil || len(code.Password) != 10 || !strings.HasPrefix(string(a.Password), code.Password) || half.text("activation.link") != "bank://activate?c="+code.String()+"&part=1" {
			t.Errorf("%s, %v", half, err)
		}
		if strings.Contains(string(half.raw), string(a.Password[10:])) {
			t.Error("the second half is answered")
		}
		sent := w.post(at, fields{"application": "bank", "way": "sent"}).status(http.StatusCreated).has(fields{"activation.way": "sent", "activation.code": nil, "activation.link": nil, "activation.picture": nil})
		b, err := w.config.Mobile.Attempt(w.Context(), sent.text("activation.client_id"))
		if err != nil || strings.Contains(string(sent.raw), string(b.Password)) {
			t.Errorf("%s, %v", sent, err)
		}
		for _, secret := range []string{string(a.Password), string(b.Password), code.Password, half.text("activation.code")} {
			if strings.Contains(w.logged.String(), secret) {
				t.Error("a code is in the log")
			}
		}
	})
}

// TestAllMobileTokens: staff tools read the list of all by pages, and find one by its
// serial number.
func TestAllMobileTokens(t *testing.T) {
	each(t, func(w *world) {
		w.mobile()
		var serials []string
		for i := range 5 {
			number := fmt.Sprintf("2000%d", i)
			w.post("/v1/customers", fields{"customer_number": number}).status(http.StatusCreated)
			got := w.post("/v1/customers/"+number+"/mobile-tokens", fields{"application": "bank"}).status(http.StatusCreated)
			serials = append(serials, got.text("mobile_token.serial"))
			if i == 2 {
				w.provision(got)
			}
			w.clock.Advance(time.Second)
		}
		n := 0
		for page := w.get("/v1/mobile-tokens?application=bank&limit=2"); ; page = w.get("/v1/mobile-tokens?application=bank&limit=2&cursor=" + page.text("next_cursor")) {
			for _, row := range page.status(http.StatusOK).value["mobile_tokens"].([]any) {
				if row := row.(map[string]any); row["serial"] != serials[4-n] || row["customer_number"] != fmt.Sprintf("2000%d", 4-n) {
					t.Errorf("row %d is %v", n, row)
				}
				n++
			}
			if page.text("next_cursor") == "" {
				break
			}
		}
		if n != 5 {
			t.Errorf("%d tokens on all pages", n)
		}
		w.get("/v1/mobile-tokens?application=bank&state=active").first("mobile_tokens", fields{"serial": serials[2], "model": "Phone 7"})
		w.get("/v1/mobile-tokens?application=bank&unused_since="+w.clock.Now().UTC().Format(time.RFC3339)).first("mobile_tokens", fields{"serial": serials[2]})
		w.get("/v1/mobile-tokens").problem(http.StatusUnprocessableEntity, "mobiletoken.application").has(fields{"field": "application"})
		w.get("/v1/mobile-tokens?application=bank&cursor=x").problem(http.StatusUnprocessableEntity, "mobiletoken.cursor").has(fields{"field": "cursor"})
		w.get("/v1/mobile-tokens/" + strings.ToLower(serials[1])).status(http.StatusOK).has(fields{"customer_number": "20001", "mobile_token.state": "code_issued"})
		w.get("/v1/mobile-tokens/M1").problem(http.StatusNotFound, "mobiletoken.unknown_serial")
		apps := w.get("/v1/mobile-applications").status(http.StatusOK)
		apps.first("mobile_applications", fields{"application": "bank", "tokens": 3, "dskpp": mobileFace + "/dskpp/bank"})
	})
}

// reach is what is known of notifications.
type reach map[ident.ID]push.Health

func (r reach) On() bool { return r != nil }

func (r reach) Health(context.Context, ident.ID) (map[ident.ID]push.Health, error) { return r, nil }

// TestMobileNotifications: staff tools learn whether pushes reach a phone.
func TestMobileNotifications(t *testing.T) {
	each(t, func(w *world) {
		w.mobile()
		health := reach{}
		w.config.Pushes = health
		w.serve()
		w.post("/v1/customers", fields{"customer_number": "10023"}).status(http.StatusCreated)
		const at = "/v1/customers/10023/mobile-tokens"
		made := w.post(at, fields{"application": "bank"}).status(http.StatusCreated).has(fields{"mobile_token.notifications": nil})
		w.provision(made)
		one := at + "/" + made.text("mobile_token.id")
		w.get(one).has(fields{"notifications": "unbound"})
		id, err := ident.Parse(made.text("mobile_token.id"))
		w.must(err)
		health[id] = push.Health{State: push.Failing}
		w.get(one).has(fields{"notifications": "failing"})
		w.get(at).first("mobile_tokens", fields{"notifications": "failing"})
		w.get("/v1/mobile-tokens/" + made.text("mobile_token.serial")).has(fields{"mobile_token.notifications": "failing"})
	})
}
