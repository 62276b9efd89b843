package apptest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// Registration is how far a registration has come.
type Registration struct {
	Handle   string `json:"registration"`
	State    string `json:"state"`
	Accepted bool   `json:"accepted"`
	Reason   string `json:"reason"`
	Token    *struct {
		Serial string `json:"serial"`
	} `json:"token"`
}

// Must sends a request that must be answered with a status below 300, and reads
// the answer. A node that was kept from its database for seconds, as under the race
// detector on a busy machine, asks to be tried again before it has done anything.
func (b *Bank) Must(t testing.TB, into any, method, path string, body any) {
	t.Helper()
	a, err := b.Call(method, path, "", body)
	for range 60 {
		if err != nil || a.Status != http.StatusServiceUnavailable || !bytes.Contains(a.Body, []byte(`"client.stale"`)) {
			break
		}
		time.Sleep(time.Second)
		a, err = b.Call(method, path, "", body)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if a.Status >= http.StatusMultipleChoices {
		t.Fatalf("%s %s: status %d: %.300s", method, path, a.Status, a.Body)
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		t.Fatalf("%s %s: %v: %.300s", method, path, err, a.Body)
	}
}

// CreateCustomer creates a customer.
func (b *Bank) CreateCustomer(t testing.TB, number string) {
	t.Helper()
	b.Must(t, &struct{}{}, http.MethodPost, "/v1/customers", map[string]any{"customer_number": number, "name": "Customer " + number})
}

// ActivationCode issues an activation code.
func (b *Bank) ActivationCode(t testing.TB, number string) string {
	t.Helper()
	var code struct {
		Value string `json:"value"`
	}
	b.Must(t, &code, http.MethodPost, "/v1/customers/"+url.PathEscape(number)+"/activation-codes", map[string]any{"policy": "secure-code"})
	return code.Value
}

// Identified records that the customer was identified at a branch, as it must be
// before another activation code for somebody who has registered.
func (b *Bank) Identified(t testing.TB, number string) (id string) {
	t.Helper()
	var answers []map[string]any
	for _, q := range []string{"birth-date", "address", "document"} {
		answers = append(answers, map[string]any{"question": q, "right": true})
	}
	var done struct {
		ID string `json:"id"`
	}
	b.Must(t, &done, http.MethodPost, "/v1/customers/"+url.PathEscape(number)+"/identifications", map[string]any{"way": "branch", "answers": answers})
	return done.ID
}

// Begin starts a registration.
func (b *Bank) Begin(t testing.TB, number, activationCode string) (r Registration) {
	t.Helper()
	b.Must(t, &r, http.MethodPost, "/v1/registrations", map[string]any{"customer_number": number, "activation_code": activationCode})
	return r
}

// Token enters a serial number.
func (b *Bank) Token(t testing.TB, handle, serial string) (r Registration) {
	t.Helper()
	b.Must(t, &r, http.MethodPost, "/v1/registrations/"+url.PathEscape(handle)+"/token", map[string]any{"serial": serial})
	return r
}

// Confirm enters the first secure code.
func (b *Bank) Confirm(t testing.TB, handle, code string) (r Registration) {
	t.Helper()
	b.Must(t, &r, http.MethodPost, "/v1/registrations/"+url.PathEscape(handle)+"/confirm", map[string]any{"code": code})
	return r
}

// Register creates a customer and registers them with a token from stock.
func (b *Bank) Register(t testing.TB, h Holder) {
	t.Helper()
	b.CreateCustomer(t, h.Number)
	r := b.Begin(t, h.Number, b.ActivationCode(t, h.Number))
	b.Token(t, r.Handle, h.Serial)
	if r = b.Confirm(t, r.Handle, h.Code(0)); r.State != "done" {
		t.Fatalf("customer %s is not registered: %+v", h.Number, r)
	}
}
