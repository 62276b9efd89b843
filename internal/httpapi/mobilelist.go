package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
)

// MobileQuery is the request of findMobileTokens.
type MobileQuery struct {
	Application string    `json:"-" query:"application" maxLength:"200" doc:"The code of the application; it may be left out while there is only one."`
	State       string    `json:"-" query:"state" enum:"created,code_issued,provisioning,active,blocked,archived" doc:"Only tokens in this state."`
	Unused      time.Time `json:"-" query:"unused_since" doc:"Only tokens that were made before this moment and gave no code since then; without state, those that are active or blocked."`
	Cursor      string    `json:"-" query:"cursor" maxLength:"64" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit       int       `json:"-" query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Tokens on a page."`
}

// MobileRow is a mobile token in the list of all.
type MobileRow struct {
	ID             string     `json:"id" doc:"Our id, as in the audit log."`
	CustomerNumber string     `json:"customer_number,omitempty" doc:"Whose it is; not there once that was erased."`
	Application    string     `json:"application" doc:"The code of the application."`
	Serial         string     `json:"serial" doc:"Its serial number."`
	State          string     `json:"state" enum:"created,code_issued,provisioning,active,blocked,archived" doc:"As of getMobileToken."`
	BlockedBy      string     `json:"blocked_by,omitempty" enum:"user,attempts,operator" doc:"Who or what blocked it."`
	Model          string     `json:"model,omitempty" doc:"The phone, as the application calls it."`
	AppVersion     string     `json:"app_version,omitempty" doc:"The version of the application, as it says."`
	CreatedAt      time.Time  `json:"created_at" doc:"When it was made."`
	ChangedAt      time.Time  `json:"changed_at" doc:"When its state last changed."`
	UsedAt         *time.Time `json:"used_at,omitempty" doc:"When a code of its was last accepted."`
}

// MobileRows is a page of the list of all mobile tokens.
type MobileRows struct {
	MobileTokens []MobileRow `json:"mobile_tokens" doc:"Newest first. A page with unused_since may have fewer than limit, or none, and yet not be the last."`
	NextCursor   string      `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// MobileSerial names a mobile token by its serial number.
type MobileSerial struct {
	Serial string `json:"-" path:"serial" maxLength:"64" doc:"The serial number; case does not matter."`
}

// FoundMobileToken is a mobile token, and whose it is.
type FoundMobileToken struct {
	CustomerNumber string      `json:"customer_number,omitempty" doc:"Whose it is; not there once that was erased."`
	MobileToken    MobileToken `json:"mobile_token" doc:"The token that is not archived and has the serial number."`
}

// MobileHistory is the request of listMobileTokenHistory.
type MobileHistory struct {
	CustomerNumber string `json:"-" path:"customer_number" maxLength:"80" doc:"The bank's number of the customer."`
	ID             string `json:"-" path:"id" maxLength:"64" doc:"The id of the mobile token."`
	Cursor         string `json:"-" query:"cursor" maxLength:"200" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit          int    `json:"-" query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Events on a page."`
}

