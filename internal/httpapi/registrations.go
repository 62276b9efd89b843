package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/registration"
)

// BeginRegistration is the request of beginRegistration.
type BeginRegistration struct {
	CustomerNumber string `json:"customer_number" minLength:"1" maxLength:"80" doc:"The bank's number of the customer, as typed."`
	ActivationCode string `json:"activation_code" minLength:"1" maxLength:"200" doc:"The activation code, as typed."`
	Policy         string `json:"policy,omitempty" maxLength:"64" default:"secure-code" doc:"What the customer registers for."`
	Channel        string `json:"channel,omitempty" maxLength:"40" default:"web" doc:"Where the customer is."`
}

// RegistrationRef names a registration.
type RegistrationRef struct {
	Registration string `json:"-" path:"registration" maxLength:"128" doc:"The registration, as it was answered at its beginning."`
}

// ChooseToken is the request of chooseToken.
type ChooseToken struct {
	Registration string `json:"-" path:"registration" maxLength:"128" doc:"The registration, as it was answered at its beginning."`
	Serial       string `json:"serial" minLength:"1" maxLength:"128" doc:"The serial number on the token, as typed."`
}

// ConfirmRegistration is the request of confirmRegistration.
type ConfirmRegistration struct {
	Registration string `json:"-" path:"registration" maxLength:"128" doc:"The registration, as it was answered at its beginning."`
	Code         string `json:"code" maxLength:"64" doc:"The secure code that the token shows, as typed."`
	PIN          string `json:"pin,omitempty" maxLength:"32" doc:"The PIN that the customer chooses, when token.choose_pin says so."`
}

// Registration is how far a registration has come.
type Registration struct {
	Registration string     `json:"registration,omitempty" doc:"Its opaque name; not there when it was refused at the beginning."`
	State        string     `json:"state" enum:"refused,begun,reserved,done,abandoned" doc:"refused: the activation code was refused. begun: the serial number, or the first step that is not proven, is awaited. reserved: a token is reserved, its code is awaited. done: registered. abandoned: given up or run out."`
	Accepted     bool       `json:"accepted" doc:"Whether the last step was accepted. This, and no more, may be told to the customer."`
	ExpiresAt    *time.Time `json:"expires_at,omitempty" doc:"Until when it can be completed; the same activation code resumes it."`
	Token        *Reserved  `json:"token,omitempty" doc:"The reserved token."`

	Steps    []RegistrationStep `json:"steps,omitempty" doc:"The steps of a registration without a token, in their order: the first one that is not proven is awaited (giveRegistrationStep)."`
	Mistakes []Mistake          `json:"mistakes,omitempty" doc:"What is wrong with the password that was chosen, all of it; nothing has changed then."`

	Reason string `json:"reason,omitempty" doc:"Why the last step was refused. Only with the scope authentications:reason; never for customers."`
}

// Reserved is what the page needs to know about the reserved token.
type Reserved struct {
	Serial    string `json:"serial" doc:"Its serial number in normal form."`
	Model     string `json:"model" doc:"The code of its model."`
	ModelName string `json:"model_name" doc:"The name of its model, for people."`
	Digits    int    `json:"digits" doc:"The length of its codes."`
	Question  string `json:"question,omitempty" doc:"Digits that the customer types into the token first."`
	ChoosePIN bool   `json:"choose_pin" doc:"The customer must choose a PIN now, which is later typed with each code."`
	PINTyped  bool   `json:"pin_typed" doc:"A PIN that exists is typed together with the code."`
	PINMin    int    `json:"pin_min" doc:"The shortest PIN, in digits."`
}

// registrationOf lays a registration out for a client; again says that nothing
// was submitted, so that nothing was refused.
func registrationOf(r registration.Registration, a client.Access) Registration {
	out := Registration{Registration: r.Handle, State: string(r.State), Accepted: r.Refused == registration.Accepted, Steps: stepsOf(r.Steps)}
	if out.State == "" {
		out.State = "refused"
	} else {
		out.ExpiresAt = &r.Expires
	}
	if t := r.Token; t != nil {
		out.Token = &Reserved{t.Serial, t.Model, t.ModelName, t.Digits, t.Question, t.ChoosePIN, t.PINTyped, t.PINMin}
	}
	if a.Scopes.Has(client.AuthenticationsReason) {
		out.Reason = string(r.Refused)
	}
	return out
}

