package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
)

// StopToken is the request of the acts that take a token out of use.
type StopToken struct {
	Serial         string `json:"-" path:"serial" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer   string `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	CustomerNumber string `json:"customer_number,omitempty" maxLength:"80" doc:"Whose token you take it for: then somebody else's is refused. Leave it out for whoever has it, and for tokens in stock."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
	EvenLast       bool   `json:"even_last,omitempty" doc:"Also when the customer is left without a token that can be used. Otherwise that is refused."`
}

// IdentifiedAct is the request of the acts that need an identification.
type IdentifiedAct struct {
	Serial         string `json:"-" path:"serial" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer   string `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	CustomerNumber string `json:"customer_number" maxLength:"80" doc:"Whose token it is."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Reason         string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

// ExtendToken is the request of extendToken.
type ExtendToken struct {
	Serial       string `json:"-" path:"serial" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer string `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	EndsAt       string `json:"ends_at" maxLength:"40" doc:"When it is to end, such as 2030-01-31T00:00:00Z: in the future, at most thirty years away."`
	Reason       string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
}

// RenameToken is the request of renameToken.
type RenameToken struct {
	Serial         string `json:"-" path:"serial" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer   string `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	CustomerNumber string `json:"customer_number" maxLength:"80" doc:"Whose token it is."`
	Name           string `json:"name" maxLength:"60" doc:"What its owner calls it; empty for no name."`
}

// TokenAct is what an act left behind.
type TokenAct struct {
	Token      Token `json:"token" doc:"The token as it is now."`
	UsableLeft int64 `json:"usable_left" doc:"How many tokens its owner (before a return: its former owner) can use now. With 0 the customer needs a token, or another way in."`
}

func (a *API) lifeOperations() []operation {
	stop := StopToken{CustomerNumber: "10023", Reason: "The customer is abroad until May."}
	identified := IdentifiedAct{CustomerNumber: "10023", Identification: exampleID, Reason: "Left in a train."}
	example := func(state string, left int64) TokenAct {
		t := exampleToken()
		t.State, t.Note, t.ChangedAt = state, "as asked", new(exampleTime(12))
		return TokenAct{t, left}
	}
	const scope = client.TokensWrite
	return []operation{
		act[StopToken, TokenAct]{
			route:  upkeepRoute("suspendToken", "/suspend", "Suspend a token", "Takes an active token out of use until it is resumed.", scope),
			status: http.StatusOK, repeats: stored, do: a.stop((*token.Care).Suspend), in: stop, out: example("suspended", 1),
		},
		act[IdentifiedAct, TokenAct]{
			route:  upkeepRoute("resumeToken", "/resume", "Resume a token", "Puts a suspended token into use again. It needs an identification: whoever asks might be why it was suspended.", scope),
			status: http.StatusOK, repeats: stored, do: a.identified((*token.Care).Resume), in: identified, out: example("active", 2),
		},
		act[IdentifiedAct, TokenAct]{
			route:  upkeepRoute("reportTokenLost", "/lost", "Report a token lost", "Its codes are refused from now on. It is never refused because it is the last one: see usable_left.", scope),
			status: http.StatusOK, repeats: stored, do: a.identified((*token.Care).Lose), in: identified, out: example("lost", 0),
		},
		act[StopToken, TokenAct]{
			route:  upkeepRoute("returnToken", "/return", "Take a token back to stock", "Another customer may get it. Name, PIN and what was counted are gone, and codes that it has shown are worthless. A token with a clock can be registered again once steps that any clock may have reached have passed, about ten minutes later. A token that was given and not proven yet is taken back in the same way.", scope),
			status: http.StatusOK, repeats: stored, do: a.stop((*token.Care).Return), in: StopToken{Reason: "Came back by post."}, out: example("stock", 1),
		},
		act[StopToken, TokenAct]{
			route:  upkeepRoute("retireToken", "/retire", "Retire a token", "Ends it for good: there is no way back.", scope),
			status: http.StatusOK, repeats: stored, do: a.stop((*token.Care).Retire), in: StopToken{Reason: "Broken display.", EvenLast: true}, out: example("retired", 0),
		},
		act[ExtendToken, TokenAct]{
			route:  upkeepRoute("extendToken", "/extend", "Change when a token ends", "Sooner or later than planned now. What the import file said of its keys stays.", scope),
			status: http.StatusOK, repeats: stored, do: a.extendToken, in: ExtendToken{EndsAt: "2030-01-31T00:00:00Z", Reason: "The maker's word about batteries."}, out: example("active", 1),
		},
		act[RenameToken, Token]{
			route: route{
				id: "renameToken", method: http.MethodPatch, path: "/v1/tokens/{serial}", tag: tagTokens, scopes: scope,
				summary: "Name a token", text: "Customers with several tokens tell them apart by names.",
			},
			status: http.StatusOK, do: a.renameToken, in: RenameToken{CustomerNumber: "10023", Name: "the one in the safe"}, out: exampleToken(),
		},
	}
}

// use is a use case of the care that needs nothing but an order.
type use func(*token.Care, context.Context, audit.Actor, token.Order) (token.Effect, error)

func (a *API) stop(f use) func(context.Context, *call, *StopToken) (TokenAct, error) {
	return func(ctx context.Context, c *call, in *StopToken) (TokenAct, error) {
		o, err := a.order(ctx, in.Serial, in.Manufacturer, in.CustomerNumber)
		if err != nil {
			return TokenAct{}, err
		}
		o.Reason, o.EvenLast = in.Reason, in.EvenLast
		return a.after(ctx)(f(a.Care, ctx, c.access.Actor(), o))
	}
}

func (a *API) identified(f use) func(context.Context, *call, *IdentifiedAct) (TokenAct, error) {
	return func(ctx context.Context, c *call, in *IdentifiedAct) (TokenAct, error) {
		target, why, err := a.tokenOfCustomer(ctx, in.Serial, in.Manufacturer, in.CustomerNumber, in.Identification)
		if err != nil {
			return TokenAct{}, err
		}
		o := token.Order{Device: target.Device, Customer: target.Customer, Why: why, Reason: in.Reason}
		return a.after(ctx)(f(a.Care, ctx, c.access.Actor(), o))
	}
}

// order finds the token that an act is about, whosever it is unless a customer is
// named.
func (a *API) order(ctx context.Context, serial, manufacturer, number string) (o token.Order, err error) {
	it, err := a.oneToken(ctx, serial, manufacturer)
	if err != nil {
		return o, err
	}
	o.Device = it.Device.ID
	if number != "" {
		who, err := a.Customers.GetByNumber(ctx, number)
		if err != nil {
			return o, err
		}
		o.Customer = who.ID
	}
	return o, nil
}

// oneToken finds the one token with a serial number.
func (a *API) oneToken(ctx context.Context, serial, manufacturer string) (found token.Item, err error) {
	items, err := a.Tokens.BySerial(ctx, serial)
	n := 0
	for _, it := range items {
		if manufacturer == "" || manufacturer == it.Device.Manufacturer {
			found = it
			n++
		}
	}
	switch {
	case err != nil:
		return found, err
	case n == 0:
		return found, fault.NotFoundf("token.unknown_serial", "There is no token with this serial number.")
	case n > 1:
		return found, fault.Conflictf("token.ambiguous_serial", "%d makes have a token with this serial number: name the manufacturer.", n).WithField("manufacturer")
	}
	return found, nil
}

// after describes what an act left behind.
func (a *API) after(ctx context.Context) func(token.Effect, error) (TokenAct, error) {
	return func(e token.Effect, err error) (TokenAct, error) {
		if err != nil {
			return TokenAct{}, err
		}
		t, err := a.tokenNow(ctx, e)
		return TokenAct{t, e.Left}, err
	}
}

func (a *API) tokenNow(ctx context.Context, e token.Effect) (Token, error) {
	it, err := a.Tokens.Get(ctx, e.Device.ID)
	it.Device = e.Device
	return a.tokenOf(it), err
}

func (a *API) extendToken(ctx context.Context, c *call, in *ExtendToken) (TokenAct, error) {
	ends, err := bodyTime(in.EndsAt, "/ends_at")
	if err != nil {
		return TokenAct{}, err
	}
	o, err := a.order(ctx, in.Serial, in.Manufacturer, "")
	if err != nil {
		return TokenAct{}, err
	}
	o.Reason = in.Reason
	return a.after(ctx)(a.Care.Extend(ctx, c.access.Actor(), o, ends))
}

// bodyTime reads a time in a body.
func bodyTime(s, field string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, refuse(http.StatusUnprocessableEntity, "request.type", field, "The field must be a time such as 2026-11-02T09:00:00Z.")
	}
	return t, nil
}

func (a *API) renameToken(ctx context.Context, c *call, in *RenameToken) (Token, error) {
	o, err := a.order(ctx, in.Serial, in.Manufacturer, in.CustomerNumber)
	if err != nil {
		return Token{}, err
	}
	d, err := a.Care.Rename(ctx, c.access.Actor(), o, in.Name)
	if err != nil {
		return Token{}, err
	}
	return a.tokenNow(ctx, token.Effect{Device: d})
}
