package tokenserver_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	emulator "github.com/countersign-auth/countersign/emulator/mobiletoken"
	domain "github.com/countersign-auth/countersign/internal/mobiletoken"
)

// operations are all of the protocol: docs/mobile has the same.
var operations = []string{
	"GET time", "GET applications/{code}", "POST confirmations", "GET inbox", "POST prompts/{id}/approval", "POST prompts/{id}/refusal", "POST proofs",
	"GET tokens", "POST tokens", "PATCH tokens/{id}", "GET tokens/{id}/history", "POST tokens/{id}/block", "POST tokens/{id}/enable", "POST tokens/{id}/archive",
	"POST tokens/{id}/renewal", "POST tokens/{id}/extension", "POST tokens/{id}/cancellation", "POST tokens/{id}/redistribution", "POST tokens/{id}/migration",
	"POST tokens/{id}/abandonment", "POST tokens/{id}/comparison", "PUT push", "DELETE push",
}

// TestEveryOperation: without a signature nothing but the open ones answers; a body that is no
// JSON, has unknown or double members, another type or is too large is refused with its code;
// nothing of another customer's is found.
func TestEveryOperation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine, yours := w.activate(w.customer("1")), w.activate(w.customer("2"))
		for _, op := range operations {
			method, path, _ := strings.Cut(op, " ")
			path = "/token/v1/" + strings.NewReplacer("{id}", yours.Token.TokenID, "{code}", "bank").Replace(path)
			open := op == "GET time" || op == "GET applications/{code}" || op == "POST confirmations"
			send := func(body string) answered { return w.send(good(mine, w.clock.Now(), method, path, body)) }
			if !open {
				if got := w.send(request{method: method, path: path, none: true}); got.status != http.StatusUnauthorized || got.head.Get("WWW-Authenticate") != "Token-Proof" {
					t.Errorf("%s without a signature: %d %s", op, got.status, got.body)
				}
			}
			if strings.Contains(op, "{id}") {
				body := `{"proof":"x","name":"x","comparison":"1234","answer":"12345678","control":"","fraud":true,"warned":true}`
				if got := send(onlyKnown(op, body)); got.status < 400 || got.status >= 500 {
					t.Errorf("%s on another customer's: %d %s", op, got.status, got.body)
				}
			}
			if method == http.MethodGet || method == http.MethodDelete {
				continue
			}
			for body, want := range map[string]string{
				`[]`: "request.json", `{`: "request.json", `{} {}`: "request.json", `"x"`: "request.json", `{"unheard":1}`: "request.unknown_field", `{"Proof":"x"}`: "request.unknown_field",
				`{"a":1,"a":1}`: "request.unknown_field",
			} {
				if got := send(body); got.code != want {
					t.Errorf("%s with %s: %d %s", op, body, got.status, got.body)
				}
			}
			if got := send(`{"x":"` + strings.Repeat("a", 70<<10) + `"}`); got.status != http.StatusRequestEntityTooLarge || got.code != "request.too_large" {
				t.Errorf("%s with 70 KB: %d %s", op, got.status, got.code)
			}
			if got := send(`{"x":"` + strings.Repeat("a", 10<<20) + `"}`); got.status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s with 10 MB: %d", op, got.status)
			}
			form := good(mine, w.clock.Now(), method, path, "a=b")
			form.kind = "application/x-www-form-urlencoded"
			if got := w.send(form); got.status != http.StatusUnsupportedMediaType || got.code != "request.content_type" {
				t.Errorf("%s with a form: %d %s", op, got.status, got.code)
			}
		}
		for _, path := range []string{"/token/v1/", "/token/v1/unheard", "/token/v1/tokens/x/unheard"} {
			if got := w.send(request{method: http.MethodGet, path: path, none: true}); got.status != http.StatusNotFound || got.code != "request.address" {
				t.Errorf("%s: %d %s", path, got.status, got.code)
			}
		}
		double := good(mine, w.clock.Now(), http.MethodPatch, "/token/v1/tokens/"+mine.Token.TokenID, `{"name":"a","name":"b"}`)
		if got := w.send(double); got.code != "request.duplicate_field" {
			t.Errorf("%s", got.body)
		}
		typed := good(mine, w.clock.Now(), http.MethodPatch, "/token/v1/tokens/"+mine.Token.TokenID, `{"name":null}`)
		if got := w.send(typed); got.code != "request.type" || !strings.Contains(got.body, `"field":"/name"`) {
			t.Errorf("%s", got.body)
		}
	})
}

// onlyKnown keeps the members that an operation has.
func onlyKnown(op, _ string) string {
	switch {
	case strings.HasSuffix(op, "approval"):
		return `{"answer":"12345678","control":""}`
	case strings.HasSuffix(op, "refusal"):
		return `{"fraud":true}`
	case strings.HasPrefix(op, "PATCH"):
		return `{"name":"x"}`
	case strings.HasSuffix(op, "block"):
		return `{"warned":true}`
	case strings.HasPrefix(op, "GET"):
		return ""
	}
	return `{"proof":"x"}`
}

