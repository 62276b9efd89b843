package app_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// hand holds one token of the device lab and knows what a person sees.
type hand struct {
	t    *testing.T
	page string // of the token
	http *http.Client
}

// takeToken takes the token of a customer of the demo.
func takeToken(t *testing.T, d demoTold, serial string) *hand {
	t.Helper()
	return &hand{t, d.URLs["lab"] + "/tokens/" + serial, &http.Client{Timeout: 30 * time.Second}}
}

// press presses keys and returns the page after the last one.
func (h *hand) press(keys string) (page *webtest.Node) {
	h.t.Helper()
	for _, k := range keys {
		page = h.send("/keys", url.Values{"key": {string(k)}})
	}
	return page
}

// read presses keys and returns the value that the token then shows.
func (h *hand) read(keys, id string) string {
	h.t.Helper()
	return h.press(keys).One(h.t, "#"+id).Attr["data-value"]
}

func (h *hand) send(path string, form url.Values) *webtest.Node {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.page+path, strings.NewReader(form.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := h.http.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		h.t.Fatalf("%s: %d, %v", h.page+path, res.StatusCode, err)
	}
	return webtest.Parse(h.t, string(body))
}

// identify records that the customer was identified.
func (c *apiClient) identify(number string) string {
	c.t.Helper()
	var answers []map[string]any
	for _, q := range []string{"birth-date", "address", "document"} {
		answers = append(answers, map[string]any{"question": q, "right": true})
	}
	id, _ := c.post("/v1/customers/"+number+"/identifications", map[string]any{"way": "call", "answers": answers})["id"].(string)
	return id
}

// typed returns what the API wants typed into tokens of a model, each followed by
// OK, and OK alone.
func typed(t *testing.T, started map[string]any, model string) string {
	t.Helper()
	var keys strings.Builder
	all, _ := started["signing"].([]any)
	for _, s := range all {
		s, _ := s.(map[string]any)
		models, _ := s["models"].([]any)
		entries, _ := s["entries"].([]any)
		for _, m := range models {
			if m != model {
				continue
			}
			for _, e := range entries {
				e, _ := e.(map[string]any)
				text, _ := e["text"].(string)
				keys.WriteString(text + "E")
			}
			return keys.String() + "E"
		}
	}
	t.Fatalf("nothing is typed into a %s: %v", model, started)
	return ""
}

// holder is a customer of the demo with a token in the hand.
type holder struct {
	t      *testing.T
	api    *apiClient
	number string
	serial string
	model  string
	token  *hand
}

// TestATokenOfTheDemoAndTheServer: what the emulated token and the server compute
// by themselves agrees, with nothing between them but what a person reads and
// types. F-4.3, F-4.4 and F-4.5 by the API, with models that the demo gives.
func TestATokenOfTheDemoAndTheServer(t *testing.T) {
	demo := startDemo(t)
	api := newClient(t, demo)
	for _, x := range demo.Customers {
		model := map[string]string{"10002004": "k300", "10002007": "k400"}[x.Number]
		if model == "" {
			continue
		}
		t.Run(model, func(t *testing.T) {
			h := &holder{t, &apiClient{t: t, base: api.base, token: api.token, http: api.http}, x.Number, x.Serial, model, takeToken(t, demo, x.Serial)}
			h.signs(x.PIN)
			h.unlocks()
			h.readsTheClock()
		})
	}
}

// pay starts a payment. It returns what is typed into the token, and how to give
// its code.
func (h *holder) pay(amount string) (keys string, give func(code string) map[string]any) {
	h.t.Helper()
	payment := map[string]any{"orders": []any{map[string]any{
		"payee": map[string]any{"scheme": "iban", "account": "DE89 3704 0044 0532 0130 00", "name": "Wood & Sons"}, "amount": amount, "currency": "EUR",
	}}}
	started := h.api.post("/v1/authentications", map[string]any{"customer_number": h.number, "purpose": "payment", "channel": "web", "payment": payment})
	id, _ := started["authentication"].(string)
	return typed(h.t, started, h.model), func(code string) map[string]any {
		return h.api.post("/v1/authentications/"+id+"/steps", map[string]any{"policy": "transaction-signature", "code": code, "payment": payment})
	}
}

// signs: the code is good for this payment, and for no other (F-4.3).
func (h *holder) signs(pin string) {
	h.t.Helper()
	keys, give := h.pay("1234.50")
	h.token.press("C") // off, should it be on
	code := h.token.read("S"+pin+"E"+keys, "code")
	_, giveOther := h.pay("1234.51")
	if got := giveOther(code); got["accepted"] != false {
		h.t.Errorf("the code of another amount: %v", got)
	}
	if got := give(code); got["state"] != "granted" || got["assertion"] == nil {
		h.t.Errorf("the signature: %v", got)
	}
	if got := giveOther(code); got["accepted"] != false {
		h.t.Errorf("the code of another amount, spent: %v", got)
	}
}

// unlocks: wrong PINs, the server's unlock code, a new PIN (F-4.4).
func (h *holder) unlocks() {
	h.t.Helper()
	h.token.press("C" + "S" + strings.Repeat("0001E", 5))
	challenge := h.token.read("E", "challenge")
	answer := h.api.post("/v1/tokens/"+h.serial+"/unlock", map[string]any{"customer_number": h.number, "identification": h.api.identify(h.number), "challenge": challenge})
	code, _ := answer["unlock_code"].(string)
	if says := h.token.press(code+"E"+"2580E2580E").One(h.t, "#says").Text(); !strings.HasPrefix(says, "Unlocked") {
		h.t.Fatalf("the unlock code led to %q", says)
	}
	keys, give := h.pay("7")
	if got := give(h.token.read("S"+keys, "code")); got["state"] != "granted" {
		h.t.Errorf("a signature with the new PIN: %v", got)
	}
}

// readsTheClock: it went wrong, is read off, and entered (F-4.5, manual).
func (h *holder) readsTheClock() {
	h.t.Helper()
	h.token.send("/tools", url.Values{"tool": {"shift"}, "by": {"300"}})
	login := func() any {
		proof := map[string]any{"policy": "secure-code", "code": h.token.read("L", "code")}
		return h.api.post("/v1/authentications", map[string]any{"customer_number": h.number, "purpose": "login", "channel": "web", "proof": proof})["state"]
	}
	if got := login(); got == "granted" {
		h.t.Error("a clock five minutes ahead was not noticed")
	}
	page := h.token.press("I")
	for range 5 {
		if page.Has("#clock") {
			break
		}
		page = h.token.press("I")
	}
	clock := page.One(h.t, "#clock").Attr["data-value"]
	read := h.api.post("/v1/tokens/"+h.serial+"/resync-manual", map[string]any{
		"customer_number": h.number, "identification": h.api.identify(h.number), "policy": "secure-code", "clock": clock,
	})
	if got := login(); got != "granted" {
		h.t.Errorf("after the clock was entered as %s (%v): %v", clock, read, got)
	}
}
