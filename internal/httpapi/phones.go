package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/passcode"
)

// Phones are the phones of a customer.
type Phones struct {
	Phones []Phone `json:"phones" doc:"The newest first."`
}

// Phone is a phone that codes by text message go to, went to, or may go to.
type Phone struct {
	ID         string     `json:"id" doc:"Its id."`
	Number     string     `json:"number,omitempty" doc:"The number, masked; not there when it was removed from the customer's contacts."`
	State      string     `json:"state" enum:"pending,held,active,replaced,removed,refused" doc:"pending: a code was sent to it. held: the code came back, and it waits. active: codes go to it. replaced: another one is active. removed: staff unregistered it. refused: it never became active."`
	Requests   int        `json:"requests" doc:"Codes that were asked for since the last right one."`
	Limited    bool       `json:"limited" doc:"Too many were asked for: none is sent before the phone was unregistered and registered anew."`
	CreatedAt  time.Time  `json:"created_at" doc:"When it was named."`
	HeldUntil  *time.Time `json:"held_until,omitempty" doc:"When a held one becomes active by itself; not there when somebody must decide."`
	VerifiedAt *time.Time `json:"verified_at,omitempty" doc:"When it was shown that the customer receives what is sent to it."`
	EndedAt    *time.Time `json:"ended_at,omitempty" doc:"When it was replaced, removed or refused."`
}

// RegisterPhone is the request of registerPhone.
type RegisterPhone struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Number         string `json:"number" minLength:"1" maxLength:"100" doc:"One of the customer's contacts, which is verified."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for the audit log."`
}

// UnregisterPhone is the request of unregisterPhone.
type UnregisterPhone struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for the audit log."`
}

// DecidePhone is the request of decidePhone.
type DecidePhone struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Phone          string `json:"-" path:"phone" maxLength:"64" doc:"The phone that is held."`
	Allow          bool   `json:"allow" doc:"Whether codes go to it from now on; otherwise it is refused."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for the audit log."`
}

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

func phoneOf(x passcode.Phone) Phone {
	out := Phone{
		ID: x.ID.String(), Number: x.Number, State: string(x.Status), Requests: x.Requests.Count, Limited: x.Requests.Held(),
		CreatedAt: x.Created, VerifiedAt: known(x.Verified), EndedAt: known(x.Ended),
	}
	if x.Status == passcode.Held && !x.Forever() {
		out.HeldUntil = known(x.Until)
	}
	return out
}

func (a *API) phoneOperations() []operation {
	at := func(id, method, rest, summary, text string, scopes client.Scopes) route {
		return route{id: id, method: method, path: "/v1/customers/{customer_number}/phones" + rest, tag: tagCustomers, scopes: scopes, summary: summary, text: text}
	}
	self := func(id, rest, summary, text string) route {
		return route{id: id, method: http.MethodPost, path: "/v1/authentications/{authentication}/phone" + rest, tag: tagAuthentications, scopes: client.Authentications, summary: summary, text: text}
	}
	active := Phone{ID: exampleID, Number: "+47 ••• 67", State: "active", CreatedAt: exampleTime(0), VerifiedAt: new(exampleTime(1))}
	removed, pending, held := active, active, active
	removed.State, removed.EndedAt = "removed", new(exampleTime(2))
	pending.State, pending.VerifiedAt = "pending", nil
	held.State, held.HeldUntil = "held", new(exampleTime(24*60))
	why := "asked for too many codes while abroad"
	return []operation{
		act[CustomerRef, Phones]{
			route:  at("listPhones", http.MethodGet, "", "List a customer's phones", "Those that codes by text message go to, went to, or may go to.", client.CustomersRead),
			status: http.StatusOK, do: a.listPhones, out: Phones{[]Phone{active}},
		},
		act[RegisterPhone, Phone]{
			route:  at("registerPhone", http.MethodPost, "", "Register a phone for codes", "Codes by text message go to one of the customer's verified numbers; what was asked for before does not count any more. It needs an identification of the customer (identifyCustomer). Where a phone is registered already that is a conflict.", client.AuthenticatorsWrite),
			status: http.StatusCreated, repeats: stored, do: a.registerPhone, in: RegisterPhone{Number: "+47 912 34 567", Identification: exampleID, Reason: why}, out: active,
		},
		act[UnregisterPhone, Phone]{
			route:  at("unregisterPhone", http.MethodPost, "/unregister", "Unregister a phone", "No codes are sent any more, and those that were are dead. With registerPhone it opens the limit on codes that were asked for; failure counters stay. It needs an identification of the customer (identifyCustomer).", client.AuthenticatorsWrite),
			status: http.StatusOK, repeats: stored, do: a.unregisterPhone, in: UnregisterPhone{Identification: exampleID, Reason: why}, out: removed,
		},
		act[DecidePhone, Phone]{
			route:  at("decidePhone", http.MethodPost, "/{phone}/decide", "Decide about a held phone", "Ends the hold of a new number. It needs an identification of the customer (identifyCustomer).", client.AuthenticatorsWrite),
			status: http.StatusOK, repeats: stored, do: a.decidePhone, in: DecidePhone{Allow: true, Identification: exampleID, Reason: "called back on the old number"}, out: active,
		},
		act[ChangePhone, PhoneChange]{
			route:  self("changePhone", "", "Change the phone number for codes", "For a customer who is logged in to the application. It needs two different factors, and sends a code to the new number; the old one gets a notice when that code came back."),
			status: http.StatusCreated, do: a.changePhone,
			in: ChangePhone{Number: "+47 915 00 000"}, out: PhoneChange{Phone: pending, Challenge: &Challenge{Challenge: exampleID, ExpiresAt: exampleTime(5), AgainAt: new(exampleTime(1)), SentTo: "+47 ••• 00"}},
		},
		act[ConfirmPhone, PhoneChange]{
			route:  self("confirmPhone", "/confirm", "Confirm a new phone number", "A wrong code is an answer, and counts as a failure. After a right one the number is held, or active, as the policies say."),
			status: http.StatusOK, do: a.confirmPhone, in: ConfirmPhone{Phone: exampleID, Code: "123456"}, out: PhoneChange{Phone: held, Accepted: true},
		},
	}
}

