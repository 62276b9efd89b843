package bank

import (
	"context"
	"net/http"
	"time"
)

// customerActive is the status of a customer who may use online banking.
const customerActive = "active"

// customer is a customer as the API knows them.
type customer struct {
	Number string `json:"customer_number"`
	Name   string `json:"name"` // may be empty
	Status string `json:"status"`
}

// device is something that the customer holds: a hardware token.
type device struct {
	Serial   string      `json:"serial"`
	Model    string      `json:"model"`
	Own      string      `json:"name"` // what the customer calls it; may be empty
	State    string      `json:"state"`
	Assigned time.Time   `json:"assigned_at"` // zero: not said
	Expires  time.Time   `json:"expires_at"`  // zero: no end
	Keys     []deviceKey `json:"keys"`
}

// deviceKey is what a token computes codes with.
type deviceKey struct {
	Usage   string    `json:"usage"`    // "code", "sign" or "unlock"
	PINMode string    `json:"pin_mode"` // "prepend" or "append": the PIN is typed here
	Used    time.Time `json:"used_at"`  // zero: never
}

// used is when a code of the token was last accepted; zero: never.
func (d device) used() (at time.Time) {
	for _, k := range d.Keys {
		if k.Used.After(at) {
			at = k.Used
		}
	}
	return at
}

// authenticator is a way to log in that the customer has.
type authenticator struct {
	Policy    string    `json:"policy"`
	State     string    `json:"state"`
	Succeeded time.Time `json:"succeeded_at"`
	Failed    time.Time `json:"failed_at"`
}

// customer looks a customer up by their number, in any spelling of it.
func (a *api) customer(ctx context.Context, number string) (out customer, err error) {
	err = a.call(ctx, http.MethodGet, at("customers", number), nil, &out)
	return out, err
}

// devices lists what the customer holds.
func (a *api) devices(ctx context.Context, number string) ([]device, error) {
	var out struct {
		Devices []device `json:"devices"`
	}
	err := a.call(ctx, http.MethodGet, at("customers", number, "devices"), nil, &out)
	return out.Devices, err
}

// authenticators lists the customer's ways to log in.
func (a *api) authenticators(ctx context.Context, number string) ([]authenticator, error) {
	var out struct {
		Authenticators []authenticator `json:"authenticators"`
	}
	err := a.call(ctx, http.MethodGet, at("customers", number, "authenticators"), nil, &out)
	return out.Authenticators, err
}
