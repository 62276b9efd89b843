package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/payment"
)

// InteractionPatterns are what was learned of a customer.
type InteractionPatterns struct {
	Mode     string               `json:"mode" enum:"off,shadow,on" doc:"off: nothing is judged. shadow: requests are judged, and nothing depends on it. on: decisions count."`
	Patterns []InteractionPattern `json:"patterns" doc:"One for each device of the customer that reported, by their numbers."`
}

// InteractionPattern is what was learned by one device that reports.
type InteractionPattern struct {
	Companion string     `json:"companion" doc:"The id of the device that reports."`
	Number    int        `json:"number" doc:"Its short number."`
	Days      int        `json:"days" minimum:"0" maximum:"64" doc:"On how many of the last 64 days it looked around."`
	Thin      bool       `json:"thin" doc:"These are too few days to judge by."`
	From      string     `json:"from,omitempty" doc:"The first civil day that was learned; not there before one was."`
	To        string     `json:"to,omitempty" doc:"The last one."`
	DueAt     *time.Time `json:"due_at,omitempty" doc:"When more is learned of what it reported; not there when nothing waits."`
}

// Restrictions are those of what is allowed within limits.
type Restrictions struct {
	Amount          string   `json:"amount" doc:"The most that one payment may be worth, in decimal digits."`
	Daily           string   `json:"daily" doc:"The most that all payments under restrictions of a civil day may be worth."`
	Currency        string   `json:"currency" doc:"ISO 4217: of both; payments in other currencies are over the restrictions."`
	Categories      []string `json:"categories,omitempty" doc:"The merchant categories that are allowed; not there for all."`
	ContactlessOnly bool     `json:"contactless_only,omitempty" doc:"Whether cards may be used contactless only."`
}

// restrictionsOf are those of a decision; nil where it has none.
func (a *API) restrictionsOf(x *interaction.Details) *Restrictions {
	if x.Limits == nil {
		return nil
	}
	c := payment.Currency(cmp.Or(x.LimitsIn, a.Policies.Active().Interaction.Restrictions.Currency))
	in := func(minor int64) string { return payment.Amount{Minor: minor, Currency: c}.Decimal() }
	return &Restrictions{Amount: in(x.Limits.Amount), Daily: in(x.Limits.Daily), Currency: string(c), Categories: x.Limits.Categories, ContactlessOnly: x.Limits.ContactlessOnly}
}

func exampleRestrictions() *Restrictions {
	return &Restrictions{Amount: "50.00", Daily: "150.00", Currency: "EUR"}
}

// interactionRoute is the route of an operation on what the devices of one customer say.
func interactionRoute(id, method, rest, summary, text string, scopes client.Scopes) route {
	return route{id: id, method: method, path: "/v1/customers/{customer_number}/interactions" + rest, tag: tagInteractions, scopes: scopes, summary: summary, text: text}
}

func (a *API) interactionOperations() []operation {
	return slices.Concat([]operation{
		act[CustomerRef, InteractionPatterns]{
			route:  interactionRoute("listInteractionPatterns", http.MethodGet, "", "List what was learned of a customer's devices", "One line for each device that reports. getInteractionPattern has what is in them.", client.InteractionsRead),
			status: http.StatusOK, do: a.listPatterns,
			out: InteractionPatterns{"on", []InteractionPattern{{Companion: exampleID, Number: 1, Days: 23, From: "2026-10-05", To: "2026-11-01", DueAt: new(exampleTime(20))}}},
		},
	}, a.patternOperations(), a.decisionOperations(), a.wishOperations(), a.journeyOperations())
}

func (a *API) listPatterns(ctx context.Context, _ *call, in *CustomerRef) (InteractionPatterns, error) {
	out := InteractionPatterns{a.Policies.Active().Interaction.Mode, []InteractionPattern{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Interactions.Overviews(ctx, who.ID)
	for _, o := range all {
		out.Patterns = append(out.Patterns, overviewOf(o))
	}
	return out, err
}

func overviewOf(o interaction.Overview) InteractionPattern {
	x := InteractionPattern{Companion: o.Primary.ID.String(), Number: o.Primary.Number, Days: o.Days, Thin: o.Thin, DueAt: known(o.Due)}
	if !o.From.IsZero() {
		x.From, x.To = o.From.Format(time.DateOnly), o.To.Format(time.DateOnly)
	}
	return x
}

// restricted says what a granted authentication is held to by the devices of its customer.
func (a *API) restricted(ctx context.Context, out Authentication, o hub.Outcome) (Authentication, error) {
	if o.State != hub.Granted || o.Event.IsZero() || o.Customer.IsZero() {
		return out, nil
	}
	e, err := a.Risk.Find(ctx, o.Customer, o.Event)
	x := e.Facts.Interaction
	switch {
	case fault.Is(err, "risk.unknown"): // deleted since
		return out, nil
	case err != nil || x.Shadow || x.Outcome != string(judge.Limited):
		return out, err
	}
	id, err := ident.Parse(x.Decision)
	if err != nil {
		return out, err
	}
	d, err := a.Interactions.Decision(ctx, o.Customer, id)
	out.Restrictions = a.restrictionsOf(&d.Details)
	return out, err
}