func (a *API) registrationOperations() []operation {
	begun := Registration{Registration: exampleHandle, State: "begun", Accepted: true, ExpiresAt: new(exampleTime(30))}
	reserved, done, gone := begun, begun, begun
	reserved.State, reserved.Token = "reserved", &Reserved{Serial: "7700001", Model: "keypad", ModelName: "Keypad token with PIN", Digits: 6, PINMin: 4}
	done.State, done.Token = "done", reserved.Token
	gone.State = "abandoned"
	at := func(id, method, rest, summary, text string) route {
		return route{
			id: id, method: method, path: "/v1/registrations" + rest, tag: tagRegistrations, scopes: client.Registrations,
			summary: summary, text: text,
		}
	}
	return append([]operation{
		act[BeginRegistration, Registration]{
			route:  at("beginRegistration", http.MethodPost, "", "Begin or resume a registration", "Checks the activation code. Status 201 and state begun (or reserved, when a broken-off registration is resumed); a refused code, an unknown customer and a customer without a code are all answered with status 200 and state refused."),
			status: http.StatusCreated, other: http.StatusOK, repeats: stored, do: a.beginRegistration,
			in: BeginRegistration{CustomerNumber: "10023", ActivationCode: "7Q2M-9XKD-41PB-W8TN-3C", Policy: "secure-code", Channel: "web"}, out: begun,
		},
		act[RegistrationRef, Registration]{
			route: at("getRegistration", http.MethodGet, "/{registration}", "Look at a registration", ""), status: http.StatusOK, do: a.getRegistration, out: reserved,
		},
		act[ChooseToken, Registration]{
			route:  at("chooseToken", http.MethodPost, "/{registration}/token", "Submit the serial number of the token", "Reserves the token for the customer. Another serial number replaces the first."),
			status: http.StatusOK, repeats: stored, do: a.chooseToken, in: ChooseToken{Serial: "77-00001"}, out: reserved,
		},
		act[ConfirmRegistration, Registration]{
			route:  at("confirmRegistration", http.MethodPost, "/{registration}/confirm", "Submit the first secure code", "The step that registers: the token becomes the customer's, and the activation code is spent."),
			status: http.StatusOK, repeats: stored, do: a.confirmRegistration, in: ConfirmRegistration{Code: "755224"}, out: done,
		},
		act[RegistrationRef, Registration]{
			route:  at("abandonRegistration", http.MethodDelete, "/{registration}", "Give a registration up", "The reserved token is free at once; the activation code stays valid."),
			status: http.StatusOK, do: a.abandonRegistration, out: gone,
		},
	}, a.registrationStepOperations(begun, done)...)
}

func (a *API) beginRegistration(ctx context.Context, c *call, in *BeginRegistration) (Registration, error) {
	if in.Policy == "" {
		in.Policy = "secure-code"
	}
	if in.Channel == "" {
		in.Channel = "web"
	}
	r, err := a.Desk.Begin(ctx, c.access.Actor(), registration.Begin(*in))
	if r.Refused != registration.Accepted {
		c.status = http.StatusOK
	}
	return registrationOf(r, c.access), err
}

func (a *API) getRegistration(ctx context.Context, c *call, in *RegistrationRef) (Registration, error) {
	r, err := a.Desk.Get(ctx, in.Registration)
	return registrationOf(r, c.access), err
}

func (a *API) chooseToken(ctx context.Context, c *call, in *ChooseToken) (Registration, error) {
	r, err := a.Desk.Token(ctx, c.access.Actor(), in.Registration, in.Serial)
	return registrationOf(r, c.access), err
}

func (a *API) confirmRegistration(ctx context.Context, c *call, in *ConfirmRegistration) (Registration, error) {
	r, err := a.Desk.Confirm(ctx, c.access.Actor(), in.Registration, registration.Confirm{Code: in.Code, PIN: in.PIN})
	return registrationOf(r, c.access), err
}

func (a *API) abandonRegistration(ctx context.Context, c *call, in *RegistrationRef) (Registration, error) {
	r, err := a.Desk.Abandon(ctx, c.access.Actor(), in.Registration)
	return registrationOf(r, c.access), err
}
