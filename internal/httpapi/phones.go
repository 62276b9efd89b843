package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
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
	active := examplePhone()
	removed := active
	removed.State, removed.EndedAt = "removed", new(exampleTime(2))
	why := "asked for too many codes while abroad"
	return append([]operation{
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
	}, a.phoneChangeOperations()...)
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
