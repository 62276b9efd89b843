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

// ListPayments asks for a page of a customer's payments.
type ListPayments struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Cursor         string `json:"-" query:"cursor" maxLength:"64" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit          int    `json:"-" query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Payments on a page."`
}

// RecordedPayments is a page of payments on record.
type RecordedPayments struct {
	Payments   []RecordedPayment `json:"payments" doc:"The newest first; they are kept for three years."`
	NextCursor string            `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// RecordedPayment is a payment on record.
type RecordedPayment struct {
	ID          string    `json:"id" doc:"Its id, for reportFraud."`
	At          time.Time `json:"at" doc:"When it was granted."`
	Exemption   string    `json:"exemption" enum:"strong,own,recurring,trusted,corporate,low-value,risk" doc:"strong: with strong authentication. All else: the exemption."`
	Instrument  string    `json:"instrument" enum:"transfer,card" doc:"What it was made with."`
	Channel     string    `json:"channel" doc:"Where the customer was."`
	Amount      string    `json:"amount" doc:"Of all its orders, in decimal digits."`
	Currency    string    `json:"currency" doc:"ISO 4217."`
	ValueCents  int64     `json:"value_cents,omitempty" doc:"In cents of a euro; not there when the table of rates had no rate."`
	PaymentHash string    `json:"payment_hash" doc:"As startAuthentication answered it."`
	Fraud       bool      `json:"fraud" doc:"Whether it counts as fraud."`
}

// ReportFraud is the request of reportFraud.
type ReportFraud struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Payment        string `json:"-" path:"payment" maxLength:"64" doc:"The payment, by its id on record."`
	LostCents      int64  `json:"lost_cents,omitempty" minimum:"1" maximum:"100000000000000" doc:"How much of it was not authorized, in cents of a euro; what came back counts, too. Left out: all of it."`
}

// PaymentRef names a payment on record.
type PaymentRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Payment        string `json:"-" path:"payment" maxLength:"64" doc:"The payment, by its id on record."`
}

func (a *API) fraudOperations() []operation {
	at := func(id, method, rest, summary, text string) route {
		return route{id: id, method: method, path: "/v1/customers/{customer_number}/payments" + rest, tag: tagExemptions, scopes: client.ExemptionsFraud, summary: summary, text: text, absent: true}
	}
	paid := RecordedPayment{
		ID: exampleID, At: exampleTime(0), Exemption: "low-value", Instrument: "transfer", Channel: "web", Amount: "12.50", Currency: "EUR", ValueCents: 1250,
		PaymentHash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	}
	return []operation{
		act[ListPayments, RecordedPayments]{
			route:  at("listPayments", http.MethodGet, "", "List a customer's payments on record", "Those that were granted while an exemption was on, with a proof or without. Find a payment by its hash."),
			status: http.StatusOK, do: a.listPayments, out: RecordedPayments{Payments: []RecordedPayment{paid}},
		},
		act[ReportFraud, nothing]{
			route:  at("reportFraud", http.MethodPost, "/{payment}/fraud", "Report that a payment was fraud", "It counts in the quarter of the payment, for the fraud rates that low-risk payments depend on. Another report of the same payment replaces the first."),
			status: http.StatusNoContent, repeats: stored, do: a.reportFraud, names: map[string]string{"cents": "/lost_cents"}, in: ReportFraud{LostCents: 1250},
		},
		act[PaymentRef, nothing]{
			route:  at("withdrawFraud", http.MethodDelete, "/{payment}/fraud", "Take a report of fraud back", "Because the payment was authorized after all."),
			status: http.StatusNoContent, do: a.withdrawFraud,
		},
	}
}

func (a *API) listPayments(ctx context.Context, _ *call, in *ListPayments) (RecordedPayments, error) {
	out := RecordedPayments{Payments: []RecordedPayment{}}
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
	if in.Limit == 0 {
		in.Limit = 50
	}
	all, err := a.Exemptions.Payments(ctx, who.ID, before, in.Limit)
	for _, p := range all {
		out.Payments = append(out.Payments, RecordedPayment{
			ID: p.ID.String(), At: p.At, Exemption: string(p.Exemption), Instrument: string(p.Instrument), Channel: p.Channel, Amount: p.Amount.Decimal(),
			Currency: string(p.Amount.Currency), ValueCents: p.Cents, PaymentHash: p.Hash.String(), Fraud: p.Fraud,
		})
	}
	if len(all) == in.Limit {
		out.NextCursor = all[len(all)-1].ID.String()
	}
	return out, err
}

func (a *API) reportFraud(ctx context.Context, c *call, in *ReportFraud) (nothing, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return nothing{}, err
	}
	use, _ := ident.Parse(in.Payment) // one that is none is not on record
	return nothing{}, a.Exemptions.ReportFraud(ctx, c.access.Actor(), exemption.Fraud{Customer: who.ID, Use: use, Cents: in.LostCents})
}

func (a *API) withdrawFraud(ctx context.Context, c *call, in *PaymentRef) (nothing, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return nothing{}, err
	}
	use, _ := ident.Parse(in.Payment)
	found, err := a.Exemptions.WithdrawFraud(ctx, c.access.Actor(), who.ID, use)
	if err == nil && !found {
		err = fault.NotFoundf("exemption.unknown", "No fraud is reported of such a payment.")
	}
	return nothing{}, err
}
