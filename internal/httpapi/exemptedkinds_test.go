package httpapi_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/policy"
)

// exempting is a bank that uses every exemption but that of low risk, and whose customer
// 10023 has a token that shows two factors, and is known to the risk engine.
type exempting struct {
	*world
	codes, signatures uint64
}

const (
	kari    = "NO9386011117947"
	ludwig  = "DE89370400440532013000"
	serial  = "8812345"
	payees  = "/v1/customers/10023/payees"
	series  = "/v1/customers/10023/series"
	records = "/v1/customers/10023/payments"
	started = "/v1/authentications"
)

func newExempting(w *world) *exempting {
	w.Helper()
	w.risk.Preset = lenient{}
	x := &exempting{world: w}
	w.asked(func(s *policy.Set) {
		e := &s.Exemptions
		e.Access.On, e.Provider.On, e.Own.On, e.Trusted.On, e.Recurring.On, e.LowValue.On = true, true, true, true, true, true
		e.Corporate = policy.CorporateRule{On: true, Protocols: []string{"ebics"}}
		for i := range s.Journeys {
			j := &s.Journeys[i]
			if j.Channel == "web" && (j.Purpose == policy.PurposePayment || j.Purpose == policy.PurposeLogin) {
				j.Risk.On, j.Exempt = true, true
			}
		}
	})
	w.signer("10023", serial)
	for range 3 {
		x.strong(fields{"purpose": "login"})
	}
	return x
}

// do is by the one client that has every scope: whose authentications they are.
func (x *exempting) do(q request) *response {
	x.Helper()
	q.scopes = client.AllScopes
	return x.world.do(q)
}

func (x *exempting) post(path string, body any) *response {
	x.Helper()
	return x.do(request{method: http.MethodPost, path: path, body: body})
}

func (x *exempting) begin(more fields) *response {
	x.Helper()
	body := fields{"customer_number": "10023", "purpose": "login", "channel": "web", "risk": fields{"address": "192.0.2.10", "agent": firefox, "device_tag": "cookie"}}
	for k, v := range more {
		body[k] = v
	}
	return x.post(started, body).status(http.StatusCreated)
}

// strong is an authentication with two factors, of anything but a payment.
func (x *exempting) strong(more fields) (authentication string) {
	x.Helper()
	r := x.begin(more)
	for range 2 {
		if r.text("state") != "open" {
			break
		}
		x.codes++
		r = x.post(started+"/"+r.text("authentication")+"/steps", fields{"code": hotp(serial, x.codes)}).status(http.StatusOK)
	}
	return r.has(fields{"state": "granted", "exemption": nil}).text("authentication")
}

// pay starts a payment.
func (x *exempting) pay(amount, account string, more fields) *response {
	x.Helper()
	body := fields{"purpose": "payment", "payment": fields{"orders": []fields{{"amount": amount, "currency": "EUR", "payee": fields{"scheme": "iban", "account": account}}}}}
	for k, v := range more {
		body[k] = v
	}
	return x.begin(body)
}

// signed is a payment that was signed.
func (x *exempting) signed(amount, account string) (authentication string) {
	x.Helper()
	r := x.pay(amount, account, nil).has(fields{"state": "open"})
	x.signatures++
	return x.post(started+"/"+r.text("authentication")+"/steps", fields{"code": x.sign(serial, r, x.signatures-1)}).
		status(http.StatusOK).has(fields{"state": "granted", "exemption": nil}).text("authentication")
}

// exempt is the answer to what was granted without a proof.
func exempt(kind string) fields {
	return fields{"state": "granted", "exemption": kind, "factors": nil, "assertion": nil, "policies": []any{}, "risk.decision": "allow"}
}

var asked = fields{"state": "open", "exemption": nil}

