package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/policy"
)

// ActivePolicies is the set of policies in force.
type ActivePolicies struct {
	Version  int64           `json:"version" doc:"The number of the version; 0 is the one that came with the program."`
	Document json.RawMessage `json:"document" doc:"The whole document: policies, journeys, models and registration. Lengths of time are texts such as 15m0s."`
	YAML     string          `json:"yaml" doc:"The same as text, in the form in which new versions are proposed."`
}

func (a *API) policyOperations() []operation {
	example, err := policiesOf(policy.Version0())
	if err != nil {
		panic("httpapi: " + err.Error())
	}
	return append([]operation{
		act[nothing, ActivePolicies]{
			route: route{
				id: "getActivePolicies", method: http.MethodGet, path: "/v1/policies/active", tag: tagPolicies, scopes: client.PoliciesRead,
				summary: "Read the policies in force", text: "As this node knows them; a new version is in force everywhere within a second.",
			},
			status: http.StatusOK, out: example,
			do: func(context.Context, *call, *nothing) (ActivePolicies, error) { return policiesOf(a.Policies.Active()) },
		},
	}, a.policyVersionOperations()...)
}

// policiesOf writes a set in both forms.
func policiesOf(s *policy.Set) (ActivePolicies, error) {
	text, err := s.Format()
	if err != nil {
		return ActivePolicies{}, err
	}
	tree, err := s.Tree()
	if err != nil {
		return ActivePolicies{}, err
	}
	b, err := json.Marshal(tree)
	return ActivePolicies{Version: s.Version, Document: b, YAML: string(text)}, err
}
