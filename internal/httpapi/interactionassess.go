package httpapi

import (
	"context"
	"math"
	"net/http"
	"strconv"

	"github.com/golang/geo/s2"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/interaction/judge"
	"github.com/countersign-auth/countersign/internal/payment"
)

// Place is somewhere on Earth.
type Place struct {
	Cell      string `json:"cell,omitempty" maxLength:"16" doc:"A cell of level 14 or coarser, as a token of S2; or both of the others."`
	Latitude  string `json:"latitude,omitempty" maxLength:"16" doc:"In degrees with a point, -90 to 90, such as 52.5200."`
	Longitude string `json:"longitude,omitempty" maxLength:"16" doc:"In degrees with a point, -180 to 180, such as 13.4050."`
}

// AssessInteractions is the request of assessInteractions.
type AssessInteractions struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Reference      string `json:"reference" minLength:"1" maxLength:"120" doc:"Your name of the request, such as the number of an authorization; it stands in the decision."`
	Kind           string `json:"kind" enum:"transaction,account,service" doc:"What is asked for: a payment, a look at an account, a service."`
	Amount         string `json:"amount,omitempty" maxLength:"128" doc:"What a payment is worth, in decimal digits with at most one point. Under restrictions it is taken from the sum of the day."`
	Currency       string `json:"currency,omitempty" maxLength:"16" doc:"ISO 4217, with an amount."`
	Category       string `json:"category,omitempty" maxLength:"4" doc:"The merchant category code, four digits (ISO 18245)."`
	Contactless    bool   `json:"contactless,omitempty" doc:"Whether a card is used contactless."`
	Companion      string `json:"companion,omitempty" maxLength:"64" doc:"The id of the device that asks; without it, the one that reported last. One that is not in use is refused, and for a transaction one without a transaction application."`
	StartedOn      int    `json:"started_on,omitempty" minimum:"1" maximum:"255" doc:"The short number of the device on which it was started, where that is not the one that asks."`
	AccessDevice   string `json:"access_device,omitempty" enum:"pos,ecr,reader,atm,kiosk,gate,phone,pda,pc,tablet,set_top_box,vcr,site" doc:"What kind of device the request is made at. At the first six the customer stands with what they carry, also when the place is not known; a site has no place."`
	Place          *Place `json:"place,omitempty" doc:"Where the access device is, such as the terminal; leave it out for what comes over a network, and where it is not known."`
}

// Assessed is the answer of assessInteractions.
type Assessed struct {
	Judged   bool                 `json:"judged" doc:"false: there is nothing to judge by, as no device of the customer reports, or they or the policies do not want it. Decide as if there were no devices."`
	Decision *InteractionDecision `json:"decision,omitempty" doc:"What was decided; not there when nothing was judged."`
}

func (a *API) assessOperation() operation {
	return act[AssessInteractions, Assessed]{
		route: interactionRoute("assessInteractions", http.MethodPost, "/decisions", "Have a request judged by a customer's devices",
			"For systems that decide on their own, such as one that authorizes cards. Payments and logins that go through startAuthentication are judged there. The decision is kept, with all its terms; in the mode shadow nothing may depend on it.", client.InteractionsWrite),
		status: http.StatusCreated, repeats: stored, do: a.assess, names: map[string]string{"amount": "/amount", "currency": "/currency"},
		in:  AssessInteractions{Reference: "authorization 4711", Kind: "transaction", Amount: "12.50", Currency: "EUR", Category: "5411", Contactless: true, AccessDevice: "pos", Place: &Place{Latitude: "52.5200", Longitude: "13.4050"}},
		out: Assessed{true, func() *InteractionDecision { d := exampleDecision(); return &d }()},
	}
}

func (a *API) assess(ctx context.Context, c *call, in *AssessInteractions) (out Assessed, err error) {
	ask := interaction.Ask{Reference: in.Reference, Interface: in.StartedOn}
	ask.Request = judge.Request{Kind: map[string]judge.Kind{"transaction": judge.Transaction, "account": judge.Account, "service": judge.Service}[in.Kind], Category: in.Category, Contactless: in.Contactless}
	if err := in.worth(&ask); err != nil {
		return out, err
	}
	if ask.Access, err = accessOf(in.AccessDevice, in.Place); err != nil {
		return out, err
	}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	if ask.Customer = who.ID; in.Companion != "" {
		if ask.Primary, err = ident.Parse(in.Companion); err != nil {
			return out, fault.Invalidf("interaction.companion", "This is not the id of a device: send it as listCompanions answered it.").WithField("/companion").WithCause(err)
		}
	}
	x, judged, err := a.Interactions.Judge(ctx, c.access.Actor(), ask)
	if err == nil && judged {
		out = Assessed{true, new(a.decisionOf(&x))}
	}
	return out, err
}

// accessOf reads where a request is made.
func accessOf(device string, place *Place) (a judge.Access, err error) {
	kind, cell := judge.AccessKind(device), s2.CellID(0)
	if place != nil {
		if kind == judge.Site {
			return a, fault.Invalidf("interaction.place", "A site is in no place: leave it out, or name the device that the customer stands at.").WithField("/place")
		}
		if cell, err = place.read(); err != nil {
			return a, err
		}
	}
	return judge.NewAccess(kind, cell), nil
}

// worth reads the amount and the category.
func (in *AssessInteractions) worth(ask *interaction.Ask) error {
	if in.Category != "" {
		if n, err := strconv.Atoi(in.Category); err != nil || len(in.Category) != 4 || n < 0 {
			return fault.Invalidf("interaction.category", "A merchant category code is four digits.").WithField("/category")
		}
	}
	switch {
	case in.Amount == "" && in.Currency == "":
		return nil
	case in.Kind != "transaction":
		return fault.Invalidf("interaction.amount", "Only a transaction is worth something.").WithField("/amount")
	}
	currency, err := payment.ParseCurrency(in.Currency)
	if err != nil {
		return err
	}
	amount, err := payment.ParseAmount(in.Amount, currency)
	ask.Request.Amount, ask.Currency = amount.Minor, string(currency)
	return err
}

// placeLevel is of the finest cells that a place may have, some half of a kilometer: what is finer is made
// coarser before anything else.
const placeLevel = 14

// read returns the cell of a place. The fault "interaction.place" (Invalid) says that it is none.
func (p *Place) read() (s2.CellID, error) {
	wrong := func(detail string) error {
		return fault.Invalidf("interaction.place", "%s", detail).WithField("/place")
	}
	if p.Cell != "" {
		cell := s2.CellIDFromToken(p.Cell)
		if !cell.IsValid() || cell.Level() > placeLevel || p.Latitude != "" || p.Longitude != "" {
			return 0, wrong("Name the place by a cell of level 14 or coarser, or by latitude and longitude.")
		}
		return cell, nil
	}
	lat, err1 := strconv.ParseFloat(p.Latitude, 64)
	lng, err2 := strconv.ParseFloat(p.Longitude, 64)
	if err1 != nil || err2 != nil || !(math.Abs(lat) <= 90 && math.Abs(lng) <= 180) { // NaN is in no range
		return 0, wrong("Name the place by latitude, -90 to 90, and longitude, -180 to 180, or by a cell of S2.")
	}
	return s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lng)).Parent(placeLevel), nil
}

// degrees writes an angle with four decimals, some eleven meters.
func degrees(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }
