package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/registration"
)

// ReplacePassword is the request of replacePassword.
type ReplacePassword struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"The authentication whose last answer asked for a replacement."`
	Policy         string `json:"policy,omitempty" maxLength:"64" doc:"The policy named in replace. It can be left out."`
	New            string `json:"new" minLength:"1" maxLength:"1024" doc:"The new password or PIN, as typed. Spaces count."`
}

// ChangePassword is the request of changePassword.
type ChangePassword struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"An authentication of the purpose self-service that this application has started, and that was granted less than five minutes ago. It must have shown something that the customer has."`
	Policy         string `json:"policy,omitempty" maxLength:"64" doc:"The policy whose rules hold. It can be left out when there is one for passwords only."`
	Current        string `json:"current" maxLength:"256" doc:"The password as it is, as typed. A wrong one is counted."`
	New            string `json:"new" minLength:"1" maxLength:"1024" doc:"The new password or PIN, as typed. Spaces count."`
}

// JudgePassword is the request of judgePassword.
type JudgePassword struct {
	Policy string   `json:"policy,omitempty" maxLength:"64" doc:"The policy whose rules hold. It can be left out when there is one for passwords only."`
	New    string   `json:"new" maxLength:"1024" doc:"What the customer has typed so far."`
	Words  []string `json:"words,omitempty" maxItems:"50" doc:"What the page knows of the customer, such as number and name: nothing of it may make up a password. What the server knows is compared only when the password is stored."`
}

// DemandPassword is the request of demandPassword.
type DemandPassword struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for the audit log."`
}

