package bank

import (
	"context"
	"net/http"
	"time"
)

// How far a registration or an authentication is.
const (
	stateBegun    = "begun"
	stateReserved = "reserved"
	stateDone     = "done"
	stateOpen     = "open"
	stateGranted  = "granted"
	stateDenied   = "denied"
	stateExpired  = "expired"
)

// The bank's side of the contract with Countersign.
const (
	securePolicy   = "secure-code"   // what tokens are registered for
	passwordPolicy = "password"      // what a password is registered for, with textPolicy
	textPolicy     = "sms-code"      // codes by text message
	textSignPolicy = "sms-signature" // the same, for payments
	passwordMethod = "password"
	passcodeMethod = "passcode"
	webChannel     = "web"
	loginPurpose   = "login"
	freshPurpose   = "self-service" // a fresh proof of who is logged in
)

// registration is what the API says about a registration (F-4.1). Why a step was
// refused is not among it: the pages do not tell.
type registration struct {
	Handle   string           `json:"registration"`
	State    string           `json:"state"`
	Accepted bool             `json:"accepted"` // the step of this request
	Expires  time.Time        `json:"expires_at"`
	Token    *registeredToken `json:"token"`
	Steps    []step           `json:"steps"`    // of a registration without a token
	Mistakes []mistake        `json:"mistakes"` // in the password that was chosen
}

// step is one part of a registration without a token.
type step struct {
	Policy string `json:"policy"`
	Method string `json:"method"`
	Proven bool   `json:"proven"`
}

// awaited is the step that comes next; the zero value when there is none.
func (r *registration) awaited() step {
	for _, s := range r.Steps {
		if !s.Proven {
			return s
		}
	}
	return step{}
}

// mistake is one thing that is wrong with a new password.
type mistake struct {
	Code string `json:"code"`
	Text string `json:"text"` // in English, for codes that the bank has no words for
}

// over reports whether nothing more can be done with it.
func (r *registration) over() bool { return r.State != stateBegun && r.State != stateReserved }

// registeredToken says how to use the token that is being registered.
type registeredToken struct {
	Serial    string `json:"serial"`
	Model     string `json:"model"`
	ModelName string `json:"model_name"`
	Digits    int    `json:"digits"`
	Question  string `json:"question"`   // to be typed into the token first
	ChoosePIN bool   `json:"choose_pin"` // a PIN is chosen now
	PINTyped  bool   `json:"pin_typed"`  // the PIN is typed with the code
	PINMin    int    `json:"pin_min"`
}

// beginRegistration checks an activation code (F-4.1.4–5).
func (a *api) beginRegistration(ctx context.Context, customer, code, policy string) (out registration, err error) {
	in := map[string]string{"customer_number": customer, "activation_code": code, "policy": policy, "channel": webChannel}
	err = a.call(ctx, http.MethodPost, at("registrations"), in, &out)
	return out, err
}

// registration says how far a registration is.
func (a *api) registration(ctx context.Context, handle string) (out registration, err error) {
	err = a.call(ctx, http.MethodGet, at("registrations", handle), nil, &out)
	return out, err
}

// registerToken checks a serial number and keeps the token (F-4.1.6–7).
func (a *api) registerToken(ctx context.Context, handle, serial string) (out registration, err error) {
	err = a.call(ctx, http.MethodPost, at("registrations", handle, "token"), map[string]string{"serial": serial}, &out)
	return out, err
}

// confirmRegistration checks the first secure code (F-4.1.9–11). The PIN is
// empty unless one is to be chosen.
func (a *api) confirmRegistration(ctx context.Context, handle, code, pin string) (out registration, err error) {
	in := map[string]string{"code": code}
	if pin != "" {
		in["pin"] = pin
	}
	err = a.call(ctx, http.MethodPost, at("registrations", handle, "confirm"), in, &out)
	return out, err
}

// giveStep submits the awaited step of a registration without a token: the password, or
// the code that came by text message (F-6.1.4–5, F-6.1.8–10).
func (a *api) giveStep(ctx context.Context, handle, policy, value string) (out registration, err error) {
	err = a.call(ctx, http.MethodPost, at("registrations", handle, "steps"), map[string]string{"policy": policy, "value": value}, &out)
	return out, err
}

// askStep has the code of the awaited step sent (F-6.1.6).
func (a *api) askStep(ctx context.Context, handle string) (challenge, error) {
	var out struct {
		Challenge challenge `json:"challenge"`
	}
	err := a.call(ctx, http.MethodPost, at("registrations", handle, "challenge"), struct{}{}, &out)
	return out.Challenge, err
}

// cancelRegistration gives a registration up; the activation code stays valid.
func (a *api) cancelRegistration(ctx context.Context, handle string) error {
	return a.call(ctx, http.MethodDelete, at("registrations", handle), nil, nil)
}
