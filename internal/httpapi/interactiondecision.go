package httpapi

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// InteractionDecision is a request that was judged by the devices of a customer.
type InteractionDecision struct {
	ID            string            `json:"id" doc:"Its id."`
	Companion     string            `json:"companion" doc:"The id of the device by whose reports it was judged."`
	Reference     string            `json:"reference" doc:"What was judged: risk: and the id of an event of the risk engine, or what assessInteractions was given."`
	Mode          string            `json:"mode" enum:"shadow,on" doc:"shadow: nothing may depend on it."`
	Outcome       string            `json:"outcome" enum:"allow,limited,step_up,deny" doc:"What is to be done. It is never a factor: allow says that devices give no reason to ask for more."`
	Zone          string            `json:"zone" enum:"allow,limited,step_up,deny,thin" doc:"What the sum alone says; thin: too little is known."`
	Sum           int               `json:"sum" doc:"Thousandths of a natural log-odds for the customer: above zero speaks for them."`
	Thresholds    Thresholds        `json:"thresholds" doc:"In force then, in the unit of the sum."`
	Confidence    int               `json:"confidence" minimum:"0" maximum:"100" doc:"How much of the judgment the pattern carries, in percent."`
	Terms         []InteractionTerm `json:"terms" doc:"What the sum is made of."`
	Restrictions  *Restrictions     `json:"restrictions,omitempty" doc:"Of what is limited: hold the customer to them."`
	Over          string            `json:"over,omitempty" enum:"amount,daily,category,contactless" doc:"The restriction because of which more is asked for."`
	Kind          string            `json:"kind" enum:"transaction,account,service" doc:"What was asked for: a payment, a look at an account, a service."`
	AmountMinor   int64             `json:"amount_minor,omitempty" doc:"What it was worth, in minor units of its currency."`
	Currency      string            `json:"currency,omitempty" doc:"Of the amount; not there for several."`
	Category      string            `json:"category,omitempty" doc:"The merchant category."`
	Place         string            `json:"place,omitempty" doc:"Where the device was: a cell of some nine kilometers, as a token of S2."`
	AccessDevice  string            `json:"access_device,omitempty" enum:"pos,ecr,reader,atm,kiosk,gate,phone,pda,pc,tablet,set_top_box,vcr,site" doc:"What kind of device the request was made at."`
	SpentMinor    int64             `json:"spent_minor,omitempty" doc:"What it took of the day's sum under restrictions."`
	PolicyVersion int64             `json:"policy_version" doc:"The version of the policies that decided."`
	DeniedAt      *time.Time        `json:"denied_at,omitempty" doc:"When the customer said that the request was not theirs."`
	CreatedAt     time.Time         `json:"created_at" doc:"When it was judged."`
}

// Thresholds are the sums from which on an outcome is had.
type Thresholds struct {
	Allow int `json:"allow" doc:"From here on: allow."`
	Limit int `json:"limit" doc:"From here on: limited."`
	Deny  int `json:"deny" doc:"Below: deny. In between: step_up."`
}

// InteractionTerm is one piece of evidence.
type InteractionTerm struct {
	Code   string `json:"code" doc:"What it is: stable and never reworded."`
	Weight int    `json:"weight" doc:"Thousandths of a natural log-odds; above zero it speaks against the customer, as in all of the risk engine."`
	Number int    `json:"number,omitempty" doc:"The short number of the device that it is about; not there for none."`
}

// ListInteractionDecisions is the request of listInteractionDecisions.
type ListInteractionDecisions struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Cursor         string `json:"-" query:"cursor" maxLength:"64" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit          int    `json:"-" query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Decisions on a page."`
}

// InteractionDecisions is a page of decisions.
type InteractionDecisions struct {
	Decisions  []InteractionDecision `json:"decisions" doc:"The newest first; they are kept for thirteen months."`
	NextCursor string                `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// InteractionDecisionRef names a decision.
type InteractionDecisionRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the decision."`
}

