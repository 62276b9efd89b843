package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/fault"
)

// CreateCustomer is the request of createCustomer.
type CreateCustomer struct {
	CustomerNumber string       `json:"customer_number" minLength:"1" maxLength:"80" doc:"The bank's number of the customer: letters, digits and the characters . _ / @. Spaces and hyphens are dropped."`
	Name           string       `json:"name,omitempty" maxLength:"140" doc:"For people to recognize; may be left out."`
	Locale         string       `json:"locale,omitempty" maxLength:"35" default:"en" doc:"The language to speak (BCP 47)."`
	Contacts       []NewContact `json:"contacts,omitempty" maxItems:"20" doc:"How to reach the customer."`
}

// NewContact is a way to reach a customer.
type NewContact struct {
	Kind     string `json:"kind" enum:"phone,email,post" doc:"What it is."`
	Value    string `json:"value" minLength:"1" maxLength:"500" doc:"A phone number in international form, an e-mail address, or the lines of a postal address."`
	Verified bool   `json:"verified,omitempty" doc:"The bank vouches that the customer receives what is sent there."`
}

// CustomerRef names a customer.
type CustomerRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
}

// ChangeCustomer is the request of changeCustomer.
type ChangeCustomer struct {
	CustomerNumber string  `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Name           *string `json:"name,omitempty" maxLength:"140" doc:"The new name; empty for none."`
	Locale         *string `json:"locale,omitempty" maxLength:"35" doc:"The new language (BCP 47)."`
	Status         string  `json:"status,omitempty" enum:"active,suspended,closed" doc:"The new status. Closed is for good. It comes alone, with a reason."`
	Reason         string  `json:"reason,omitempty" maxLength:"200" doc:"Why the status changes, for the audit log."`
}

// Customer is a customer of the bank.
type Customer struct {
	ID             string    `json:"id" doc:"Our id, as in the audit log."`
	CustomerNumber string    `json:"customer_number" doc:"The bank's number in normal form."`
	Name           string    `json:"name" doc:"May be empty."`
	Locale         string    `json:"locale" doc:"The language to speak (BCP 47)."`
	Status         string    `json:"status" enum:"active,suspended,closed" doc:"Only active customers register and authenticate."`
	Contacts       []Contact `json:"contacts,omitempty" doc:"How to reach the customer; not in lists."`
	CreatedAt      time.Time `json:"created_at" doc:"When the customer was created here."`
	ChangedAt      time.Time `json:"changed_at" doc:"When the customer was last changed."`
}

// Contact is a way to reach a customer.
type Contact struct {
	ID         string     `json:"id" doc:"Its id."`
	Kind       string     `json:"kind" enum:"phone,email,post" doc:"What it is."`
	Value      string     `json:"value" doc:"Masked, unless the client has the scope contacts:read."`
	VerifiedAt *time.Time `json:"verified_at,omitempty" doc:"Since when it is known that the customer receives what is sent there."`
}

func customerOf(c customer.Customer) Customer {
	return Customer{
		ID: c.ID.String(), CustomerNumber: c.Number, Name: c.Name, Locale: c.Locale, Status: string(c.Status), CreatedAt: c.Created, ChangedAt: c.Changed,
	}
}

func contactOf(c customer.Contact, a client.Access) Contact {
	out := Contact{ID: c.ID.String(), Kind: string(c.Kind), Value: c.Masked()}
	if a.Scopes.Has(client.ContactsRead) {
		out.Value = c.Value
	}
	if !c.Verified.IsZero() {
		out.VerifiedAt = &c.Verified
	}
	return out
}

func (a *API) customerOperations() []operation {
	example := Customer{ID: exampleID, CustomerNumber: "10023", Name: "Kari Nordmann", Locale: "nb", Status: "active", CreatedAt: exampleTime(0), ChangedAt: exampleTime(0)}
	full := example
	full.Contacts = []Contact{{ID: exampleID, Kind: "phone", Value: "+47 ••• 67", VerifiedAt: new(exampleTime(0))}}
	suspended := full
	suspended.Status = "suspended"
	names := map[string]string{"number": "/customer_number"}
	at := func(id, method, rest, summary, text string, scopes client.Scopes) route {
		return route{id: id, method: method, path: "/v1/customers" + rest, tag: tagCustomers, scopes: scopes, summary: summary, text: text}
	}
	return append([]operation{
		act[CreateCustomer, Customer]{
			route:  at("createCustomer", http.MethodPost, "", "Create a customer", "", client.CustomersWrite),
			status: http.StatusCreated, repeats: stored, names: names, do: a.createCustomer,
			in:  CreateCustomer{CustomerNumber: "10023", Name: "Kari Nordmann", Locale: "nb", Contacts: []NewContact{{Kind: "phone", Value: "+47 912 34 567", Verified: true}}},
			out: full,
		},
		act[CustomerRef, Customer]{
			route:  at("getCustomer", http.MethodGet, "/{customer_number}", "Look at a customer", "", client.CustomersRead),
			status: http.StatusOK, do: a.getCustomer, out: full,
		},
		act[ChangeCustomer, Customer]{
			route:  at("changeCustomer", http.MethodPatch, "/{customer_number}", "Change a customer", "Fields that are left out stay as they are. A change of status comes alone. To make a suspended customer active again, the application must have identified them lately (identifyCustomer).", client.CustomersWrite),
			status: http.StatusOK, names: names, do: a.changeCustomer,
			in: ChangeCustomer{Status: "suspended", Reason: "lost the phone and the token"}, out: suspended,
		},
	}, a.holdingOperations(at, example)...)
}

func (a *API) createCustomer(ctx context.Context, c *call, in *CreateCustomer) (Customer, error) {
	n := customer.New{ID: c.claim, Number: in.CustomerNumber, Name: in.Name, Locale: in.Locale}
	for _, k := range in.Contacts {
		n.Contacts = append(n.Contacts, customer.NewContact{Kind: customer.Kind(k.Kind), Value: k.Value, Verified: k.Verified})
	}
	who, err := a.Customers.Create(ctx, c.access.Actor(), n)
	if err != nil {
		return Customer{}, err
	}
	return a.withContacts(ctx, c, who)
}

func (a *API) getCustomer(ctx context.Context, c *call, in *CustomerRef) (Customer, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return Customer{}, err
	}
	return a.withContacts(ctx, c, who)
}

func (a *API) withContacts(ctx context.Context, c *call, who customer.Customer) (Customer, error) {
	out := customerOf(who)
	contacts, err := a.Customers.Contacts(ctx, who.ID)
	for _, k := range contacts {
		out.Contacts = append(out.Contacts, contactOf(k, c.access))
	}
	return out, err
}

func (a *API) changeCustomer(ctx context.Context, c *call, in *ChangeCustomer) (Customer, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return Customer{}, err
	}
	by := c.access.Actor()
	switch {
	case in.Status != "" && (in.Name != nil || in.Locale != nil):
		err = fault.Invalidf("request.status_alone", "Change the status in a request of its own.").WithField("/status")
	case in.Status != "" && in.Reason == "":
		err = fault.Invalidf("request.required", "Say why the status changes.").WithField("/reason")
	case in.Status == string(customer.Suspended):
		err = a.Customers.Suspend(ctx, by, who.ID, in.Reason)
	case in.Status == string(customer.Active):
		err = a.Customers.Activate(ctx, by, who.ID, in.Reason)
	case in.Status == string(customer.Closed):
		err = a.Customers.Close(ctx, by, who.ID, in.Reason)
	default:
		_, err = a.Customers.Update(ctx, by, who.ID, customer.Change{Name: in.Name, Locale: in.Locale})
	}
	if err == nil {
		who, err = a.Customers.Get(ctx, who.ID)
	}
	if err != nil {
		return Customer{}, err
	}
	return a.withContacts(ctx, c, who)
}
