package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/customer"
)

// SearchCustomers is the request of searchCustomers.
type SearchCustomers struct {
	CustomerNumber string `json:"customer_number,omitempty" maxLength:"80" doc:"The number, or its beginning, of three characters or more."`
	Name           string `json:"name,omitempty" maxLength:"140" doc:"The beginning of the name, three characters or more; accents and case do not matter."`
	Phone          string `json:"phone,omitempty" maxLength:"40" doc:"Exactly, in international form."`
	Email          string `json:"email,omitempty" maxLength:"254" doc:"Exactly."`
	Status         string `json:"status,omitempty" enum:"active,suspended,closed" doc:"Only customers of this status."`
	Cursor         string `json:"cursor,omitempty" maxLength:"4096" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit          int    `json:"limit,omitempty" minimum:"1" maximum:"200" default:"50" doc:"Customers on a page."`
}

// Customers is a page of customers.
type Customers struct {
	Customers  []Customer `json:"customers" doc:"Those that meet all criteria."`
	NextCursor string     `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// Devices are the devices of a customer.
type Devices struct {
	Devices []Token `json:"devices" doc:"All devices, oldest first."`
}

// Authenticators are the policies that a customer holds.
type Authenticators struct {
	Authenticators []Authenticator `json:"authenticators" doc:"By policy."`
}

// Authenticator is a policy held by a customer.
type Authenticator struct {
	Policy       string     `json:"policy" doc:"The policy."`
	State        string     `json:"state" enum:"enabled,disabled,blocked,held,expired" doc:"blocked opens by itself at blocked_until; held is opened by the help desk only."`
	Failures     int        `json:"failures" doc:"Wrong proofs in a row."`
	Blocks       int        `json:"blocks" doc:"Blocks in a row."`
	BlockedUntil *time.Time `json:"blocked_until,omitempty" doc:"When a block ends by itself."`
	Successes    int64      `json:"successes" doc:"Right proofs ever."`
	CreatedAt    time.Time  `json:"created_at" doc:"When the customer got it."`
	ExpiresAt    *time.Time `json:"expires_at,omitempty" doc:"When it ends."`
	SucceededAt  *time.Time `json:"succeeded_at,omitempty" doc:"The last right proof."`
	FailedAt     *time.Time `json:"failed_at,omitempty" doc:"The last wrong proof."`
}

// known is nil for the zero time, which means never.
func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func authenticatorOf(x authenticator.Authenticator, now time.Time) Authenticator {
	out := Authenticator{
		Policy: x.Policy, State: string(x.Status), Failures: x.Failures.Count, Blocks: x.Failures.Blocks, Successes: x.Successes, CreatedAt: x.Created,
		ExpiresAt: known(x.Expires), SucceededAt: known(x.Succeeded), FailedAt: known(x.Failed),
	}
	switch {
	case x.Status != authenticator.Enabled:
	case !x.Expires.IsZero() && now.After(x.Expires):
		out.State = "expired"
	case x.Failures.Held():
		out.State = "held"
	case x.Failures.Blocked(now):
		out.State, out.BlockedUntil = "blocked", known(x.Failures.BlockedUntil)
	}
	return out
}

func (a *API) holdingOperations(at func(id, method, rest, summary, text string, scopes client.Scopes) route, example Customer) []operation {
	return []operation{
		act[SearchCustomers, Customers]{
			route:  at("searchCustomers", http.MethodPost, "/search", "Search customers", "Give one criterion at least: there is no list of all customers.", client.CustomersRead),
			status: http.StatusOK, do: a.searchCustomers, names: map[string]string{"number": "/customer_number", "after": "/cursor"},
			in: SearchCustomers{Phone: "+47 912 34 567"}, out: Customers{Customers: []Customer{example}},
		},
		act[CustomerRef, Devices]{
			route:  at("listDevices", http.MethodGet, "/{customer_number}/devices", "List a customer's devices", "", client.CustomersRead),
			status: http.StatusOK, do: a.listDevices, out: Devices{[]Token{exampleToken()}},
		},
		act[CustomerRef, Authenticators]{
			route:  at("listAuthenticators", http.MethodGet, "/{customer_number}/authenticators", "List a customer's authenticators", "The policies that the customer holds, with their failure counters.", client.CustomersRead),
			status: http.StatusOK, do: a.listAuthenticators,
			out: Authenticators{[]Authenticator{{Policy: "secure-code", State: "enabled", Failures: 1, Successes: 42, CreatedAt: exampleTime(0), SucceededAt: new(exampleTime(10)), FailedAt: new(exampleTime(11))}}},
		},
	}
}

func (a *API) searchCustomers(ctx context.Context, _ *call, in *SearchCustomers) (Customers, error) {
	out := Customers{Customers: []Customer{}}
	p, err := a.Customers.Search(ctx, customer.Query{
		Number: in.CustomerNumber, Name: in.Name, Phone: in.Phone, Email: in.Email, Status: customer.Status(in.Status), After: in.Cursor, Limit: in.Limit,
	})
	for _, c := range p.Customers {
		out.Customers = append(out.Customers, customerOf(c))
	}
	out.NextCursor = p.Next
	return out, err
}

func (a *API) listDevices(ctx context.Context, _ *call, in *CustomerRef) (Devices, error) {
	out := Devices{Devices: []Token{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	items, err := a.Tokens.OfCustomer(ctx, who.ID)
	for _, it := range items {
		out.Devices = append(out.Devices, a.tokenOf(it))
	}
	return out, err
}

func (a *API) listAuthenticators(ctx context.Context, _ *call, in *CustomerRef) (Authenticators, error) {
	out := Authenticators{Authenticators: []Authenticator{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Hub.Authenticators(ctx, who.ID)
	for _, x := range all {
		out.Authenticators = append(out.Authenticators, authenticatorOf(x, a.Now()))
	}
	return out, err
}