func (a *API) listPhones(ctx context.Context, _ *call, in *CustomerRef) (Phones, error) {
	out := Phones{Phones: []Phone{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Phones.Phones(ctx, who.ID)
	for _, x := range all {
		out.Phones = append(out.Phones, phoneOf(x))
	}
	return out, err
}

// phoneAct is what an application does with a customer's phone on behalf of its staff.
func (a *API) phoneAct(ctx context.Context, number, identification, reason string) (passcode.Act, error) {
	identified, err := identificationID(identification)
	if err != nil {
		return passcode.Act{}, err
	}
	who, err := a.Customers.GetByNumber(ctx, number)
	return passcode.Act{Customer: who.ID, Reason: reason, Identified: identified}, err
}

func (a *API) registerPhone(ctx context.Context, c *call, in *RegisterPhone) (Phone, error) {
	why, err := a.phoneAct(ctx, in.CustomerNumber, in.Identification, in.Reason)
	if err != nil {
		return Phone{}, err
	}
	set := a.Policies.Active()
	n, _ := customer.ReadPhone(in.Number, set.SMS.Region)
	all, err := a.Customers.Contacts(ctx, why.Customer)
	if err != nil {
		return Phone{}, err
	}
	var contact ident.ID
	for _, k := range all {
		if k.Kind == customer.Phone && k.Value == n.E164 {
			contact = k.ID
		}
	}
	x, err := a.Phones.Register(ctx, c.access.Actor(), set, why, contact)
	return phoneOf(x), err
}

func (a *API) unregisterPhone(ctx context.Context, c *call, in *UnregisterPhone) (Phone, error) {
	why, err := a.phoneAct(ctx, in.CustomerNumber, in.Identification, in.Reason)
	if err != nil {
		return Phone{}, err
	}
	x, err := a.Phones.Unregister(ctx, c.access.Actor(), why)
	return phoneOf(x), err
}

func (a *API) decidePhone(ctx context.Context, c *call, in *DecidePhone) (Phone, error) {
	why, err := a.phoneAct(ctx, in.CustomerNumber, in.Identification, in.Reason)
	if err != nil {
		return Phone{}, err
	}
	id, _ := ident.Parse(in.Phone) // one that is none is nobody's
	x, err := a.Phones.Decide(ctx, c.access.Actor(), a.Policies.Active(), why, id, in.Allow)
	return phoneOf(x), err
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

func (a *API) confirmPhone(ctx context.Context, c *call, in *ConfirmPhone) (PhoneChange, error) {
	proven, err := a.Hub.Proven(ctx, c.access.Actor(), in.Authentication)
	if err != nil {
		return PhoneChange{}, err
	}
	id, err := ident.Parse(in.Phone)
	if err != nil {
		return PhoneChange{}, fault.Invalidf("request.id", "This is not the id of a phone: it was answered by changePhone.").WithField("/phone").WithCause(err)
	}
	x, accepted, err := a.Phones.Confirm(ctx, c.access.Actor(), a.Policies.Active(), proven.Customer, id, in.Code)
	return PhoneChange{Phone: phoneOf(x), Accepted: accepted}, err
}
