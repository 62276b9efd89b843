package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/token"
)

// ReplaceToken is the request of replaceToken.
type ReplaceToken struct {
	Serial          string `json:"-" path:"serial" maxLength:"128" doc:"The serial number of the token that is to be replaced."`
	Manufacturer    string `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	CustomerNumber  string `json:"customer_number" maxLength:"80" doc:"Whose token it is."`
	Identification  string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	NewSerial       string `json:"new_serial" maxLength:"128" doc:"The serial number of a token in stock."`
	NewManufacturer string `json:"new_manufacturer,omitempty" maxLength:"128" doc:"Its manufacturer, needed when two makes have the serial number."`
	Reason          string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

// GivenToken is a token that waits for its first code.
type GivenToken struct {
	Token      Token  `json:"token" doc:"The token that waits for its first code."`
	Question   string `json:"question,omitempty" doc:"What the customer types into the token for its first code; not there for tokens that take none."`
	UsableLeft int64  `json:"usable_left" doc:"How many tokens the customer can use until then."`
}

// ActivateToken is the request of activateToken.
type ActivateToken struct {
	Serial         string `json:"-" path:"serial" maxLength:"128" doc:"The serial number of the token that waits for its first code."`
	Manufacturer   string `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	CustomerNumber string `json:"customer_number" maxLength:"80" doc:"Whose token it is."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Code           string `json:"code" minLength:"1" maxLength:"64" doc:"Its first code, without a PIN."`
	PIN            string `json:"pin,omitempty" maxLength:"32" doc:"The PIN that the customer chooses, for models whose PIN the server knows."`
	Policy         string `json:"policy,omitempty" maxLength:"64" doc:"Whose failure counter a wrong code counts for; by default the first that the customer holds and the token serves."`
}

// ActivatedToken is the answer of activateToken.
type ActivatedToken struct {
	Accepted   bool   `json:"accepted" doc:"Whether the code was right. A wrong one is a failure of the policy."`
	Token      Token  `json:"token" doc:"The token as it is now."`
	Replaced   string `json:"replaced,omitempty" doc:"The id of the token whose place it has taken and which has ended."`
	UsableLeft int64  `json:"usable_left" doc:"How many tokens the customer can use now."`
	Reason     string `json:"reason,omitempty" enum:"wrong,replayed,blocked,held,disabled,expired,none" doc:"Why the code was refused; for clients with the scope authentications:reason."`
}

func (a *API) replacementOperations() []operation {
	waiting := exampleToken()
	waiting.Serial, waiting.State = "7700002", "assigned"
	active := exampleToken()
	active.Serial = "7700002"
	return []operation{
		act[ReplaceToken, GivenToken]{
			route:  upkeepRoute("replaceToken", "/replace", "Replace a token", "Gives the customer another token from stock, for one that is lost, broken or about to end. The old one stays as it is until the new one has given its first code, by activateToken or in a registration with an activation code; then the new one becomes active and the old one ends in one transaction. To take it back before, return the new one.", client.TokensWrite),
			status: http.StatusOK, repeats: stored, do: a.replaceToken, names: map[string]string{"successor": "/new_serial"},
			in:  ReplaceToken{CustomerNumber: "10023", Identification: exampleID, NewSerial: "7700002", Reason: "Display broken."},
			out: GivenToken{Token: waiting, UsableLeft: 1},
		},
		act[IdentifiedAct, GivenToken]{
			route:  upkeepRoute("reportTokenFound", "/found", "Report that a lost token was found", "Whoever had it may know codes that it showed: it waits for its first code, as a new token does (activateToken).", client.TokensWrite),
			status: http.StatusOK, repeats: stored, do: a.foundToken, in: IdentifiedAct{CustomerNumber: "10023", Identification: exampleID, Reason: "Was under the seat."},
			out: GivenToken{Token: waiting},
		},
		act[ActivateToken, ActivatedToken]{
			route:  upkeepRoute("activateToken", "/activate", "Activate a token by its first code", "For tokens that replaceToken gave or that were found. An activation code is not needed: the identification takes its place, and the customer must hold a policy already.", client.TokensWrite),
			status: http.StatusOK, do: a.activateToken, in: ActivateToken{CustomerNumber: "10023", Identification: exampleID, Code: "755224"},
			out: ActivatedToken{Accepted: true, Token: active, Replaced: exampleID, UsableLeft: 1},
		},
	}
}

func (a *API) replaceToken(ctx context.Context, c *call, in *ReplaceToken) (GivenToken, error) {
	target, why, err := a.tokenOfCustomer(ctx, in.Serial, in.Manufacturer, in.CustomerNumber, in.Identification)
	if err != nil {
		return GivenToken{}, err
	}
	next, err := a.oneToken(ctx, in.NewSerial, in.NewManufacturer)
	if err != nil {
		return GivenToken{}, err
	}
	got, err := a.Care.Replace(ctx, c.access.Actor(), token.Order{Device: target.Device, Customer: target.Customer, Why: why, Reason: in.Reason}, next.Device.ID)
	if err != nil {
		return GivenToken{}, err
	}
	return a.given(ctx, got)
}

func (a *API) foundToken(ctx context.Context, c *call, in *IdentifiedAct) (GivenToken, error) {
	target, why, err := a.tokenOfCustomer(ctx, in.Serial, in.Manufacturer, in.CustomerNumber, in.Identification)
	if err != nil {
		return GivenToken{}, err
	}
	got, err := a.Care.Found(ctx, c.access.Actor(), token.Order{Device: target.Device, Customer: target.Customer, Why: why, Reason: in.Reason})
	if err != nil {
		return GivenToken{}, err
	}
	return a.given(ctx, got)
}

func (a *API) given(ctx context.Context, r token.Replaced) (GivenToken, error) {
	t, err := a.tokenNow(ctx, r.Effect)
	return GivenToken{Token: t, Question: r.Handover.Question, UsableLeft: r.Left}, err
}

func (a *API) activateToken(ctx context.Context, c *call, in *ActivateToken) (ActivatedToken, error) {
	target, why, err := a.tokenOfCustomer(ctx, in.Serial, in.Manufacturer, in.CustomerNumber, in.Identification)
	if err != nil {
		return ActivatedToken{}, err
	}
	o := token.Order{Device: target.Device, Customer: target.Customer, Why: why}
	got, err := a.Care.Activate(ctx, c.access.Actor(), o, token.Activation{Code: in.Code, PIN: in.PIN, Policy: in.Policy})
	if err != nil {
		return ActivatedToken{}, err
	}
	out := ActivatedToken{Accepted: got.Reason == authenticator.Accepted, UsableLeft: got.Left}
	if !got.Removed.IsZero() {
		out.Replaced = got.Removed.String()
	}
	if c.access.Scopes.Has(client.AuthenticationsReason) {
		out.Reason = string(got.Reason)
	}
	out.Token, err = a.tokenNow(ctx, got.Effect)
	return out, err
}