// TestFirstCodes: what /confirmations answers to each way in which a first code can fail.
func TestFirstCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("1")
		x, out, err := w.desk.Enroll(t.Context(), system, domain.Enrollment{Customer: c, Application: "bank"})
		w.must(err)
		app := w.app()
		about, err := app.Application(t.Context(), address, "bank")
		w.must(err)
		if about.Bank != "Alder Bank" || !about.Matching || about.DSKPP != address+"/dskpp/bank" || about.SignSuite == "" || len(about.PushKey) != 87 || !strings.Contains(string(about.Pictures), `"keys"`) {
			t.Errorf("%+v", about)
		}
		if _, err := app.Application(t.Context(), address, "unheard"); !emulator.Is(err, "token.application") {
			t.Error(err)
		}
		got, err := app.Activate(t.Context(), address, "bank", out.Handout(address).Code, pin, phone)
		w.must(err)
		if got.TokenID != x.ID.String() {
			t.Error(got.TokenID)
		}
		w.clock.Advance(time.Minute)
		if err := app.Confirm(t.Context(), got, pin, phone); err != nil {
			t.Errorf("a later code, as if the first answer was lost: %v", err)
		}
		thief := *got
		thief.Device, err = emulator.NewDeviceKey()
		w.must(err)
		w.clock.Advance(time.Minute)
		is(t, app.Confirm(t.Context(), &thief, pin, phone), "token.nothing_to_confirm")

		_, out, err = w.desk.Enroll(t.Context(), system, domain.Enrollment{Customer: c, Application: "bank"})
		w.must(err)
		second := w.app()
		pending, err := second.Enroll(t.Context(), address+"/dskpp/bank", out.Handout(address).Code, pin)
		w.must(err)
		pending.Server, pending.Device = address, got.Device
		for range 4 {
			is(t, second.Confirm(t.Context(), pending, "258001", phone), "token.wrong_code")
		}
		is(t, second.Confirm(t.Context(), pending, "258001", phone), "token.too_many_attempts")
		is(t, second.Confirm(t.Context(), pending, pin, phone), "token.unknown")
		for body, want := range map[string]string{
			`{"key_id":"0","code":"12345678","device_key":{"kty":"EC","crv":"P-256","x":"","y":""}}`:                         "token.device_key",
			`{"key_id":"0","code":"12345678","device_key":{"kty":"RSA"}}`:                                                    "token.device_key",
			`{"key_id":"0","code":"12345678"}`:                                                                               "token.device_key",
			`{"key_id":"0","code":"12345678","device_key":{"kty":"EC","crv":"P-256","x":"` + zero + `","y":"` + zero + `"}}`: "mobiletoken.device_key",
			`{"key_id":"0","code":"12345678","device_key":{"kty":"EC","crv":"P-256","x":"","y":"","d":"` + zero + `"}}`:      "token.device_key",
		} {
			if got := w.send(request{method: http.MethodPost, path: "/token/v1/confirmations", body: body, kind: "application/json", none: true}); got.code != want {
				t.Errorf("%s: %d %s, want %s", body, got.status, got.code, want)
			}
		}
	})
}

const zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// TestSplitAndCompared: a code in two halves shows one of them, and a new phone counts when its
// owner has typed what it shows.
func TestSplitAndCompared(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first := w.activate(w.customer("1"))
		w.clock.Advance(time.Minute)
		proof, err := first.Prove(t.Context(), pin)
		w.must(err)
		half, err := first.Enroll(t.Context(), emulator.Order{Proof: proof, Application: "native", HandOver: "shown"})
		w.must(err)
		if half.Part != 1 || half.Trigger != "" || !strings.HasPrefix(half.Link, "alder://activate?c=") || !strings.HasSuffix(half.Link, "&part=1") {
			t.Errorf("%+v", half)
		}
		if _, err := first.Change(t.Context(), half.TokenID, "comparison", emulator.Order{Proof: proof, Comparison: "1234"}); !emulator.Is(err, "token.nothing_to_confirm") {
			t.Error(err)
		}
		if _, err := first.Change(t.Context(), half.TokenID, "comparison", emulator.Order{Comparison: "1234"}); !emulator.Is(err, "mobiletoken.proof") {
			t.Error(err)
		}
	})
}

// TestPushes: a phone says where its pushes go, and that it wants none.
func TestPushes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		l := w.activate(w.customer("1"))
		if err := l.Subscribe(t.Context(), []byte(`{"endpoint":"https://evil.example/x","p256dh":"`+zero+`","auth":"AAAAAAAAAAAAAAAAAAAAAA"}`)); !emulator.Is(err, "push.endpoint") {
			t.Error(err)
		}
		subscription := `{"endpoint":"https://push.example/x","p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}`
		if err := l.Subscribe(t.Context(), []byte(subscription)); err != nil {
			t.Error(err)
		}
		if n := w.count("push_binding"); n != 1 {
			t.Errorf("%d bindings", n)
		}
		if err := l.Unsubscribe(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
