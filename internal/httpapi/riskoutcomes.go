package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
)

// RiskEventQuery names an event that is looked at.
type RiskEventQuery struct {
	Event          string `json:"-" path:"event" maxLength:"64" doc:"The event."`
	CustomerNumber string `json:"-" query:"customer_number" maxLength:"80" doc:"The bank's number of the customer whose event it is."`
}

// RiskEventRef names an event that is changed.
type RiskEventRef struct {
	Event          string `json:"-" path:"event" maxLength:"64" doc:"The event."`
	CustomerNumber string `json:"customer_number" minLength:"1" maxLength:"80" doc:"The bank's number of the customer whose event it is."`
}

// SignRiskEvent is the request of signRiskEvent.
type SignRiskEvent struct {
	Event          string `json:"-" path:"event" maxLength:"64" doc:"The event."`
	CustomerNumber string `json:"customer_number" minLength:"1" maxLength:"80" doc:"The bank's number of the customer whose event it is."`
	Item           string `json:"item" minLength:"1" maxLength:"128" doc:"What it was signed with, such as password, passcode or token."`
	Accepted       bool   `json:"accepted" doc:"Whether the signature was right. A refused one counts as a failure of the customer and leaves the event as it is."`
}

// LabelRiskEvent is the request of labelRiskEvent.
type LabelRiskEvent struct {
	Event          string `json:"-" path:"event" maxLength:"64" doc:"The event."`
	CustomerNumber string `json:"customer_number" minLength:"1" maxLength:"80" doc:"The bank's number of the customer whose event it is."`
	Label          string `json:"label" enum:"fraud,legitimate" doc:"What it was found to be."`
	Note           string `json:"note,omitempty" maxLength:"500" doc:"Why, for the audit log."`
}

// RiskOutcome is how an event stands.
type RiskOutcome struct {
	Event   string `json:"event" doc:"The event."`
	State   string `json:"state" enum:"created,signed,completed,rejected" doc:"Where it is in its life."`
	Learned bool   `json:"learned" doc:"Whether the models have learned from it."`
	Label   string `json:"label,omitempty" enum:"fraud,legitimate" doc:"What people found it to be; not there before they did."`
}

// riskEvent finds whose event is meant, and which. One that is no id is nobody's.
func (a *API) riskEvent(ctx context.Context, number, event string) (customer, id ident.ID, err error) {
	if id, err = ident.Parse(event); err != nil {
		return customer, id, fault.NotFoundf("risk.unknown", "The customer has no such event.").WithCause(err)
	}
	who, err := a.Customers.GetByNumber(ctx, number)
	return who.ID, id, err
}

func outcomeOf(e risk.Event) RiskOutcome {
	return RiskOutcome{Event: e.ID.String(), State: string(e.State), Learned: e.Learned, Label: string(e.Label)}
}

func (a *API) signRiskEvent(ctx context.Context, c *call, in *SignRiskEvent) (RiskOutcome, error) {
	customer, id, err := a.riskEvent(ctx, in.CustomerNumber, in.Event)
	if err != nil {
		return RiskOutcome{}, err
	}
	e, err := a.Risk.Sign(ctx, c.access.Actor(), customer, id, in.Item, in.Accepted)
	return outcomeOf(e), err
}

func (a *API) completeRiskEvent(ctx context.Context, c *call, in *RiskEventRef) (RiskOutcome, error) {
	customer, id, err := a.riskEvent(ctx, in.CustomerNumber, in.Event)
	if err != nil {
		return RiskOutcome{}, err
	}
	e, err := a.Risk.Complete(ctx, c.access.Actor(), customer, id)
	return outcomeOf(e), err
}

func (a *API) rejectRiskEvent(ctx context.Context, c *call, in *RiskEventRef) (RiskOutcome, error) {
	customer, id, err := a.riskEvent(ctx, in.CustomerNumber, in.Event)
	if err != nil {
		return RiskOutcome{}, err
	}
	e, err := a.Risk.Reject(ctx, c.access.Actor(), customer, id)
	return outcomeOf(e), err
}

func (a *API) rejudgeRiskEvent(ctx context.Context, c *call, in *RiskEventRef) (RiskJudgment, error) {
	customer, id, err := a.riskEvent(ctx, in.CustomerNumber, in.Event)
	if err != nil {
		return RiskJudgment{}, err
	}
	got, err := a.Risk.Guard(ctx, riskLimit, func(ctx context.Context) (risk.Assessment, error) {
		return a.Risk.Again(ctx, c.access.Actor(), customer, id)
	})
	return judgmentOf(got), err
}

