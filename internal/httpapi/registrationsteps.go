package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/registration"
)

// GiveRegistrationStep is the request of giveRegistrationStep.
type GiveRegistrationStep struct {
	Registration string `json:"-" path:"registration" maxLength:"128" doc:"The registration, as it was answered at its beginning."`
	Policy       string `json:"policy,omitempty" maxLength:"64" doc:"The policy of the step. It can be left out: it is the first one that is not proven."`
	Value        string `json:"value" minLength:"1" maxLength:"1024" doc:"The password that the customer chooses, or the code that was sent, as typed."`
	Challenge    string `json:"challenge,omitempty" maxLength:"64" doc:"The challenge that the code answers, from askRegistrationStep."`
}

// RegistrationStep is one policy of a registration that has several.
type RegistrationStep struct {
	Policy string `json:"policy" doc:"The policy."`
	Name   string `json:"name" doc:"Its name, for people."`
	Method string `json:"method" doc:"What it asks for: password, passcode …"`
	Proven bool   `json:"proven" doc:"Whether it is done."`
}

// RegistrationQuestion is the answer of askRegistrationStep.
type RegistrationQuestion struct {
	Registration
	Challenge *Challenge `json:"challenge,omitempty" doc:"What the customer answers; not there when the step needs nothing."`
}

func stepsOf(all []registration.Step) (out []RegistrationStep) {
	for _, s := range all {
		out = append(out, RegistrationStep{s.Policy, s.Name, string(s.Method), s.Proven})
	}
	return out
}

func (a *API) registrationStepOperations(begun, done Registration) []operation {
	begun.Steps = []RegistrationStep{{"password", "Password", "password", true}, {"sms-code", "Secure code by text message", "passcode", false}}
	done.Token, done.Steps = nil, []RegistrationStep{{"password", "Password", "password", true}, {"sms-code", "Secure code by text message", "passcode", true}}
	at := func(id, rest, summary, text string) route {
		return route{id: id, method: http.MethodPost, path: "/v1/registrations/{registration}" + rest, tag: tagRegistrations, scopes: client.Registrations, summary: summary, text: text}
	}
	return []operation{
		act[GiveRegistrationStep, Registration]{
			route:  at("giveRegistrationStep", "/steps", "Submit a step of a registration without a token", "Steps come one after another, and nothing is the customer's before the last one, which registers. A wrong code is an answer, and counted on the activation code; a password that is not good enough is an answer with mistakes."),
			status: http.StatusOK, repeats: stored, secrets: []string{"value"}, do: a.giveRegistrationStep, names: map[string]string{"code": "/value"},
			in: GiveRegistrationStep{Policy: "sms-code", Value: "287082"}, out: done,
		},
		act[RegistrationRef, RegistrationQuestion]{
			route:  at("askRegistrationStep", "/challenge", "Get what the awaited step needs", "For a code by text message: sends it."),
			status: http.StatusCreated, repeats: stored, do: a.askRegistrationStep,
			out: RegistrationQuestion{begun, &Challenge{Challenge: exampleID, ExpiresAt: exampleTime(5)}},
		},
	}
}

func (a *API) giveRegistrationStep(ctx context.Context, c *call, in *GiveRegistrationStep) (Registration, error) {
	challenge, _ := ident.Parse(in.Challenge) // one that is none is nobody's
	r, bad, err := a.Desk.Give(ctx, c.access.Actor(), in.Registration, registration.Given{Policy: in.Policy, Value: in.Value, Challenge: challenge})
	out := registrationOf(r, c.access)
	if len(bad) > 0 {
		out.Accepted, out.Mistakes = false, mistakesOf(bad)
	}
	return out, err
}

func (a *API) askRegistrationStep(ctx context.Context, c *call, in *RegistrationRef) (RegistrationQuestion, error) {
	ch, r, err := a.Desk.Ask(ctx, c.access.Actor(), in.Registration)
	out := RegistrationQuestion{Registration: registrationOf(r, c.access)}
	if !ch.ID.IsZero() {
		out.Challenge = new(challengeOf(ch, c.access))
	}
	return out, err
}
