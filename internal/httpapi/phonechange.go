package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/passcode"
)

// ChangePhone is the request of changePhone.
type ChangePhone struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"A granted authentication of the purpose self-service that showed two different factors, not older than five minutes."`
	Number         string `json:"number" minLength:"1" maxLength:"100" doc:"The new number, in whatever form it was typed."`
	Source         string `json:"source_address,omitempty" maxLength:"64" doc:"The IP address of the customer, where the application knows it."`
	Hold           bool   `json:"hold,omitempty" doc:"Have staff decide, however long the policies let others wait: for changes that look risky."`
}

// PhoneChange is the answer of changePhone and confirmPhone.
type PhoneChange struct {
	Phone     Phone      `json:"phone" doc:"The new phone."`
	Accepted  bool       `json:"accepted" doc:"Whether the code counted; false when none was submitted."`
	Challenge *Challenge `json:"challenge,omitempty" doc:"The code that was sent to the new number."`
}

// ConfirmPhone is the request of confirmPhone.
type ConfirmPhone struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"The authentication by which the change was asked for."`
	Phone          string `json:"phone" maxLength:"64" doc:"The new phone, as it was answered."`
	Code           string `json:"code" maxLength:"64" doc:"The code that arrived at the new number, as typed."`
}

// AgainPhone is the request of againPhone.
type AgainPhone struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"The authentication by which the change was asked for, or another one of the customer's that this application was granted."`
	Phone          string `json:"phone" maxLength:"64" doc:"The new phone, as it was answered."`
	Source         string `json:"source_address,omitempty" maxLength:"64" doc:"The IP address of the customer, where the application knows it."`
}

// StopPhone is the request of stopPhone.
type StopPhone struct {
	Authentication string `json:"-" path:"authentication" maxLength:"128" doc:"Any authentication of the customer's that this application was granted, such as the login."`
	Phone          string `json:"phone" maxLength:"64" doc:"The new phone: pending or held."`
}

func examplePhone() Phone {
	return Phone{ID: exampleID, Number: "+47 ••• 67", State: "active", CreatedAt: exampleTime(0), VerifiedAt: new(exampleTime(1))}
}

func (a *API) phoneChangeOperations() []operation {
	self := func(id, rest, summary, text string) route {
		return route{id: id, method: http.MethodPost, path: "/v1/authentications/{authentication}/phone" + rest, tag: tagAuthentications, scopes: client.Authentications, summary: summary, text: text}
	}
	pending, held, refused := examplePhone(), examplePhone(), examplePhone()
	pending.State, pending.VerifiedAt = "pending", nil
	held.State, held.HeldUntil = "held", new(exampleTime(24*60))
	refused.State, refused.EndedAt = "refused", new(exampleTime(2))
	sent := &Challenge{Challenge: exampleID, ExpiresAt: exampleTime(5), AgainAt: new(exampleTime(1)), SentTo: "+47 ••• 00"}
	return []operation{
		act[ChangePhone, PhoneChange]{
			route:  self("changePhone", "", "Change the phone number for codes", "For a customer who is logged in to the application. It needs two different factors, and sends a code to the new number; the old one gets a notice when that code came back."),
			status: http.StatusCreated, repeats: stored, do: a.changePhone, in: ChangePhone{Number: "+47 915 00 000"}, out: PhoneChange{Phone: pending, Challenge: sent},
		},
		act[ConfirmPhone, PhoneChange]{
			route:  self("confirmPhone", "/confirm", "Confirm a new phone number", "A wrong code is an answer, and counts as a failure. After a right one the number is held, or active, as the policies say."),
			status: http.StatusOK, repeats: stored, do: a.confirmPhone, in: ConfirmPhone{Phone: exampleID, Code: "123456"}, out: PhoneChange{Phone: held, Accepted: true},
		},
		act[AgainPhone, PhoneChange]{
			route:  self("againPhone", "/again", "Send another code to a new phone number", "Once it is time for one (again_at of the last answer); before that the answer is the same and nothing is sent. The last code is the only one that counts. A phone that is not pending any more is a conflict."),
			status: http.StatusCreated, repeats: stored, do: a.againPhone, in: AgainPhone{Phone: exampleID}, out: PhoneChange{Phone: pending, Challenge: sent},
		},
		act[StopPhone, Phone]{
			route:  self("stopPhone", "/stop", "Give up a change of the phone number", "For a customer who does not want it after all, or who got a notice that they did not expect: codes go on to the number until now. It needs no fresh proof, because it opens nothing. A phone that is neither pending nor held is a conflict."),
			status: http.StatusOK, repeats: stored, do: a.stopPhone, in: StopPhone{Phone: exampleID}, out: refused,
		},
	}
}

func (a *API) changePhone(ctx context.Context, c *call, in *ChangePhone) (PhoneChange, error) {
	proven, err := a.Hub.Proven(ctx, c.access.Actor(), in.Authentication)
	if err != nil {
		return PhoneChange{}, err
	}
	x, ch, err := a.Phones.Change(ctx, c.access.Actor(), hub.OfClient{Proven: proven}, a.Policies.Active(), passcode.Change{
		Customer: proven.Customer, Number: in.Number, Source: in.Source, Staff: in.Hold,
	})
	return PhoneChange{Phone: phoneOf(x), Challenge: new(challengeOf(ch, c.access))}, err
}

// customersPhone reads which phone of which customer a request is about.
func (a *API) customersPhone(ctx context.Context, c *call, authentication, phone string) (customerID, id ident.ID, err error) {
	proven, err := a.Hub.Proven(ctx, c.access.Actor(), authentication)
	if err != nil {
		return customerID, id, err
	}
	if id, err = ident.Parse(phone); err != nil {
		err = fault.Invalidf("request.id", "This is not the id of a phone: it was answered by changePhone.").WithField("/phone").WithCause(err)
	}
	return proven.Customer, id, err
}

func (a *API) confirmPhone(ctx context.Context, c *call, in *ConfirmPhone) (PhoneChange, error) {
	who, id, err := a.customersPhone(ctx, c, in.Authentication, in.Phone)
	if err != nil {
		return PhoneChange{}, err
	}
	x, accepted, err := a.Phones.Confirm(ctx, c.access.Actor(), a.Policies.Active(), who, id, in.Code)
	return PhoneChange{Phone: phoneOf(x), Accepted: accepted}, err
}

func (a *API) againPhone(ctx context.Context, c *call, in *AgainPhone) (PhoneChange, error) {
	who, id, err := a.customersPhone(ctx, c, in.Authentication, in.Phone)
	if err != nil {
		return PhoneChange{}, err
	}
	ch, err := a.Phones.Again(ctx, c.access.Actor(), a.Policies.Active(), who, id, in.Source)
	if err != nil {
		return PhoneChange{}, err
	}
	x, err := a.phoneNow(ctx, who, id)
	return PhoneChange{Phone: x, Challenge: new(challengeOf(ch, c.access))}, err
}

func (a *API) stopPhone(ctx context.Context, c *call, in *StopPhone) (Phone, error) {
	who, id, err := a.customersPhone(ctx, c, in.Authentication, in.Phone)
	if err != nil {
		return Phone{}, err
	}
	if err := a.Phones.GiveUp(ctx, c.access.Actor(), who, id); err != nil {
		return Phone{}, err
	}
	return a.phoneNow(ctx, who, id)
}

// phoneNow is a customer's phone as it is.
func (a *API) phoneNow(ctx context.Context, customerID, id ident.ID) (Phone, error) {
	all, err := a.Phones.Phones(ctx, customerID)
	for _, x := range all {
		if x.ID == id {
			return phoneOf(x), err
		}
	}
	return Phone{}, err
}