func (a *API) labelRiskEvent(ctx context.Context, c *call, in *LabelRiskEvent) (RiskOutcome, error) {
	customer, id, err := a.riskEvent(ctx, in.CustomerNumber, in.Event)
	if err != nil {
		return RiskOutcome{}, err
	}
	e, err := a.Risk.Feedback(ctx, c.access.Actor(), customer, id, risk.Label(in.Label), in.Note)
	return outcomeOf(e), err
}

func (a *API) getRiskEvent(ctx context.Context, _ *call, in *RiskEventQuery) (RiskEvent, error) {
	customer, id, err := a.riskEvent(ctx, in.CustomerNumber, in.Event)
	if err != nil {
		return RiskEvent{}, err
	}
	e, err := a.Risk.Find(ctx, customer, id)
	return riskEventOf(e), err
}

func (a *API) riskOutcomeOperations() []operation {
	at := func(id, rest, summary, text string, scopes client.Scopes) route {
		return route{id: id, method: http.MethodPost, path: "/v1/risk/events/{event}" + rest, tag: tagRisk, scopes: scopes, summary: summary, text: text}
	}
	ref := RiskEventRef{CustomerNumber: "10023"}
	read := at("getRiskEvent", "", "Read a judged event", "With every term of its score and every reason.", client.RiskRead)
	read.method = http.MethodGet
	return []operation{
		act[RiskEventQuery, RiskEvent]{
			route: read, status: http.StatusOK, do: a.getRiskEvent,
			out: RiskEvent{
				Event: exampleID, Kind: "session", Reference: "login-7f2a", State: "signed", Decision: "step-up", Score: 310, Scores: RiskScores{287, 112, 96}, Sum: -800,
				Terms:   []RiskTerm{{"base", "base", "", -1300}, {"device.new", "device", "session", 300}, {"network.new", "network", "session", 200}},
				Demands: []RiskDemand{{"probe.missing", "step-up"}}, Reasons: []string{"probe.missing", "device.new", "network.new"}, Tags: []string{"device", "network"},
				Signals: []string{"probe.missing"}, Lists: []string{}, RulesVersion: 4, SignedWith: "passcode", CreatedAt: exampleTime(0), SignedAt: new(exampleTime(1)),
			},
		},
		act[SignRiskEvent, RiskOutcome]{
			route:  at("signRiskEvent", "/sign", "Tell of a signature", "What was to be stepped up must be signed with success before it teaches the models anything.", client.RiskWrite),
			status: http.StatusOK, do: a.signRiskEvent, in: SignRiskEvent{CustomerNumber: "10023", Item: "passcode", Accepted: true},
			out: RiskOutcome{Event: exampleID, State: "signed"},
		},
		act[RiskEventRef, RiskJudgment]{
			route:  at("rejudgeRiskEvent", "/judge", "Have an event judged again", "For the moment after a factor and the one before the end: what the probe has reported since counts, and rules that have come into force. The answer is never more lenient than before.", client.RiskWrite),
			status: http.StatusOK, do: a.rejudgeRiskEvent, in: ref, out: exampleJudgment(),
		},
		act[RiskEventRef, RiskOutcome]{
			route:  at("completeRiskEvent", "/complete", "Tell that an event ended well", "The customer is in, or the payment is made. The models learn from it once, when it was allowed or signed.", client.RiskWrite),
			status: http.StatusOK, do: a.completeRiskEvent, in: ref, out: RiskOutcome{Event: exampleID, State: "completed", Learned: true},
		},
		act[RiskEventRef, RiskOutcome]{
			route:  at("rejectRiskEvent", "/reject", "Tell that an event ended badly", "The bank or the customer stopped it. Nothing is learned but that the customer had a failure.", client.RiskWrite),
			status: http.StatusOK, do: a.rejectRiskEvent, in: ref, out: RiskOutcome{Event: exampleID, State: "rejected"},
		},
		act[LabelRiskEvent, RiskOutcome]{
			route:  at("labelRiskEvent", "/feedback", "Tell what an event was", "A fraud takes out what the event taught, and counts against its payees; a legitimate event that ended well teaches, and a block of a channel that the event caused is lifted.", client.RiskFeedback),
			status: http.StatusOK, do: a.labelRiskEvent, in: LabelRiskEvent{CustomerNumber: "10023", Label: "fraud", Note: "the customer called"},
			out: RiskOutcome{Event: exampleID, State: "completed", Label: "fraud"},
		},
	}
}