func (a *API) decisionOf(x *interaction.Decision) InteractionDecision {
	d := &x.Details
	out := InteractionDecision{
		ID: x.ID.String(), Companion: x.Primary.String(), Reference: x.Reference, Mode: x.Mode, Outcome: string(x.Outcome), Zone: string(x.Zone), Sum: thousandths(x.Sum),
		Thresholds: Thresholds{thousandths(d.Allow), thousandths(d.Limit), thousandths(d.Deny)}, Confidence: percent(d.Confidence), Terms: []InteractionTerm{},
		Over: d.Over, Kind: kindOf(d.Kind), AmountMinor: d.Amount, Currency: d.Currency, Category: d.Category, Place: d.Place, AccessDevice: string(d.Access), SpentMinor: x.Spent,
		PolicyVersion: d.Policies, DeniedAt: known(x.Denied), CreatedAt: x.Created,
	}
	if x.Outcome == judge.Limited {
		out.Restrictions = a.restrictionsOf(d)
	}
	for _, t := range d.Terms {
		out.Terms = append(out.Terms, InteractionTerm{t.Code, t.Weight, int(t.Device)})
	}
	return out
}

func thousandths(x float64) int { return int(math.Round(1000 * x)) }

func kindOf(k judge.Kind) string {
	return map[judge.Kind]string{judge.Transaction: "transaction", judge.Account: "account", judge.Service: "service"}[k]
}

func exampleDecision() InteractionDecision {
	return InteractionDecision{
		ID: exampleID, Companion: exampleID, Reference: "authorization 4711", Mode: "on", Outcome: "limited", Zone: "limited", Sum: 350, Thresholds: Thresholds{2000, -900, -5000}, Confidence: 71,
		Terms: []InteractionTerm{{"presence.home", -900, 2}, {"absence.body", 800, 3}, {"place.known", -250, 0}}, Restrictions: exampleRestrictions(),
		Kind: "transaction", AmountMinor: 1250, Currency: "EUR", Place: "47a851", AccessDevice: "pos", SpentMinor: 1250, PolicyVersion: 4, CreatedAt: exampleTime(0),
	}
}

func (a *API) decisionOperations() []operation {
	denied := exampleDecision()
	denied.DeniedAt = new(exampleTime(7))
	return []operation{
		act[ListInteractionDecisions, InteractionDecisions]{
			route:  interactionRoute("listInteractionDecisions", http.MethodGet, "/decisions", "List what was judged by a customer's devices", "", client.InteractionsRead),
			status: http.StatusOK, do: a.listDecisions, out: InteractionDecisions{Decisions: []InteractionDecision{exampleDecision()}},
		},
		act[InteractionDecisionRef, InteractionDecision]{
			route:  interactionRoute("getInteractionDecision", http.MethodGet, "/decisions/{id}", "Read a decision", "With every term of its sum.", client.InteractionsRead),
			status: http.StatusOK, do: a.getDecision, out: exampleDecision(),
		},
		a.assessOperation(),
		act[InteractionDecisionRef, InteractionDecision]{
			route:  interactionRoute("disownInteraction", http.MethodPost, "/decisions/{id}/disown", "Take down that a request was not the customer's", "What was reported half a day around it is not learned, and unlearned where it was. It needs no proof, as it takes trust away; said again it changes nothing.", client.InteractionsWrite),
			status: http.StatusOK, repeats: stored, do: a.disownInteraction, out: denied,
		},
	}
}

func (a *API) listDecisions(ctx context.Context, _ *call, in *ListInteractionDecisions) (InteractionDecisions, error) {
	out := InteractionDecisions{Decisions: []InteractionDecision{}}
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
	all, err := a.Interactions.Decisions(ctx, who.ID, before, limit)
	for i := range all {
		out.Decisions = append(out.Decisions, a.decisionOf(&all[i]))
	}
	if len(all) == limit {
		out.NextCursor = all[limit-1].ID.String()
	}
	return out, err
}

// decisionAt finds whose decision is meant, and which; whether there is one is found out later.
func (a *API) decisionAt(ctx context.Context, in *InteractionDecisionRef) (customer, id ident.ID, err error) {
	if id, err = ident.Parse(in.ID); err != nil {
		return customer, id, fault.NotFoundf("interaction.decision", "There is no such decision about this customer.").WithCause(err)
	}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	return who.ID, id, err
}

func (a *API) getDecision(ctx context.Context, _ *call, in *InteractionDecisionRef) (InteractionDecision, error) {
	customer, id, err := a.decisionAt(ctx, in)
	if err != nil {
		return InteractionDecision{}, err
	}
	x, err := a.Interactions.Decision(ctx, customer, id)
	return a.decisionOf(&x), err
}

func (a *API) disownInteraction(ctx context.Context, c *call, in *InteractionDecisionRef) (InteractionDecision, error) {
	customer, id, err := a.decisionAt(ctx, in)
	if err != nil {
		return InteractionDecision{}, err
	}
	x, err := a.Interactions.Disown(ctx, c.access.Actor(), customer, id)
	return a.decisionOf(&x), err
}
