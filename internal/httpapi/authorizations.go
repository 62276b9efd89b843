package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/issuing"
)

// PaymentAuthorization is a decision on a payment with a token.
type PaymentAuthorization struct {
	ID           string    `json:"id" doc:"Our id, as in the audit log."`
	PaymentToken string    `json:"payment_token" doc:"The id of the token."`
	Last4        string    `json:"last4,omitempty" doc:"The last four digits of the token."`
	CardLast4    string    `json:"card_last4,omitempty" doc:"The last four digits of the card behind it."`
	Outcome      string    `json:"outcome" enum:"approve,partial,refer,step_up,decline" doc:"partial: approved for less. refer: the merchant calls. step_up: another authentication of the customer is needed."`
	Reason       string    `json:"reason,omitempty" enum:"expired,suspended,standing,device,cryptogram,counter,worn,pattern,restriction,risk,reversed" doc:"What spoke against it, first in the order of the list in the guide. Of an advice, what speaks against what was decided elsewhere."`
	Detail       string    `json:"detail,omitempty" doc:"More of the reason, such as what a key is worn by."`
	Advice       bool      `json:"advice,omitempty" doc:"It was decided elsewhere, and told afterwards."`
	Amount       string    `json:"amount" doc:"What was asked for, in decimal digits."`
	Approved     string    `json:"approved" doc:"What was approved."`
	Returned     string    `json:"returned" doc:"What reversals took back."`
	Currency     string    `json:"currency" doc:"ISO 4217, of all three."`
	Code         string    `json:"code,omitempty" doc:"The authorization code of an approval."`
	Path         string    `json:"path" enum:"direct,merchant,network" doc:"How it reached us: from the access device, through a merchant's computer, or through a network."`
	Merchant     Merchant  `json:"merchant" doc:"Who is paid."`
	Counter      int       `json:"counter" doc:"The transaction counter."`
	Interaction  string    `json:"interaction_decision,omitempty" doc:"The id of what the customer's devices said of it (getInteractionDecision)."`
	RiskEvent    string    `json:"risk_event,omitempty" doc:"The id of what the risk engine said of it (getRiskEvent)."`
	AuthorizedAt time.Time `json:"authorized_at" doc:"When it was decided."`
}

// Merchant is who is paid, and where, as the request said.
type Merchant struct {
	ID       string `json:"id,omitempty" doc:"Of the merchant at its acquirer."`
	Name     string `json:"name,omitempty" doc:"Name and place."`
	Category string `json:"category,omitempty" doc:"The merchant category, four digits."`
	Country  string `json:"country,omitempty" doc:"ISO 3166, three digits."`
	Terminal string `json:"terminal,omitempty" doc:"Of the merchant."`
}

// ListAuthorizations is the request of listAuthorizations.
type ListAuthorizations struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Cursor         string `json:"-" query:"cursor" maxLength:"64" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit          int    `json:"-" query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Authorizations on a page."`
}

// Authorizations is a page of authorizations.
type Authorizations struct {
	Authorizations []PaymentAuthorization `json:"authorizations" doc:"The newest first."`
	NextCursor     string                 `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// AuthorizationRef names an authorization.
type AuthorizationRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the authorization."`
}

func authorizationOf(x *issuing.Authorization) PaymentAuthorization {
	m := &x.Merchant
	out := PaymentAuthorization{
		ID: x.ID.String(), PaymentToken: x.Token.String(), Last4: x.Last4, CardLast4: x.Card, Outcome: string(x.Outcome), Reason: string(x.Reason), Detail: x.Detail, Advice: x.Advice,
		Amount: minor(x.Amount, x.Currency), Approved: minor(x.Approved, x.Currency), Returned: minor(x.Returned, x.Currency), Currency: x.Currency, Code: x.Code, Path: string(x.Path),
		Merchant: Merchant{m.ID, m.Name, m.Category, m.Country, m.Terminal}, Counter: x.Counter, AuthorizedAt: x.Created,
	}
	if !x.Judged.IsZero() {
		out.Interaction = x.Judged.String()
	}
	if !x.Risk.IsZero() {
		out.RiskEvent = x.Risk.String()
	}
	return out
}

func (a *API) authorizationOperations() []operation {
	at := func(id, rest, summary, text string) route {
		return route{id: id, method: http.MethodGet, path: "/v1/customers/{customer_number}/authorizations" + rest, tag: tagPayments, scopes: client.PaymentsRead, summary: summary, text: text}
	}
	example := authorizationOf(&issuing.Authorization{
		Decision: issuing.Decision{Outcome: issuing.Approve, Approved: 1250, Currency: "EUR", Code: "204816", Created: exampleTime(4)}, Amount: 1250, Path: issuing.Network, Counter: 7, Last4: "8812", Card: "1237",
		Merchant: issuing.Merchant{ID: "SHOP", Name: "Corner shop", Category: "5411", Country: "276", Terminal: "T1"},
	})
	example.ID, example.PaymentToken, example.Interaction = exampleID, exampleID, exampleID
	return []operation{
		act[ListAuthorizations, Authorizations]{
			route:  at("listAuthorizations", "", "List payments with a customer's tokens", "Approved and refused ones. Reasons are for the bank: never show them to the customer."),
			status: http.StatusOK, do: a.listAuthorizations, out: Authorizations{Authorizations: []PaymentAuthorization{example}},
		},
		act[AuthorizationRef, PaymentAuthorization]{
			route:  at("getAuthorization", "/{id}", "Read what was decided on a payment", ""),
			status: http.StatusOK, do: a.getAuthorization, out: example,
		},
	}
}

func (a *API) listAuthorizations(ctx context.Context, _ *call, in *ListAuthorizations) (Authorizations, error) {
	out := Authorizations{Authorizations: []PaymentAuthorization{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	var before ident.ID
	if in.Cursor != "" {
		if before, err = ident.Parse(in.Cursor); err != nil {
			return out, refuse(http.StatusUnprocessableEntity, "request.cursor", "cursor", "This is not a cursor: send next_cursor as it was.")
		}
	}
	limit := or(in.Limit, 50)
	all, err := a.Issuing.Authorizations(ctx, who.ID, before, limit)
	for i := range all {
		out.Authorizations = append(out.Authorizations, authorizationOf(&all[i]))
	}
	if len(all) == limit {
		out.NextCursor = all[limit-1].ID.String()
	}
	return out, err
}

func (a *API) getAuthorization(ctx context.Context, _ *call, in *AuthorizationRef) (PaymentAuthorization, error) {
	id, err := ident.Parse(in.ID)
	if err != nil {
		return PaymentAuthorization{}, fault.NotFoundf("issuing.unknown", "There is no such authorization of this customer.").WithCause(err)
	}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return PaymentAuthorization{}, err
	}
	x, err := a.Issuing.Authorization(ctx, who.ID, id)
	return authorizationOf(&x), err
}
