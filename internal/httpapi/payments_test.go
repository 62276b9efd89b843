package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const signSuite = "OCRA-1:HOTP-SHA256-8:C-QN64"

// signer registers a new customer with a new token that signs.
func (w *world) signer(number, serial string) {
	w.Helper()
	var b strings.Builder
	file, err := pskc.NewWriter(&b, pskc.WriterOptions{InsecurePlain: true})
	w.must(err)
	device := pskc.Device{Manufacturer: "oath.ALDR", Model: "k400", SerialNo: serial}
	w.must(file.WritePackage(&pskc.KeyPackage{Device: device, Key: pskc.Key{
		ID: serial, Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(key(serial)),
		Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
	}}))
	w.must(file.WritePackage(&pskc.KeyPackage{Device: device, Key: pskc.Key{
		ID: serial + "-sign", Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA, Suite: signSuite, Secret: pskc.NewSecret(key(serial + " sign")),
		Counter: pskc.Some(0), Policy: pskc.Policy{Usage: pskc.UseIntegrity},
	}}))
	w.must(file.Close())
	w.do(request{method: http.MethodPost, path: "/v1/token-imports", kind: "application/pskc+xml", body: b.String()}).
		status(http.StatusCreated).has(fields{"imported": 2, "refused": 0})
	code := w.customer(number)
	r := w.post("/v1/registrations", fields{"customer_number": number, "activation_code": code}).status(http.StatusCreated).text("registration")
	w.post("/v1/registrations/"+r+"/token", fields{"serial": serial}).has(fields{"accepted": true})
	w.post("/v1/registrations/"+r+"/confirm", fields{"code": hotp(serial, 0)}).has(fields{"accepted": true, "state": "done"})
}

// sign is what the token of a customer answers who types what the answer says.
func (w *world) sign(serial string, started *response, counter uint64) string {
	w.Helper()
	list, _ := started.value["signing"].([]any)
	if len(list) != 1 {
		w.Fatalf("%v: what is typed is not there once", started)
	}
	var typed []string
	for _, e := range object(list[0].(map[string]any)).list("entries") {
		x := object(e.(map[string]any))
		if strings.ReplaceAll(x.text("shown"), " ", "") != x.text("text") {
			w.Errorf("shown as %q, typed as %q", x.text("shown"), x.text("text"))
		}
		typed = append(typed, x.text("text"))
	}
	question, err := payment.Decimal.Question(typed, 64)
	w.must(err)
	suite, err := oath.ParseSuite(signSuite)
	w.must(err)
	o, err := oath.NewOCRA(suite, key(serial+" sign"))
	w.must(err)
	code, err := o.Code(oath.Input{Question: question, Counter: counter})
	w.must(err)
	return code
}

// order is a payment of one order; changes are pairs of names and values.
func order(changes ...string) fields {
	o := fields{"payee": fields{"scheme": "iban", "account": "NO93 8601 1117 947", "name": "Kari Nordmann"}, "amount": "90.00", "currency": "EUR"}
	for i := 0; i < len(changes); i += 2 {
		switch name := changes[i]; name {
		case "scheme", "account", "name":
			payee := o["payee"].(fields)
			if payee[name] = changes[i+1]; changes[i+1] == "" {
				delete(payee, name)
			}
		default:
			o[name] = changes[i+1]
		}
	}
	return o
}

func paying(number string, orders ...fields) fields {
	return fields{"customer_number": number, "purpose": "payment", "channel": "web", "payment": fields{"orders": append([]fields{}, orders...)}}
}

