package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
)

// BeginSeries is the request of beginSeries.
type BeginSeries struct {
	CustomerNumber string   `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Authentication string   `json:"authentication" minLength:"1" maxLength:"128" doc:"The customer's newest authentication with two factors, which this client has started: of the first payment of the series, or of the purpose self-service. It is good for one change, within the minutes that the policies say."`
	Payment        *Payment `json:"payment,omitempty" doc:"The payment that comes again: one order. Leave it out when the authentication is of this payment."`
}

// AllSeries are the series of a customer.
type AllSeries struct {
	Series []Series `json:"series" doc:"The oldest first, also those that ended."`
}

// Series is a series of payments of one amount to one payee.
type Series struct {
	ID       string     `json:"id" doc:"Its id, for startAuthentication."`
	Payee    Payee      `json:"payee" doc:"Who receives the money."`
	Amount   string     `json:"amount" doc:"The amount of each payment, in decimal digits."`
	Currency string     `json:"currency" doc:"ISO 4217."`
	Payments int        `json:"payments" doc:"How many payments had no proof because of it."`
	BegunAt  time.Time  `json:"begun_at" doc:"When it was begun, with its first payment."`
	LastAt   time.Time  `json:"last_at" doc:"The newest payment. The next one has its turn when the time between two, which the policies say, has passed."`
	EndedAt  *time.Time `json:"ended_at,omitempty" doc:"When it was ended, for good; not there while it goes on."`
}

// SeriesRef names a series of a customer.
type SeriesRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Series         string `json:"-" path:"series" maxLength:"64" doc:"The series."`
}

func seriesOf(s exemption.Series) Series {
	return Series{
		ID: s.ID.String(), Payee: payeeOf(s.Account, s.Name), Amount: s.Amount.Decimal(), Currency: string(s.Amount.Currency), Payments: s.Payments,
		BegunAt: s.Begun, LastAt: s.Last, EndedAt: known(s.Ended),
	}
}

func (a *API) seriesOperations() []operation {
	at := func(id, method, rest, summary, text string) route {
		return route{id: id, method: method, path: "/v1/customers/{customer_number}/series" + rest, tag: tagExemptions, scopes: client.ExemptionsLists, summary: summary, text: text, absent: true}
	}
	rent := Series{ID: exampleID, Payee: Payee{"iban", "NO9386011117947", "Kari Nordmann"}, Amount: "900.00", Currency: "EUR", BegunAt: exampleTime(0), LastAt: exampleTime(0)}
	ended := rent
	ended.EndedAt = new(exampleTime(30))
	return []operation{
		act[CustomerRef, AllSeries]{
			route: at("listSeries", http.MethodGet, "", "List the series of a customer", ""), status: http.StatusOK, do: a.listSeries, out: AllSeries{[]Series{rent}},
		},
		act[BeginSeries, Series]{
			route:  at("beginSeries", http.MethodPost, "", "Begin a series of payments", "Where the policies exempt them, the next payments of the same amount to the same payee need no proof. Another amount or payee is another series. It needs strong authentication of the customer, a new one for each: otherwise that is 403, exemption.warrant. With an Idempotency-Key the same answer can be had again for a day."),
			status: http.StatusCreated, repeats: stored, do: a.beginSeries, names: map[string]string{"payee/account": "/payment/orders/0/payee/account"}, in: BeginSeries{Authentication: exampleHandle}, out: rent,
		},
		act[SeriesRef, Series]{
			route:  at("endSeries", http.MethodPost, "/{series}/end", "End a series", "It needs no proof, because nothing becomes easier by it. One that ended stays as it is."),
			status: http.StatusOK, do: a.endSeries, out: ended,
		},
	}
}

func (a *API) listSeries(ctx context.Context, _ *call, in *CustomerRef) (AllSeries, error) {
	out := AllSeries{Series: []Series{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Exemptions.AllSeries(ctx, who.ID)
	for _, s := range all {
		out.Series = append(out.Series, seriesOf(s))
	}
	return out, err
}

func (a *API) beginSeries(ctx context.Context, c *call, in *BeginSeries) (Series, error) {
	first, err := in.Payment.read()
	if err != nil {
		return Series{}, err
	}
	customer, w, err := a.warrant(ctx, c, in.CustomerNumber, in.Authentication)
	if err != nil {
		return Series{}, err
	}
	if in.Payment == nil {
		first = w.Payment
	}
	s, err := a.Exemptions.BeginSeries(ctx, c.access.Actor(), customer, w, first)
	return seriesOf(s), err
}

func (a *API) endSeries(ctx context.Context, c *call, in *SeriesRef) (Series, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return Series{}, err
	}
	id, _ := ident.Parse(in.Series) // one that is none was never begun
	if _, err := a.Exemptions.EndSeries(ctx, c.access.Actor(), who.ID, id); err != nil {
		return Series{}, err
	}
	all, err := a.Exemptions.AllSeries(ctx, who.ID)
	for _, s := range all {
		if s.ID == id {
			return seriesOf(s), nil
		}
	}
	if err == nil {
		err = fault.NotFoundf("exemption.unknown", "The customer has no such series.")
	}
	return Series{}, err
}
