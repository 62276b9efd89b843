package httpapi_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const unlockSuite = "OCRA-1:HOTP-SHA256-8:QN08"

func unlockSeed(serial string) []byte { return fmt.Appendf(nil, "%-32s", "unlock "+serial)[:32] }

// boxed imports a token with keys for codes and for unlocking.
func (w *world) boxed(serial string) {
	w.Helper()
	var file bytes.Buffer
	out, err := pskc.NewWriter(&file, pskc.WriterOptions{InsecurePlain: true})
	w.must(err)
	dev := pskc.Device{Manufacturer: "oath.TEST", SerialNo: serial}
	w.must(out.WritePackage(&pskc.KeyPackage{Device: dev, Key: pskc.Key{
		ID: "code", Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP, Hash: pskc.SHA1, Secret: pskc.NewSecret(key(serial)),
		Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
	}}))
	w.must(out.WritePackage(&pskc.KeyPackage{Device: dev, Key: pskc.Key{
		ID: "unlock", Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA, Suite: unlockSuite, Secret: pskc.NewSecret(unlockSeed(serial)),
		Policy: pskc.Policy{Usage: pskc.UseUnlock},
	}}))
	w.must(out.Close())
	w.do(request{method: http.MethodPost, path: "/v1/token-imports", kind: "application/pskc+xml", body: file.String()}).status(http.StatusCreated).has(fields{"imported": 2})
}

// opens is the unlock code that the token waits for.
func (w *world) opens(serial, challenge string) string {
	w.Helper()
	s, err := oath.ParseSuite(unlockSuite)
	w.must(err)
	o, err := oath.NewOCRA(s, unlockSeed(serial))
	w.must(err)
	code, err := o.Code(oath.Input{Question: challenge})
	w.must(err)
	return code
}

// TestF44Unlock is F-4.4.3 to F-4.4.6 by an application of the bank.
func TestF44Unlock(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		w.registered("10024", "7700002")
		w.boxed("7700003")
		w.identify("10023")
		code := w.post("/v1/customers/10023/activation-codes", fields{}).status(http.StatusCreated).text("value")
		r := w.post("/v1/registrations", fields{"customer_number": "10023", "activation_code": code}).status(http.StatusCreated).text("registration")
		w.post("/v1/registrations/"+r+"/token", fields{"serial": "7700003"}).status(http.StatusOK).has(fields{"accepted": true})
		w.post("/v1/registrations/"+r+"/confirm", fields{"code": hotp("7700003", 0)}).status(http.StatusOK).has(fields{"state": "done"})
		w.advance(time.Minute)

		body := fields{"customer_number": "10023", "identification": w.identify("10023"), "challenge": "1234-5674"}
		with := func(name string, v any) fields {
			m := maps.Clone(body)
			m[name] = v
			return m
		}
		const at = "/v1/tokens/7700003/unlock"
		w.post(at, with("identification", "x")).problem(http.StatusUnprocessableEntity, "request.id").has(fields{"field": "/identification"})
		w.post(at, with("identification", w.identify("10024"))).problem(http.StatusForbidden, "identification.required")
		w.post(at, with("challenge", "1234567")).problem(http.StatusUnprocessableEntity, "token.unlock_form").has(fields{"field": "/challenge"})
		w.post(at, with("challenge", "12345675")).problem(http.StatusUnprocessableEntity, "token.unlock_check_digit").has(fields{"field": "/challenge"})
		w.post(at, with("customer_number", "10024")).problem(http.StatusConflict, "token.not_theirs")
		w.post(at, with("customer_number", "4711")).problem(http.StatusNotFound, "customer.unknown")
		w.post("/v1/tokens/7700001/unlock", body).problem(http.StatusConflict, "token.no_unlock_key")
		w.post("/v1/tokens/7700009/unlock", body).problem(http.StatusNotFound, "token.unknown_serial")
		w.do(request{method: http.MethodPost, path: at, scopes: client.TokensWrite, body: body}).problem(http.StatusForbidden, "client.scope")
		got := w.do(request{method: http.MethodPost, path: at, body: body, key: "once"}).status(http.StatusOK)
		if got.text("unlock_code") != w.opens("7700003", "12345674") {
			t.Errorf("%v", got)
		}
		w.do(request{method: http.MethodPost, path: at, body: body, key: "once"}).problem(http.StatusConflict, "token.unlock_used")
		if strings.Contains(w.logged.String(), got.text("unlock_code")) {
			t.Error("the unlock code is in the log")
		}
		for range 2 {
			w.post(at, body).problem(http.StatusConflict, "token.unlock_used")
		}
		if got := w.post(at, with("challenge", "00000018")).problem(http.StatusTooManyRequests, "token.unlock_limit"); got.head.Get("Retry-After") != "3600" {
			t.Errorf("Retry-After is %q", got.head.Get("Retry-After"))
		}
		// Two makes with one serial number.
		w.upload("hash", "sha1", "manufacturer", "oath.ALDR", "file", csvRow("7700003")).status(http.StatusCreated)
		w.post(at, body).problem(http.StatusConflict, "token.ambiguous_serial")
		w.post(at+"?manufacturer=oath.TEST", body).problem(http.StatusTooManyRequests, "token.unlock_limit")
		w.login("10023", hotp("7700003", 1)).has(fields{"accepted": true})
	})
}