// ResetPassword is the request of resetPassword.
type ResetPassword struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Policy         string `json:"policy" maxLength:"64" doc:"The policy that the customer registers for anew."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	ValidSeconds   int64  `json:"valid_seconds,omitempty" minimum:"60" maximum:"7776000" doc:"How long the activation code lives; without it, as the policies say."`
	Split          bool   `json:"split,omitempty" doc:"Send the second half on another way (by webhook); the answer has the first half only."`
}

// Mistake is one thing that is wrong with a new password or PIN.
type Mistake struct {
	Code string `json:"code" enum:"too_short,too_long,characters,digits_only,common,context,pattern,weak,unchanged,used_before" doc:"What is wrong, for programs: never reworded."`
	Text string `json:"text" doc:"What to do, in English; it may be shown to the customer."`
}

// PasswordChange is the answer of changePassword.
type PasswordChange struct {
	Changed      bool      `json:"changed" doc:"Whether the new one counts from now on."`
	Mistakes     []Mistake `json:"mistakes,omitempty" doc:"What is wrong with the new one, all of it. The current one was right then, and nothing has changed."`
	Reason       string    `json:"reason,omitempty" doc:"Why the current one did not count. Only with the scope authentications:reason; never for customers."`
	AttemptsLeft *int      `json:"attempts_left,omitempty" doc:"How many more wrong ones are taken until the next block. Only with the scope authentications:reason."`
}

// PasswordJudgement is the answer of judgePassword.
type PasswordJudgement struct {
	Fit      bool      `json:"fit" doc:"Whether it would be taken, as far as it can be told without the customer."`
	Score    int       `json:"score" minimum:"0" maximum:"4" doc:"How hard it is to guess: 0, too easy, to 4, very hard. 0 for every PIN."`
	Mistakes []Mistake `json:"mistakes,omitempty" doc:"What is wrong with it, all of it."`
}

func mistakesOf(all []authenticator.Mistake) (out []Mistake) {
	for _, m := range all {
		out = append(out, Mistake(m))
	}
	return out
}

func (a *API) passwordOperations() []operation {
	weak := []Mistake{{password.TooShort, "Take 8 characters or more. Several words are easy to remember."}}
	open := exampleOpen()
	open.Policies, open.Replaced, open.Steps = []string{"password"}, true, 2
	at := func(id, path, tag, summary, text string, scopes client.Scopes) route {
		return route{id: id, method: http.MethodPost, path: path, tag: tag, scopes: scopes, summary: summary, text: text}
	}
	code := ActivationCode{ID: exampleID, Policy: "password", State: "valid", CreatedAt: exampleTime(0), ExpiresAt: exampleTime(7 * 24 * 60)}
	return []operation{
		act[ReplacePassword, Authentication]{
			route:  at("replacePassword", "/v1/authentications/{authentication}/replacement", tagAuthentications, "Replace an outdated password", "When a password is right and out of date, the answer names its policy in replace, and nothing else is granted. This stores a new one; then the same step is awaited, for the new one. A new one that is not good enough is an answer with mistakes. Without a right one as the last proof there is nothing to replace: that is a conflict, for everybody alike.", client.Authentications),
			status: http.StatusOK, repeats: handed, do: a.replacePassword, in: ReplacePassword{New: "four words or more"}, out: open,
		},
		act[ChangePassword, PasswordChange]{
			route:  at("changePassword", "/v1/authentications/{authentication}/password", tagAuthentications, "Change a password", "For a customer who is logged in to the application. It needs the current password and, as the authentication, a fresh proof of something that the customer has: otherwise that is 403. With an Idempotency-Key a repetition gets the same answer, and a wrong current one is not counted twice; the passwords themselves are not compared.", client.Authentications),
			status: http.StatusOK, repeats: stored, secrets: []string{"current", "new"}, do: a.changePassword, names: map[string]string{"code": "/current"},
			in: ChangePassword{Current: "correct horse battery", New: "four words or more"}, out: PasswordChange{Changed: true},
		},
		act[JudgePassword, PasswordJudgement]{
			route:  at("judgePassword", "/v1/passwords/judge", tagAuthentications, "Judge a new password", "For a meter that shows it while the customer types. Nothing is stored, counted or logged.", client.Authentications),
			status: http.StatusOK, do: a.judgePassword, in: JudgePassword{Policy: "password", New: "summer", Words: []string{"10023"}}, out: PasswordJudgement{Mistakes: weak},
		},
		act[DemandPassword, nothing]{
			route:  at("demandPassword", "/v1/customers/{customer_number}/password/demand", tagCustomers, "Have a password replaced", "The password is right once more, at the next login, and must be replaced then. For what may have given it away.", client.AuthenticatorsWrite),
			status: http.StatusNoContent, do: a.demandPassword, in: DemandPassword{Reason: "seen on a phishing page"},
		},
		act[ResetPassword, IssuedActivationCode]{
			route:  at("resetPassword", "/v1/customers/{customer_number}/password/reset", tagCustomers, "Reset a forgotten password", "The password opens nothing any more, and an activation code is issued with which the customer registers anew and chooses another one. It needs an identification of the customer (identifyCustomer). With an Idempotency-Key the same answer can be had again for a day.", client.AuthenticatorsWrite|client.Registrations),
			status: http.StatusCreated, repeats: stored, do: a.resetPassword, names: map[string]string{"valid": "/valid_seconds"},
			in:  ResetPassword{Policy: "password", Identification: exampleID},
			out: IssuedActivationCode{ActivationCode: code, Value: "7Q2M-9XKD-41PB-W8TN-3C"},
		},
	}
}

func (a *API) replacePassword(ctx context.Context, c *call, in *ReplacePassword) (Authentication, error) {
	o, bad, err := a.Hub.Replace(ctx, c.access.Actor(), in.Authentication, hub.Replacement{Policy: in.Policy, Secret: in.New, Key: c.key})
	out := authenticationOf(o, c.access)
	out.Mistakes = mistakesOf(bad)
	return out, err
}

func (a *API) changePassword(ctx context.Context, c *call, in *ChangePassword) (PasswordChange, error) {
	proven, err := a.Hub.Proven(ctx, c.access.Actor(), in.Authentication)
	if err != nil {
		return PasswordChange{}, err
	}
	got, err := a.Passwords.Change(ctx, c.access.Actor(), hub.OfClient{Proven: proven}, password.Change{
		Customer: proven.Customer, Policy: in.Policy, Current: in.Current, New: in.New,
	})
	out := PasswordChange{Changed: got.Done, Mistakes: mistakesOf(got.Mistakes)}
	if got.Reason != authenticator.Accepted && c.access.Scopes.Has(client.AuthenticationsReason) {
		out.Reason, out.AttemptsLeft = string(got.Reason), new(got.Outlook.Left)
	}
	return out, err
}

func (a *API) judgePassword(ctx context.Context, _ *call, in *JudgePassword) (PasswordJudgement, error) {
	j, err := a.Passwords.Judge(ctx, in.Policy, in.New, in.Words)
	return PasswordJudgement{j.Fit(), j.Score, mistakesOf(j.Mistakes)}, err
}

func (a *API) demandPassword(ctx context.Context, c *call, in *DemandPassword) (nothing, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.Passwords.Demand(ctx, c.access.Actor(), who.ID, in.Reason)
}

func (a *API) resetPassword(ctx context.Context, c *call, in *ResetPassword) (IssuedActivationCode, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return IssuedActivationCode{}, err
	}
	identified, _ := ident.Parse(in.Identification) // one that is none was never recorded
	got, err := a.Desk.Forgotten(ctx, c.access.Actor(), who.ID, registration.Forgotten{
		ID: c.claim, Policy: in.Policy, Identified: identified, Valid: time.Duration(in.ValidSeconds) * time.Second, Split: in.Split,
	})
	return IssuedActivationCode{a.activationCodeOf(got.Code), got.Value, got.Split}, err
}
