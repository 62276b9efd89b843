package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/registration"
)

// IssueActivationCode is the request of issueActivationCode.
type IssueActivationCode struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Policy         string `json:"policy,omitempty" maxLength:"64" default:"secure-code" doc:"What the customer may register for with it."`
	ValidSeconds   int64  `json:"valid_seconds,omitempty" minimum:"60" maximum:"7776000" doc:"How long it lives; without it, as the policies say."`
	Split          bool   `json:"split,omitempty" doc:"Send the second half on another way (by webhook); the answer has the first half only."`
}

// ActivationCodeRef names an activation code.
type ActivationCodeRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The activation code's id. It is not its value."`
}

// ActivationCode is an activation code.
type ActivationCode struct {
	ID        string     `json:"id" doc:"Its id, which is not its value."`
	Policy    string     `json:"policy" doc:"What it registers for."`
	State     string     `json:"state" enum:"valid,expired,blocked,used,cancelled,superseded" doc:"valid codes can be used; blocked ones had too many wrong attempts; superseded ones were replaced by a newer one."`
	Extended  int        `json:"extended" doc:"How often it was extended."`
	CreatedAt time.Time  `json:"created_at" doc:"When it was issued."`
	ExpiresAt time.Time  `json:"expires_at" doc:"Until when it can be used."`
	EndedAt   *time.Time `json:"ended_at,omitempty" doc:"When it was used, taken back or superseded."`
}

// IssuedActivationCode is a new activation code with its value.
type IssuedActivationCode struct {
	ActivationCode
	Value string `json:"value" doc:"What the customer types: shown in this answer and never again. Only the first half when split."`
	Split bool   `json:"split" doc:"The second half is sent on another way."`
}

// ActivationCodes are the activation codes of a customer.
type ActivationCodes struct {
	ActivationCodes []ActivationCode `json:"activation_codes" doc:"All activation codes, newest first, without values."`
}

func (a *API) activationCodeOf(c registration.Code) ActivationCode {
	out := ActivationCode{ID: c.ID.String(), Policy: c.Policy, State: c.State(a.Now()), Extended: c.Extended, CreatedAt: c.Created, ExpiresAt: c.Expires}
	if !c.Ended.IsZero() {
		out.EndedAt = &c.Ended
	}
	return out
}

func (a *API) activationOperations() []operation {
	example := ActivationCode{ID: exampleID, Policy: "secure-code", State: "valid", CreatedAt: exampleTime(0), ExpiresAt: exampleTime(7 * 24 * 60)}
	at := func(id, method, rest, summary, text string) route {
		return route{
			id: id, method: method, path: "/v1/customers/{customer_number}/activation-codes" + rest, tag: tagActivationCodes,
			scopes: client.Registrations, summary: summary, text: text,
		}
	}
	return []operation{
		act[IssueActivationCode, IssuedActivationCode]{
			route:  at("issueActivationCode", http.MethodPost, "", "Issue an activation code", "An earlier valid code for the same policy is superseded. For a customer who has registered a token before, the client must have identified them lately (identifyCustomer): otherwise that is 403, identification.required. The value is in this answer only; with an Idempotency-Key the same answer can be had again for a day."),
			status: http.StatusCreated, repeats: stored, do: a.issueActivationCode, names: map[string]string{"valid": "/valid_seconds"},
			in:  IssueActivationCode{Policy: "secure-code", ValidSeconds: 604800},
			out: IssuedActivationCode{ActivationCode: example, Value: "7Q2M-9XKD-41PB-W8TN-3C"},
		},
		act[CustomerRef, ActivationCodes]{
			route: at("listActivationCodes", http.MethodGet, "", "List a customer's activation codes", ""), status: http.StatusOK, do: a.listActivationCodes,
			out: ActivationCodes{[]ActivationCode{example}},
		},
		act[ActivationCodeRef, ActivationCode]{
			route:  at("extendActivationCode", http.MethodPost, "/{id}/extend", "Extend an activation code", "Gives a valid or expired code another life from now, as often as the policies allow."),
			status: http.StatusOK, repeats: stored, do: a.extendActivationCode, out: example,
		},
		act[ActivationCodeRef, nothing]{
			route:  at("revokeActivationCode", http.MethodDelete, "/{id}", "Take an activation code back", "Registrations that it began end with it."),
			status: http.StatusNoContent, do: a.revokeActivationCode,
		},
	}
}

func (a *API) issueActivationCode(ctx context.Context, c *call, in *IssueActivationCode) (IssuedActivationCode, error) {
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return IssuedActivationCode{}, err
	}
	if in.Policy == "" {
		in.Policy = "secure-code"
	}
	got, err := a.Desk.Issue(ctx, c.access.Actor(), who.ID, registration.Issue{
		ID: c.claim, Policy: in.Policy, Valid: time.Duration(in.ValidSeconds) * time.Second, Split: in.Split,
	})
	return IssuedActivationCode{a.activationCodeOf(got.Code), got.Value, got.Split}, err
}

func (a *API) listActivationCodes(ctx context.Context, _ *call, in *CustomerRef) (ActivationCodes, error) {
	out := ActivationCodes{ActivationCodes: []ActivationCode{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Desk.Codes(ctx, who.ID)
	for _, code := range all {
		out.ActivationCodes = append(out.ActivationCodes, a.activationCodeOf(code))
	}
	return out, err
}

func (a *API) extendActivationCode(ctx context.Context, c *call, in *ActivationCodeRef) (ActivationCode, error) {
	who, id, err := a.activationCode(ctx, in)
	if err != nil {
		return ActivationCode{}, err
	}
	code, err := a.Desk.Extend(ctx, c.access.Actor(), who, id)
	return a.activationCodeOf(code), err
}

func (a *API) revokeActivationCode(ctx context.Context, c *call, in *ActivationCodeRef) (nothing, error) {
	who, id, err := a.activationCode(ctx, in)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.Desk.Revoke(ctx, c.access.Actor(), who, id)
}

// activationCode finds whose code is meant, and which.
func (a *API) activationCode(ctx context.Context, in *ActivationCodeRef) (who, id ident.ID, err error) {
	if id, err = ident.Parse(in.ID); err != nil {
		return who, id, fault.NotFoundf("registration.unknown_code", "This customer has no such activation code.").WithCause(err)
	}
	c, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	return c.ID, id, err
}