// TestLooksAtAccounts: balance and history after a strong login, by the customer and
// through the provider that it came by (SCA-29).
func TestLooksAtAccounts(t *testing.T) {
	each(t, func(w *world) {
		x := newExempting(w)
		seen := x.begin(fields{"access": fields{"view": "balance"}}).has(exempt("access"))
		x.begin(fields{"access": fields{"view": "history"}}).has(exempt("access"))
		x.begin(fields{}).has(asked)
		x.begin(fields{"access": fields{"view": "balance", "provider": "aisp"}}).has(asked)
		x.strong(fields{"access": fields{"provider": "aisp"}})
		x.begin(fields{"access": fields{"view": "history", "provider": "aisp"}}).has(exempt("provider"))
		x.begin(fields{"access": fields{"view": "history", "provider": "other"}}).has(asked)
		x.post(started+"/"+seen.text("authentication")+"/assertion", fields{}).problem(http.StatusConflict, "evidence.not_granted")
		x.post(payees, fields{"authentication": seen.text("authentication"), "payee": fields{"scheme": "iban", "account": kari}}).problem(http.StatusConflict, "authentication.not_granted")
		x.advance(180*24*time.Hour + time.Minute)
		x.begin(fields{"access": fields{"view": "balance"}}).has(asked)

		bad := func(more fields, field string) {
			body := fields{"customer_number": "10023", "purpose": "login", "channel": "web"}
			for k, v := range more {
				body[k] = v
			}
			x.post(started, body).problem(http.StatusUnprocessableEntity, "authentication.grounds").has(fields{"field": field})
		}
		bad(fields{"series": "none"}, "/series")
		bad(fields{"corporate": fields{"protocol": "ebics", "legal_person": true}}, "/corporate/protocol")
		bad(fields{"access": fields{"provider": "æ"}}, "/access/provider")
		bad(fields{"purpose": "self-service", "access": fields{"view": "balance"}}, "/access/view")
	})
}

// TestTrustedPayees: a payee is put on the list, or taken off it, with an authentication
// of its own for each change; payments to them need none (SCA-30).
func TestTrustedPayees(t *testing.T) {
	each(t, func(w *world) {
		x := newExempting(w)
		change := func(path, authentication, account string) *response {
			return x.post(payees+path, fields{"authentication": authentication, "payee": fields{"scheme": "iban", "account": account, "name": "Kari"}})
		}
		x.get(payees).status(http.StatusOK).has(fields{"payees": []any{}})
		change("", x.strong(fields{"purpose": "login"}), kari).problem(http.StatusForbidden, "exemption.warrant")
		one := x.strong(fields{"purpose": "self-service"})
		w.post("/v1/customers", fields{"customer_number": "10024"}).status(http.StatusCreated)
		x.post("/v1/customers/10024/payees", fields{"authentication": one, "payee": fields{"scheme": "iban", "account": kari}}).problem(http.StatusForbidden, "exemption.warrant")
		change("", one, "NO00").problem(http.StatusUnprocessableEntity, "payment.account").has(fields{"field": "/payee/account"})
		x.post(payees, fields{"authentication": one, "payee": fields{"name": "Kari"}}).problem(http.StatusUnprocessableEntity, "exemption.account").has(fields{"field": "/payee/account"})
		add := request{method: http.MethodPost, path: payees, body: fields{"authentication": one, "payee": fields{"scheme": "iban", "account": "no93 8601 1117 947", "name": "Kari"}}, key: "add"}
		first := x.do(add).status(http.StatusCreated)
		if again := x.do(add).status(http.StatusCreated); string(again.raw) != string(first.raw) {
			t.Errorf("the same request again: %v", again)
		}
		first.first("payees", fields{"payee.account": kari, "payee.name": "Kari"})
		change("", one, ludwig).problem(http.StatusForbidden, "exemption.warrant")
		x.pay("900", kari, nil).has(exempt("trusted"))
		x.pay("900", ludwig, nil).has(asked)

		of := x.signed("50", ludwig)
		change("/remove", of, kari).problem(http.StatusForbidden, "exemption.warrant")
		change("", of, ludwig).status(http.StatusCreated)
		x.pay("900", ludwig, nil).has(exempt("trusted"))
		two := x.strong(fields{"purpose": "self-service"})
		change("/remove", two, "GB82WEST12345698765432").problem(http.StatusNotFound, "exemption.unknown").has(fields{"field": "/payee"})
		change("/remove", two, kari).status(http.StatusOK).first("payees", fields{"payee.account": ludwig})
		x.pay("900", kari, nil).has(asked)
	})
}

