package bank

import (
	"context"
	"net/http"
	"time"
)

// What becomes of a phone.
const (
	phoneActive = "active"
	phoneHeld   = "held"
)

// handset is a phone that codes go to, or may go to.
type handset struct {
	ID     string    `json:"id"`
	Number string    `json:"number"` // masked
	State  string    `json:"state"`
	Held   time.Time `json:"held_until"` // when a held one becomes active; zero: when the bank agrees
}

// phoneChange is the answer to a change of the number.
type phoneChange struct {
	Phone     handset   `json:"phone"`
	Accepted  bool      `json:"accepted"`
	Challenge challenge `json:"challenge"`
}

// phones lists the customer's phones, the newest first.
func (a *api) phones(ctx context.Context, number string) ([]handset, error) {
	var out struct {
		Phones []handset `json:"phones"`
	}
	err := a.call(ctx, http.MethodGet, at("customers", number, "phones"), nil, &out)
	return out.Phones, err
}

// changePhone sends a code to a new number, under a fresh proof of two factors.
func (a *api) changePhone(ctx context.Context, handle, number, source string) (out phoneChange, err error) {
	in := struct {
		Number string `json:"number"`
		Source string `json:"source_address,omitempty"`
	}{number, source}
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "phone"), in, &out)
	return out, err
}

// confirmPhone takes the code that came to the new number.
func (a *api) confirmPhone(ctx context.Context, handle, phone, code string) (out phoneChange, err error) {
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "phone", "confirm"), map[string]string{"phone": phone, "code": code}, &out)
	return out, err
}