// MobileEvents is a page of what happened to a mobile token.
type MobileEvents struct {
	Events     []MobileEvent `json:"events" doc:"Newest first. Codes that it gave are not among them: they are authentications."`
	NextCursor string        `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// MobileEvent is something that happened to a mobile token.
type MobileEvent struct {
	ID     string    `json:"id" doc:"The id of the audit record."`
	At     time.Time `json:"at" doc:"When."`
	Kind   string    `json:"kind" doc:"What, as in the audit log: mobile_token.blocked, for example."`
	By     string    `json:"by" doc:"Who did it, as in the audit log."`
	State  string    `json:"state,omitempty" doc:"The state of the token after it."`
	Reason string    `json:"reason,omitempty" doc:"Why the token is in that state."`
}

func (a *API) mobileListOperations() []operation {
	row := MobileRow{
		ID: exampleID, CustomerNumber: "10023", Application: "mobile-bank", Serial: "M48211907356", State: "active", Model: "Pixel 11", AppVersion: "4.2.0",
		CreatedAt: exampleTime(0), ChangedAt: exampleTime(1), UsedAt: new(exampleTime(11)),
	}
	all := func(id, rest, summary, text string) route {
		return route{id: id, method: http.MethodGet, path: "/v1/mobile-tokens" + rest, tag: tagMobile, scopes: client.MobileRead, summary: summary, text: text}
	}
	return []operation{
		act[MobileHistory, MobileEvents]{
			route:  mobileRoute("listMobileTokenHistory", http.MethodGet, "/{id}/history", "List what happened to a mobile token", "", client.MobileRead),
			status: http.StatusOK, do: a.mobileHistory,
			out: MobileEvents{Events: []MobileEvent{{ID: exampleID + "-1-42", At: exampleTime(2), Kind: mobiletoken.AuditBlocked, By: "client:" + exampleID, State: "blocked", Reason: "The customer lost the phone."}}},
		},
		act[MobileQuery, MobileRows]{
			route:  all("findMobileTokens", "", "List all mobile tokens of an application", "For staff: by state, or those that nobody has used for long. A page costs the same however many tokens there are."),
			status: http.StatusOK, do: a.findMobileTokens, names: map[string]string{"application": "application", "limit": "limit", "cursor": "cursor", "state": "state"},
			out: MobileRows{MobileTokens: []MobileRow{row}, NextCursor: exampleID},
		},
		act[MobileSerial, FoundMobileToken]{
			route:  all("findMobileToken", "/{serial}", "Look up a mobile token by its serial number", "Archived ones are found with their customers only: their serial numbers may be in use again."),
			status: http.StatusOK, do: a.findMobileToken, out: FoundMobileToken{"10023", exampleMobileToken("active")},
		},
	}
}

func (a *API) findMobileTokens(ctx context.Context, _ *call, in *MobileQuery) (MobileRows, error) {
	out := MobileRows{MobileTokens: []MobileRow{}}
	if in.Limit == 0 {
		in.Limit = 50
	}
	if apps := a.Policies.Active().Applications; in.Application == "" && len(apps) == 1 {
		in.Application = apps[0].Code
	}
	p, err := a.Mobile.All(ctx, mobiletoken.Query{Application: in.Application, Status: mobiletoken.Status(in.State), Unused: in.Unused, After: in.Cursor, Limit: in.Limit})
	for _, t := range p.Tokens {
		out.MobileTokens = append(out.MobileTokens, MobileRow{
			ID: t.ID.String(), CustomerNumber: t.Owner, Application: t.Application, Serial: t.Serial, State: string(t.Status), BlockedBy: string(t.BlockedBy),
			Model: t.Model, AppVersion: t.AppVersion, CreatedAt: t.Created, ChangedAt: t.Changed, UsedAt: known(t.Used),
		})
	}
	out.NextCursor = p.Next
	return out, err
}

func (a *API) findMobileToken(ctx context.Context, _ *call, in *MobileSerial) (FoundMobileToken, error) {
	it, owner, err := a.Mobile.Find(ctx, in.Serial)
	if err != nil {
		return FoundMobileToken{}, err
	}
	health, err := a.health(ctx, it.Customer)
	return FoundMobileToken{owner, a.mobileTokenOf(it, health)}, err
}

func (a *API) mobileHistory(ctx context.Context, _ *call, in *MobileHistory) (MobileEvents, error) {
	out := MobileEvents{Events: []MobileEvent{}}
	o, err := a.mobileOrder(ctx, in.CustomerNumber, in.ID)
	if err != nil {
		return out, err
	}
	if _, err := a.Mobile.Get(ctx, o.Customer, o.Token); err != nil {
		return out, err
	}
	return a.events(ctx, audit.Filter{Customer: o.Customer, Object: "mobile_token:" + o.Token.String()}, in)
}

// events lists the records of something that a customer has.
func (a *API) events(ctx context.Context, f audit.Filter, in *MobileHistory) (MobileEvents, error) {
	out := MobileEvents{Events: []MobileEvent{}}
	if in.Limit == 0 {
		in.Limit = 50
	}
	p, err := a.Audit.Find(ctx, f, in.Cursor, in.Limit)
	for _, e := range p.Entries {
		var d struct {
			Status string `json:"status"`
			Reason string `json:"reason"`
		}
		_ = json.Unmarshal(e.Details, &d) // erased details say nothing
		out.Events = append(out.Events, MobileEvent{ID: e.ID.String(), At: e.At, Kind: e.Kind, By: e.Actor, State: d.Status, Reason: d.Reason})
	}
	out.NextCursor = p.Next
	return out, err
}