// TestSeriesAndCorporate: a series begins with its first payment; corporate protocols are
// those that the policies name (SCA-31, SCA-34).
func TestSeriesAndCorporate(t *testing.T) {
	each(t, func(w *world) {
		x := newExempting(w)
		first := x.signed("700", kari)
		id := x.post(series, fields{"authentication": first}).status(http.StatusCreated).has(fields{"amount": "700.00", "currency": "EUR", "payee.account": kari, "payments": 0.0, "ended_at": nil}).text("id")
		x.post(series, fields{"authentication": first}).problem(http.StatusForbidden, "exemption.warrant")
		x.pay("700", kari, fields{"series": id}).has(asked)
		x.advance(145 * time.Hour)
		x.pay("700.01", kari, fields{"series": id}).has(asked)
		x.pay("700", ludwig, fields{"series": id}).has(asked)
		x.pay("700", kari, fields{"series": id}).has(exempt("recurring"))
		x.pay("700", kari, fields{"series": id}).has(asked)
		x.get(series).status(http.StatusOK).first("series", fields{"id": id, "payments": 1.0})
		end := series + "/" + id + "/end"
		was := x.post(end, nil).status(http.StatusOK).text("ended_at")
		x.advance(145 * time.Hour)
		x.post(end, nil).status(http.StatusOK).has(fields{"ended_at": was})
		x.pay("700", kari, fields{"series": id}).has(asked)
		for _, none := range []string{"none", "zen999bvmy4en6rxh86c970hfc"} {
			x.post(series+"/"+none+"/end", nil).problem(http.StatusNotFound, "exemption.unknown")
		}
		other := x.strong(fields{"purpose": "self-service"})
		batch := fields{"orders": []fields{order(), order("amount", "1")}}
		x.post(series, fields{"authentication": other}).problem(http.StatusUnprocessableEntity, "exemption.series").has(fields{"field": "/payment"})
		x.post(series, fields{"authentication": other, "payment": batch}).problem(http.StatusUnprocessableEntity, "exemption.series")
		x.post(series, fields{"authentication": other, "payment": fields{"orders": []fields{order("scheme", "", "account", "")}}}).
			problem(http.StatusUnprocessableEntity, "exemption.account").has(fields{"field": "/payment/orders/0/payee/account"})
		x.post(series, fields{"authentication": other, "payment": fields{"orders": []fields{order()}}}).status(http.StatusCreated)

		company := func(protocol string, legal bool) *response {
			return x.pay("12000", ludwig, fields{"corporate": fields{"protocol": protocol, "legal_person": legal}})
		}
		company("ebics", true).has(exempt("corporate"))
		company("ebics", false).has(asked)
		company("fax", true).has(asked)
	})
}