// F-4.3.1 to F-4.3.7: a payment is typed into the token, and data values and code
// are sent; the code is accepted for exactly these, once.
func TestPaymentWithAToken(t *testing.T) {
	each(t, func(w *world) {
		w.signer("10023", "7700001")
		started := w.post("/v1/authentications", paying("10023", order())).status(http.StatusCreated).
			has(fields{"state": "open", "accepted": false, "policies": "[transaction-signature]"})
		hash := started.text("payment_hash")
		if len(hash) != 64 {
			t.Fatalf("%v", started)
		}
		code, at := w.sign("7700001", started, 0), "/v1/authentications/"+started.text("authentication")
		w.post(at+"/steps", fields{"code": code, "payment": fields{"orders": []fields{order("amount", "900.00")}}}).
			problem(http.StatusConflict, "authentication.payment_differs").has(fields{"field": "/payment"})
		w.post(at+"/challenge", fields{}).problem(http.StatusUnprocessableEntity, "token.no_challenge")
		w.get("/v1/customers/10023/authenticators")
		granted := w.post(at+"/steps", fields{"code": code, "payment": fields{"orders": []fields{order("account", "no9386011117947", "currency", "eur")}}}).
			status(http.StatusOK).has(fields{"state": "granted", "accepted": true, "payment_hash": hash, "factors": "[knowledge possession]", "signing": nil})
		if granted.text("assertion") == "" {
			t.Error("no assertion about a granted payment")
		}
		for name, body := range map[string]fields{"the same payment again": paying("10023", order()), "another payment": paying("10023", order("amount", "90.01"))} {
			body["proof"] = fields{"code": code}
			if got := w.post("/v1/authentications", body).status(http.StatusCreated); got.text("state") != "open" || got.at("accepted") != false {
				t.Errorf("%s with a spent code: %v", name, got)
			}
		}
		body := paying("10023", order("amount", "12.00"), order("amount", "13.00", "account", "DE89370400440532013000"))
		batch := w.post("/v1/authentications", body).status(http.StatusCreated)
		body["proof"] = fields{"code": w.sign("7700001", batch, 1)}
		w.post("/v1/authentications", body).status(http.StatusCreated).has(fields{"state": "granted"})
	})
}

// TestPaymentsAreRefused is the bad input of payments.
func TestPaymentsAreRefused(t *testing.T) {
	each(t, func(w *world) {
		many := make([]fields, 201)
		for i := range many {
			many[i] = order()
		}
		for name, c := range map[string]struct {
			body        fields
			code, field string
		}{
			"no payment":               {fields{"customer_number": "1", "purpose": "payment", "channel": "web"}, "authentication.payment_missing", "/payment"},
			"a payment for a login":    {fields{"customer_number": "1", "purpose": "login", "channel": "web", "payment": fields{"orders": []fields{order()}}}, "authentication.payment_unexpected", "/payment"},
			"no orders":                {paying("1"), "payment.empty", "/payment/orders"},
			"too many orders":          {paying("1", many...), "request.too_many", "/payment/orders"},
			"an unknown field":         {paying("1", order("iban", "x")), "request.unknown_field", "/payment/orders/0/iban"},
			"an amount as a number":    {fields{"customer_number": "1", "purpose": "payment", "channel": "web", "payment": fields{"orders": []fields{{"payee": fields{"name": "x"}, "amount": 1, "currency": "EUR"}}}}, "request.type", "/payment/orders/0/amount"},
			"a wrong check digit":      {paying("1", order("account", "NO9386011117948")), "payment.account", "/payment/orders/0/payee/account"},
			"letters that look alike":  {paying("1", order("account", "ΝΟ9386011117947")), "payment.account", "/payment/orders/0/payee/account"},
			"an unknown scheme":        {paying("1", order("scheme", "ibam")), "request.choice", "/payment/orders/0/payee/scheme"},
			"decimals of a yen":        {paying("1", order("currency", "JPY", "amount", "90.00")), "payment.amount", "/payment/orders/0/amount"},
			"an ambiguous amount":      {paying("1", order("amount", "1.500")), "payment.amount", "/payment/orders/0/amount"},
			"a comma":                  {paying("1", order("amount", "1,50")), "payment.amount", "/payment/orders/0/amount"},
			"nineteen digits":          {paying("1", order("amount", "12345678901234567.00")), "payment.amount", "/payment/orders/0/amount"},
			"nothing":                  {paying("1", order("amount", "0.00")), "payment.amount", "/payment/orders/0/amount"},
			"less":                     {paying("1", order("amount", "-1")), "payment.amount", "/payment/orders/0/amount"},
			"an exponent":              {paying("1", order("amount", "1e3")), "payment.amount", "/payment/orders/0/amount"},
			"a made-up currency":       {paying("1", order("currency", "EUX")), "payment.currency", "/payment/orders/0/currency"},
			"an order of a batch":      {paying("1", order(), order("amount", "x")), "payment.amount", "/payment/orders/1/amount"},
			"a batch of two":           {paying("1", order(), order("currency", "USD")), "payment.currencies", "/payment/orders/1/currency"},
			"a name that turns around": {paying("1", order("name", "\u202emoor")), "payment.text", "/payment/orders/0/payee/name"},
			"no account":               {paying("1", order("scheme", "", "account", "")), "payment.not_typeable", "/payment"},
			"an account too long":      {paying("1", order("account", "MT84MALT011000012345MTLCAST001S")), "payment.not_typeable", "/payment"},
		} {
			got := w.post("/v1/authentications", c.body)
			if got.code != http.StatusUnprocessableEntity || got.text("code") != c.code || got.text("field") != c.field {
				t.Errorf("%s: %v; want %s at %s", name, got, c.code, c.field)
			}
		}
	})
}

// TestPaymentsAreTypedAlike: spellings that mean the same are typed the same, also
// with large amounts and in currencies without decimals.
func TestPaymentsAreTypedAlike(t *testing.T) {
	each(t, func(w *world) {
		for name, c := range map[string]struct{ order, like fields }{
			"spaces and lower case": {order(), order("account", " no93 8601 1117 947 ")},
			"full-width digits":     {order(), order("account", "NO９３ 8601 1117 947", "amount", "９０.００")},
			"other digits":          {order(), order("amount", "٩٠")},
			"a yen":                 {order("currency", "JPY", "amount", "1234567890123"), order("currency", "jpy", "amount", "1 234 567 890 123")},
			"thirteen digits":       {order("amount", "1234567890123.45"), order("amount", "1 234 567 890 123.45")},
		} {
			one, two := w.post("/v1/authentications", paying("1", c.order)).status(http.StatusCreated), w.post("/v1/authentications", paying("1", c.like)).status(http.StatusCreated)
			for _, part := range []string{"signing", "payment_hash"} {
				if d := cmp.Diff(one.at(part), two.at(part)); d != "" {
					t.Errorf("%s: %s differs: %s", name, part, d)
				}
			}
		}
		got := w.post("/v1/authentications", paying("1", order("amount", "1234567890123", "currency", "JPY"))).value["signing"]
		if s := fmt.Sprint(got); !strings.Contains(s, "text:1234567890123]") || !strings.Contains(s, "text:392]") {
			t.Errorf("what is typed for thirteen digits of yen: %s", s)
		}
	})
}

// Invariant 4: what is asked to be typed, and what a refused signature costs and
// shows, is the same for everybody.
func TestRefusedPaymentsLookAlike(t *testing.T) {
	each(t, func(w *world) {
		people := w.people()
		w.signer("20010", "8800010")
		w.signer("20011", "8800011")
		people["signer"], people["blocked signer"] = "20010", "20011"
		body := paying("20011", order())
		body["proof"] = fields{"code": "00000000"}
		for range 6 {
			w.post("/v1/authentications", body)
		}
		pay := func(number string) (all []trace) {
			start := paying(number, order())
			all = append(all, w.traced("/v1/authentications", start))
			at := "/v1/authentications/" + w.post("/v1/authentications", start).text("authentication")
			all = append(all, w.traced(at+"/steps", fields{"code": "00000000"}))
			start["proof"] = fields{"code": "00000000"}
			return append(all, w.traced("/v1/authentications", start))
		}
		want := pay(people["signer"])
		for who, number := range people {
			if diff := cmp.Diff(want, pay(number)); diff != "" {
				t.Errorf("payments refused for %s look different:\n%s", who, diff)
			}
		}
	})
}
