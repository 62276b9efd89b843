package apptest

import (
	"net/http"
	"net/url"
	"testing"
)

// Registration is how far a registration has come.
type Registration struct {
	Handle   string `json:"registration"`
	State    string `json:"state"`
	Accepted bool   `json:"accepted"`
	Reason   string `json:"reason"`
	Token    *struct {
		Serial    string `json:"serial"`
		ChoosePIN bool   `json:"choose_pin"`
	} `json:"token"`
}

// must calls and reads an answer of the given status.
func (b *Bank) must(t testing.TB, status int, into any, method, path string, body any) {
	t.Helper()
	a, err := b.Call(method, path, "", body)
	if err == nil {
		err = a.read(status, into)
	}
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
}

// CreateCustomer creates a customer and returns their id.
func (b *Bank) CreateCustomer(t testing.TB, number string) string {
	t.Helper()
	var c struct {
		ID string `json:"id"`
	}
	b.must(t, http.StatusCreated, &c, http.MethodPost, "/v1/customers", map[string]any{"customer_number": number, "name": "Customer " + number})
	return c.ID
}

// ActivationCode issues an activation code to a customer by id.
func (b *Bank) ActivationCode(t testing.TB, customerID string) string {
	t.Helper()
	var code struct {
		Value string `json:"value"`
	}
	b.must(t, http.StatusCreated, &code, http.MethodPost, "/v1/customers/"+url.PathEscape(customerID)+"/activation-codes", map[string]any{})
	return code.Value
}

// Begin starts a registration.
func (b *Bank) Begin(t testing.TB, number, activationCode string) (r Registration) {
	t.Helper()
	b.must(t, http.StatusCreated, &r, http.MethodPost, "/v1/registrations", map[string]any{"customer_number": number, "activation_code": activationCode})
	return r
}

// Token enters a serial number.
func (b *Bank) Token(t testing.TB, handle, serial string) (r Registration) {
	t.Helper()
	b.must(t, http.StatusOK, &r, http.MethodPost, "/v1/registrations/"+url.PathEscape(handle)+"/token", map[string]any{"serial": serial})
	return r
}

// Confirm enters the first secure code.
func (b *Bank) Confirm(t testing.TB, handle, code string) (r Registration) {
	t.Helper()
	b.must(t, http.StatusOK, &r, http.MethodPost, "/v1/registrations/"+url.PathEscape(handle)+"/code", map[string]any{"code": code})
	return r
}
