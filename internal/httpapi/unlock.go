package httpapi

import (
	"context"
	"net/http"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
)

// UnlockToken is the request of unlockToken.
type UnlockToken struct {
	Serial         string `json:"-" path:"serial" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer   string `json:"-" query:"manufacturer" maxLength:"128" doc:"Needed when two makes have the serial number."`
	CustomerNumber string `json:"customer_number" maxLength:"80" doc:"Whose token it is."`
	Identification string `json:"identification" maxLength:"64" doc:"An identification of the customer that this client has recorded and that passed."`
	Challenge      string `json:"challenge" minLength:"1" maxLength:"64" doc:"The digits that the locked token shows. Spaces and hyphens do not matter."`
}

// UnlockCode is the answer of unlockToken.
type UnlockCode struct {
	UnlockCode string `json:"unlock_code" doc:"What the customer types into the token: in this answer and never again. The token then asks for a new PIN."`
}

func (a *API) upkeepOperations() []operation {
	return append([]operation{
		act[UnlockToken, UnlockCode]{
			route:  upkeepRoute("unlockToken", "/unlock", "Get an unlock code", "For a token that locked itself after wrong PINs and shows a challenge. A challenge gets one code, ever; codes and refused challenges of one token are limited until its next right secure code (429). It needs an identification of the customer (identifyCustomer). The failure counter is not changed. The answer is not kept under an Idempotency-Key: if it was lost, have the token show a new challenge.", client.TokensUnlock),
			status: http.StatusOK, do: a.unlockToken,
			in:  UnlockToken{CustomerNumber: "10023", Identification: exampleID, Challenge: "1234 5674"},
			out: UnlockCode{"61461836"},
		},
	}, a.resyncOperations()...)
}

// upkeepRoute is an act on a token in a customer's hands.
func upkeepRoute(id, rest, summary, text string, scopes client.Scopes) route {
	return route{id: id, method: http.MethodPost, path: "/v1/tokens/{serial}" + rest, tag: tagTokens, scopes: scopes, summary: summary, text: text}
}

func (a *API) unlockToken(ctx context.Context, c *call, in *UnlockToken) (UnlockCode, error) {
	target, why, err := a.tokenOfCustomer(ctx, in.Serial, in.Manufacturer, in.CustomerNumber, in.Identification)
	if err != nil {
		return UnlockCode{}, err
	}
	code, err := a.Upkeep.Unlock(ctx, c.access.Actor(), why, token.Unlock{Target: target, Challenge: in.Challenge})
	return UnlockCode{code.Reveal()}, err
}

// tokenOfCustomer finds the token that an act is about, the customer whose it is
// taken for, and the identification that allows it.
func (a *API) tokenOfCustomer(ctx context.Context, serial, manufacturer, number, identified string) (t token.Target, why token.Identified, err error) {
	items, err := a.Tokens.BySerial(ctx, serial)
	if err != nil {
		return t, why, err
	}
	n := 0
	for _, it := range items {
		if manufacturer == "" || manufacturer == it.Device.Manufacturer {
			t.Device = it.Device.ID
			n++
		}
	}
	switch {
	case n == 0:
		return t, why, fault.NotFoundf("token.unknown_serial", "There is no token with this serial number.")
	case n > 1:
		return t, why, fault.Conflictf("token.ambiguous_serial", "%d makes have a token with this serial number: name the manufacturer.", n).WithField("manufacturer")
	}
	who, err := a.Customers.GetByNumber(ctx, number)
	if err != nil {
		return t, why, err
	}
	t.Customer = who.ID
	id, err := identificationID(identified)
	return t, token.Identified(id), err
}
