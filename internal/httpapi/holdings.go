package httpapi

import (
	"context"
	"net/http"

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
