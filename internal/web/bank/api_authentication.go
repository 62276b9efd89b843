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

	Policies []string  `json:"policies"` // of which one will do now
	Replace  string    `json:"replace"`  // the policy whose password was right and has expired
	Replaced bool      `json:"replaced"` // it was replaced; the new one is asked for
	Mistakes []mistake `json:"mistakes"` // in the new password

	PaymentHash string    `json:"payment_hash"`    // of what is to be approved; "" for a login
	Signing     []signing `json:"signing"`         // what is typed into tokens
	Assertion   string    `json:"assertion"`       // in the answer that grants a payment
	Exemption   string    `json:"exemption"`       // why strong authentication was left out; "" when it was not
	Factors     []string  `json:"factors"`         // that were shown
	Risk        verdict   `json:"risk"`            // of the risk engine
	Prompt      prompt    `json:"prompt"`          // what the customer is asked on their phone
	Reason      string    `json:"reason"`          // why it ended; see ended
	Customer    string    `json:"customer_number"` // of whom was granted; "" otherwise
}

// granted reports whether the customer is in. Nothing else is ever a yes.
func (a *authentication) granted() bool { return a.Accepted && a.State == stateGranted }

// more reports whether the proof was right and another one is asked for.
func (a *authentication) more() bool { return a.Accepted && a.State == stateOpen }

// next is the policy of the awaited proof; "" when that is not said.
func (a *authentication) next() string {
	if len(a.Policies) == 0 {
		return ""
	}
	return a.Policies[0]
}

// challenge is a number to be typed into a token, or what is told of a code that was sent
// by text message.
type challenge struct {
	ID       string    `json:"challenge"`
	Question string    `json:"question"` // "" for a code that was sent
	Expires  time.Time `json:"expires_at"`
	Again    time.Time `json:"again_at"` // from when another code can be asked for; zero: not any more
	SentTo   string    `json:"sent_to"`  // masked; "" when nothing was sent, or nothing was shown before
	Control  string    `json:"control"`  // digits for the customer's phone; "" when it was not asked
	Picture  string    `json:"picture"`  // what the phone reads; "" for nothing
}

// proof is a secure code, a password or a code that came by text message, and the
// challenge that it answers if there is one.
type proof struct {
	Policy    string `json:"policy"`
	Code      string `json:"code,omitempty"`
	Challenge string `json:"challenge,omitempty"`
}

// authenticate starts a login, or a fresh proof of somebody who is logged in. With a proof it
// takes the first step too, in the same request.
func (a *api) authenticate(ctx context.Context, from circumstances, customer, purpose string, p *proof) (out authentication, err error) {
	in := struct {
		Customer string        `json:"customer_number"`
		Purpose  string        `json:"purpose"`
		Channel  string        `json:"channel"`
		Risk     circumstances `json:"risk"`
		Proof    *proof        `json:"proof,omitempty"`
	}{customer, purpose, webChannel, from, p}
	err = a.call(ctx, http.MethodPost, at("authentications"), in, &out)
	return out, err
}

// prove takes the awaited step of a login.
func (a *api) prove(ctx context.Context, handle string, p proof) (out authentication, err error) {
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "steps"), p, &out)
	return out, err
}

// challenge asks for a number, or for a code by text message. The API gives one for
// everybody, whether there is such a customer or not. source is the customer's address.
func (a *api) challenge(ctx context.Context, handle, policy, source string) (out challenge, err error) {
	in := struct {
		Policy string `json:"policy"`
		Source string `json:"source_address,omitempty"`
	}{policy, source}
	err = a.call(ctx, http.MethodPost, at("authentications", handle, "challenge"), in, &out)
	return out, err
}