// TestOwnAccountsAndFraud: own accounts are what the bank says (SCA-32); fraud is reported
// by payment, withdrawn, and stands in the quarterly record with every use (SCA-38, SCA-40).
func TestOwnAccountsAndFraud(t *testing.T) {
	each(t, func(w *world) {
		x := newExempting(w)
		const accounts = "/v1/customers/10023/own-accounts"
		list := func(all ...string) fields {
			out := []fields{}
			for _, a := range all {
				out = append(out, fields{"scheme": "iban", "account": a})
			}
			return fields{"accounts": out}
		}
		x.pay("1200", ludwig, nil).has(asked)
		x.post(accounts, list(kari, "DE00")).problem(http.StatusUnprocessableEntity, "payment.account").has(fields{"field": "/accounts/1/account"})
		x.post(accounts, list(ludwig, ludwig)).status(http.StatusOK).first("accounts", fields{"account": ludwig})
		x.pay("1200", ludwig, nil).has(exempt("own"))
		x.post(accounts, list()).status(http.StatusOK)
		x.get(accounts).status(http.StatusOK).has(fields{"accounts": []any{}})
		x.pay("1200", ludwig, nil).has(asked)

		x.clock.Advance(time.Second) // ids sort by time
		x.signed("300", ludwig)
		x.clock.Advance(time.Second) // ids sort by time
		hash := x.pay("25", ludwig, nil).has(exempt("low-value")).text("payment_hash")
		x.begin(fields{"access": fields{"view": "balance"}}).has(exempt("access"))
		page := x.get(records + "?limit=1").status(http.StatusOK)
		page.first("payments", fields{"exemption": "low-value", "amount": "25.00", "value_cents": 2500.0, "payment_hash": hash, "fraud": false})
		x.get(records+"?limit=1&cursor="+page.text("next_cursor")).status(http.StatusOK).first("payments", fields{"exemption": "strong", "value_cents": 30000.0})
		x.get(records+"?cursor=x").problem(http.StatusUnprocessableEntity, "request.cursor")
		id, _ := page.value["payments"].([]any)[0].(map[string]any)["id"].(string)
		fraud := records + "/" + id + "/fraud"
		x.post(fraud, fields{"lost_cents": 2501}).problem(http.StatusUnprocessableEntity, "exemption.fraud_value").has(fields{"field": "/lost_cents"})
		x.post(records+"/none/fraud", fields{}).problem(http.StatusNotFound, "exemption.unknown")
		withdraw := request{method: http.MethodDelete, path: fraud}
		x.do(withdraw).problem(http.StatusNotFound, "exemption.unknown")
		x.post(fraud, fields{}).status(http.StatusNoContent)
		x.do(withdraw).status(http.StatusNoContent)
		x.get(records+"?limit=1").first("payments", fields{"fraud": false})
		x.post(fraud, fields{"lost_cents": 1000}).status(http.StatusNoContent)
		x.get(records+"?limit=1").first("payments", fields{"fraud": true})

		x.advance(24 * time.Hour)
		report := x.get("/v1/exemptions/reports/2026Q4").status(http.StatusOK).has(fields{"accesses": []any{map[string]any{"exemption": "access", "accesses": 1.0}}})
		transfers, _ := report.value["instruments"].([]any)[0].(map[string]any)
		got := map[any][3]any{}
		for _, r := range append(transfers["rows"].([]any), transfers["total"]) {
			row := r.(map[string]any)
			got[row["exemption"]] = [3]any{row["payments"], row["value_cents"], row["fraud_cents"]}
		}
		for kind, want := range map[any][3]any{"strong": {1.0, 30000.0, 0.0}, "own": {1.0, 120000.0, 0.0}, "low-value": {1.0, 2500.0, 1000.0}, "total": {3.0, 152500.0, 1000.0}} {
			if got[kind] != want {
				t.Errorf("%v: %v, not %v", kind, got[kind], want)
			}
		}
	})
}

// TestManyPaymentsAtOnce: of 64 at once as many are exempted as the limit allows (SCA-33).
func TestManyPaymentsAtOnce(t *testing.T) {
	each(t, func(w *world) {
		x := newExempting(w)
		var granted, open atomic.Int64
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() {
				r, err := x.send(request{method: http.MethodPost, path: started, scopes: client.AllScopes, body: fields{
					"customer_number": "10023", "purpose": "payment", "channel": "web", "risk": fields{"address": "192.0.2.10", "agent": firefox, "device_tag": "cookie"},
					"payment": fields{"orders": []fields{order("amount", "21")}},
				}})
				switch {
				case err == nil && r.code == http.StatusCreated && r.text("exemption") == "low-value" && r.text("state") == "granted":
					granted.Add(1)
				case err == nil && r.code == http.StatusCreated && r.value["exemption"] == nil && r.text("state") == "open":
					open.Add(1)
				default:
					t.Errorf("%v, %v", r, err)
				}
			})
		}
		all.Wait()
		if granted.Load() != 4 || open.Load() != 60 { // 84 of 100 euro; a fifth would be 105
			t.Errorf("%d exempted, %d open", granted.Load(), open.Load())
		}
	})
}
