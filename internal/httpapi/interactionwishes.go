package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/interaction"
)

// InteractionChoices is what a customer lets the bank keep.
type InteractionChoices struct {
	Learn    bool `json:"learn" doc:"Reports of their devices are taken in, learned and judged by."`
	Activity bool `json:"activity" doc:"So is the one bit of a worn device: that it feels a body."`
	Logs     bool `json:"logs" doc:"So are classes of applications, calls, messages and pages, where the policies ask for them."`
}

// ChangeInteractionChoices is the request of changeInteractionChoices.
type ChangeInteractionChoices struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Authentication string `json:"authentication,omitempty" maxLength:"128" doc:"To allow more: a granted authentication of the purpose self-service that showed two different factors, not older than five minutes. Without it the customer must have been identified lately."`
	Learn          bool   `json:"learn" doc:"Whether anything is learned. false deletes what was learned."`
	Activity       bool   `json:"activity" doc:"Whether the bit of worn devices is used."`
	Logs           bool   `json:"logs" doc:"Whether logs are used."`
}

func choicesOf(c interaction.Choice) InteractionChoices {
	return InteractionChoices{c.Learn, c.Activity, c.Logs}
}

func (a *API) wishOperations() []operation {
	return []operation{
		act[CustomerRef, InteractionChoices]{
			route:  interactionRoute("getInteractionChoices", http.MethodGet, "/choices", "Read what a customer lets the bank keep", "", client.InteractionsRead),
			status: http.StatusOK, do: a.interactionChoices, out: InteractionChoices{Learn: true},
		},
		act[ChangeInteractionChoices, InteractionChoices]{
			route:  interactionRoute("changeInteractionChoices", http.MethodPost, "/choices", "Take down what a customer lets the bank keep", "To allow less needs no proof.", client.InteractionsWrite),
			status: http.StatusOK, repeats: stored, do: a.chooseInteractions, in: ChangeInteractionChoices{Authentication: exampleHandle, Learn: true, Activity: true}, out: InteractionChoices{Learn: true, Activity: true},
		},
		act[CustomerRef, nothing]{
			route:  interactionRoute("forgetInteractions", http.MethodPost, "/forget", "Forget what was learned of a customer", "Deletes patterns and reports. Decisions stay, as they explain what was done.", client.InteractionsWrite),
			status: http.StatusNoContent, repeats: stored, do: a.forgetInteractions,
		},
	}
}

func (a *API) interactionChoices(ctx context.Context, _ *call, in *CustomerRef) (InteractionChoices, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return InteractionChoices{}, err
	}
	c, err := a.Interactions.Chosen(ctx, who.ID)
	return choicesOf(c), err
}

func (a *API) chooseInteractions(ctx context.Context, c *call, in *ChangeInteractionChoices) (InteractionChoices, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return InteractionChoices{}, err
	}
	proof, err := a.shownBy(ctx, c, in.Authentication)
	if err != nil {
		return InteractionChoices{}, err
	}
	chosen := interaction.Choice{Learn: in.Learn, Activity: in.Activity, Logs: in.Logs}
	return choicesOf(chosen), a.Interactions.Choose(ctx, c.access.Actor(), who.ID, proof, chosen)
}

// shownBy is what an authentication of the customer has shown; nil without one.
func (a *API) shownBy(ctx context.Context, c *call, handle string) (interaction.Proof, error) {
	if handle == "" {
		return nil, nil //nolint:nilnil // no proof is no error
	}
	proven, err := a.Hub.Proven(ctx, c.access.Actor(), handle)
	return hub.OfClient{Proven: proven}, err
}

func (a *API) forgetInteractions(ctx context.Context, c *call, in *CustomerRef) (nothing, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.Interactions.Forget(ctx, c.access.Actor(), who.ID)
}
