package bank

import (
	"context"
	"net/http"
	"time"
)

// authentication is what the API says about a login (F-4.2) or a payment (F-4.3).
type authentication struct {
	Handle   string    `json:"authentication"`
	State    string    `json:"state"`
	Accepted bool      `json:"accepted"` // the proof of this request
	Expires  time.Time `json:"expires_at"`

	PaymentHash string    `json:"payment_hash"` // of what is to be approved; "" for a login
	Signing     []signing `json:"signing"`      // what is typed into tokens
	Assertion   string    `json:"assertion"`    // in the answer that grants a payment
}

// granted reports whether the customer is in. Nothing else is ever a yes.
func (a *authentication) granted() bool { return a.Accepted && a.State == stateGranted }

// more reports whether the proof was right and another one is asked for.
func (a *authentication) more() bool { return a.Accepted && a.State == stateOpen }

// challenge is a number to be typed into a token.
type challenge struct {
	ID       string    `json:"challenge"`
	Question string    `json:"question"`
	Expires  time.Time `json:"expires_at"`
}

// proof is a secure code, and the challenge that it answers if there is one.
type proof struct {
	Code      string `json:"code"`
	Challenge string `json:"challenge,omitempty"`
}

// authenticate starts a login. With a proof it takes the first step too, in the
// same request.
func (a *api) authenticate(ctx context.Context, customer string, p *proof) (out authentication, err error) {
	in := struct {
		Customer string `json:"customer_number"`
		Purpose  string `json:"purpose"`
		Channel  string `json:"channel"`
		Proof    *proof `json:"proof,omitempty"`
	}{customer, loginPurpose, webChannel, p}
	err = a.call(ctx, http.MethodPost, at("authentications"), in, &out)
	return out, err
}

// prove takes the awaited step of a login.
func (a *api) prove(ctx context.Context, handle string, p proof) (out authentication, err error) {
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "steps"), p, &out)
	return out, err
}

// challenge asks for a number. The API gives one for everybody, whether there is
// such a customer or not.
func (a *api) challenge(ctx context.Context, handle string) (out challenge, err error) {
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "challenge"), struct{}{}, &out)
	return out, err
}
