package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/interaction"
)

// Journey is one that a customer announced.
type Journey struct {
	ID        string    `json:"id" doc:"Its id."`
	From      time.Time `json:"from" doc:"From when on the customer is there."`
	Until     time.Time `json:"until" doc:"Until when."`
	Cell      string    `json:"cell" doc:"Where: a cell, as a token of S2."`
	Latitude  string    `json:"latitude" doc:"Its middle, in degrees."`
	Longitude string    `json:"longitude" doc:"Its middle, in degrees."`
	RadiusKM  int       `json:"radius_km" minimum:"1" maximum:"1000" doc:"How far around it, in kilometers."`
}

// Journeys are those of a customer.
type Journeys struct {
	Journeys []Journey `json:"journeys" doc:"Those that are not over, by their beginning."`
}

// AnnounceJourney is the request of announceJourney.
type AnnounceJourney struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	Authentication string `json:"authentication,omitempty" maxLength:"128" doc:"A granted authentication of the purpose self-service that showed two different factors, not older than five minutes. Without it the customer must have been identified lately."`
	From           string `json:"from" maxLength:"40" doc:"From when on, in the form of RFC 3339, such as 2026-12-20T00:00:00+01:00; within a year."`
	Until          string `json:"until" maxLength:"40" doc:"Until when, at most half a year later."`
	Place          Place  `json:"place" doc:"Where."`
	RadiusKM       int    `json:"radius_km" minimum:"1" maximum:"1000" doc:"How far around it, in kilometers."`
}

// JourneyRef names a journey.
type JourneyRef struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the journey."`
}

func journeyOf(n interaction.Notice) Journey {
	at := n.Place.LatLng()
	return Journey{ID: n.ID.String(), From: n.From, Until: n.Until, Cell: n.Place.ToToken(), Latitude: degrees(at.Lat.Degrees()), Longitude: degrees(at.Lng.Degrees()), RadiusKM: n.Radius}
}

func (a *API) journeyOperations() []operation {
	example := Journey{exampleID, exampleTime(0), exampleTime(14 * 24 * 60), "132f61a7", "41.9039", "12.4983", 50}
	return []operation{
		act[CustomerRef, Journeys]{
			route:  interactionRoute("listJourneys", http.MethodGet, "/journeys", "List the journeys that a customer announced", "", client.InteractionsRead),
			status: http.StatusOK, do: a.listJourneys, out: Journeys{[]Journey{example}},
		},
		act[AnnounceJourney, Journey]{
			route:  interactionRoute("announceJourney", http.MethodPost, "/journeys", "Announce a journey of a customer", "On these days a place there is no surprise. It makes up for the place alone, never for devices that are missing.", client.InteractionsWrite),
			status: http.StatusCreated, repeats: stored, do: a.announceJourney, out: example,
			in: AnnounceJourney{Authentication: exampleHandle, From: "2026-11-02T09:00:00Z", Until: "2026-11-16T09:00:00Z", Place: Place{Latitude: "41.9028", Longitude: "12.4964"}, RadiusKM: 50},
		},
		act[JourneyRef, nothing]{
			route:  interactionRoute("recallJourney", http.MethodPost, "/journeys/{id}/recall", "Take a journey back", "It needs no proof.", client.InteractionsWrite),
			status: http.StatusNoContent, repeats: stored, do: a.recallJourney,
		},
	}
}

func (a *API) listJourneys(ctx context.Context, _ *call, in *CustomerRef) (Journeys, error) {
	out := Journeys{[]Journey{}}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return out, err
	}
	all, err := a.Interactions.Notices(ctx, who.ID)
	for _, n := range all {
		out.Journeys = append(out.Journeys, journeyOf(n))
	}
	return out, err
}

func (a *API) announceJourney(ctx context.Context, c *call, in *AnnounceJourney) (Journey, error) {
	n, err := in.read()
	if err != nil {
		return Journey{}, err
	}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return Journey{}, err
	}
	n.Customer = who.ID
	proof, err := a.shownBy(ctx, c, in.Authentication)
	if err != nil {
		return Journey{}, err
	}
	n, err = a.Interactions.Announce(ctx, c.access.Actor(), proof, n)
	return journeyOf(n), err
}

func (in *AnnounceJourney) read() (n interaction.Notice, err error) {
	day := func(text, field string) (t time.Time) {
		if t, at := time.Parse(time.RFC3339, text); at == nil {
			return t.UTC().Truncate(time.Microsecond)
		} else if err == nil {
			err = fault.Invalidf("interaction.days", "Write the time as 2026-12-20T00:00:00+01:00.").WithField(field).WithCause(at)
		}
		return t
	}
	n = interaction.Notice{From: day(in.From, "/from"), Until: day(in.Until, "/until"), Radius: in.RadiusKM}
	if err != nil {
		return n, err
	}
	n.Place, err = in.Place.read()
	return n, err
}

func (a *API) recallJourney(ctx context.Context, c *call, in *JourneyRef) (nothing, error) {
	id, err := ident.Parse(in.ID)
	if err != nil {
		return nothing{}, fault.NotFoundf("interaction.notice", "There is no such notice.").WithCause(err)
	}
	who, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
	if err != nil {
		return nothing{}, err
	}
	return nothing{}, a.Interactions.Recall(ctx, c.access.Actor(), who.ID, id)
}