// TestF45Resynchronize is F-4.5.3 to F-4.5.7 by an application of the bank.
func TestF45Resynchronize(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		const at = "/v1/tokens/7700001/resync"
		resync := func(codes ...string) *response {
			if codes == nil {
				codes = []string{}
			}
			return w.post(at, fields{"customer_number": "10023", "identification": w.identify("10023"), "codes": codes})
		}
		resync().problem(http.StatusUnprocessableEntity, "token.resync_codes").has(fields{"field": "/codes"})
		resync("12345").problem(http.StatusUnprocessableEntity, "token.resync_length").has(fields{"field": "/codes"})
		resync("123456", "654321").status(http.StatusOK).has(fields{"outcome": "no_match", "unblocked": false})
		for range 4 {
			w.login("10023", hotp("7700001", 400)).has(fields{"accepted": false})
		}
		w.get("/v1/customers/10023/authenticators").first("authenticators", fields{"state": "blocked"})
		resync(hotp("7700001", 400), hotp("7700001", 401)).status(http.StatusOK).has(fields{"outcome": "synchronized", "moved": 401, "unblocked": true})
		w.login("10023", hotp("7700001", 401)).has(fields{"accepted": false})
		w.login("10023", hotp("7700001", 402)).has(fields{"accepted": true})

		w.post(at, fields{"customer_number": "10023", "identification": w.identify("10023"), "codes": []string{"123456"}, "challenges": []string{"x"}}).
			problem(http.StatusUnprocessableEntity, "request.id").has(fields{"field": "/challenges"})
		w.post("/v1/tokens/7700001/resync-challenges", fields{"customer_number": "10023", "identification": w.identify("10023")}).
			status(http.StatusCreated).has(fields{"challenges": "[]"})
	})
}

// TestF45ByHand is the manual form of F-4.5: unproven until the next good code.
func TestF45ByHand(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		w.upload("hash", "sha1", "file", strings.Replace(csvRow("7700002"), "HOTP", "TOTP", 1)).status(http.StatusCreated)
		w.identify("10023")
		code := w.post("/v1/customers/10023/activation-codes", fields{}).status(http.StatusCreated).text("value")
		r := w.post("/v1/registrations", fields{"customer_number": "10023", "activation_code": code}).status(http.StatusCreated).text("registration")
		w.post("/v1/registrations/"+r+"/token", fields{"serial": "7700002"}).status(http.StatusOK)
		timed, err := oath.NewTOTP(key("7700002"), oath.TOTPOptions{})
		w.must(err)
		shown := func(ahead time.Duration) string {
			s, err := timed.Code(w.clock.Now().Add(ahead))
			w.must(err)
			return s
		}
		w.post("/v1/registrations/"+r+"/confirm", fields{"code": shown(0)}).status(http.StatusOK).has(fields{"state": "done"})
		read := func(serial string, body fields) *response {
			body["customer_number"], body["identification"] = "10023", w.identify("10023")
			return w.post("/v1/tokens/"+serial+"/resync-manual", body)
		}
		off := 5 * time.Minute
		clock := func(d time.Duration) string { return w.clock.Now().Add(d).Format(time.RFC3339Nano) }
		read("7700001", fields{"counter": 7}).problem(http.StatusConflict, "token.reading_off").has(fields{"field": "/counter"})
		read("7700002", fields{"clock": "noon"}).problem(http.StatusUnprocessableEntity, "request.type").has(fields{"field": "/clock"})
		read("7700002", fields{}).problem(http.StatusUnprocessableEntity, "token.reading_form")
		read("7700002", fields{"clock": clock(365 * 24 * time.Hour)}).problem(http.StatusUnprocessableEntity, "token.clock_far").has(fields{"field": "/clock"})
		w.get("/v1/tokens/7700002").status(http.StatusOK)
		read("7700002", fields{"clock": clock(off)}).status(http.StatusOK).has(fields{"drift_seconds": 300, "wait_seconds": nil})
		if proven := w.get("/v1/tokens/7700002"); !strings.Contains(string(proven.raw), `"proven":false`) {
			t.Errorf("%v", proven)
		}
		w.login("10023", shown(off)).has(fields{"accepted": true})
		if proven := w.get("/v1/tokens/7700002"); !strings.Contains(string(proven.raw), `"proven":true`) {
			t.Errorf("%v", proven)
		}
	})
}
