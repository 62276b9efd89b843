package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk"
)

// PutRiskEntry is the request of putRiskEntry.
type PutRiskEntry struct {
	List      string `json:"list" enum:"block,watch,trust" doc:"block: what hits it is blocked. watch: it is riskier. trust: it is less risky, for a time."`
	Kind      string `json:"kind" enum:"address,network,device,payee,customer" doc:"What the subject is."`
	Subject   string `json:"subject" minLength:"1" maxLength:"128" doc:"An IP address, a network such as 192.0.2.0/24, a device's tag, an account, or a customer's number."`
	Note      string `json:"note,omitempty" maxLength:"500" doc:"Why."`
	ExpiresAt string `json:"expires_at,omitempty" maxLength:"64" doc:"Until when (RFC 3339); left out it stays. A trusted one must expire."`
}

// RiskEntries is a page of entries.
type RiskEntries struct {
	Entries    []RiskEntry `json:"entries" doc:"The oldest first; those that have expired stay until they are swept."`
	NextCursor string      `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// RiskEntry is an entry of a list.
type RiskEntry struct {
	ID        string     `json:"id" doc:"Its id."`
	List      string     `json:"list" enum:"block,watch,trust" doc:"The list."`
	Kind      string     `json:"kind" enum:"address,network,device,payee,customer" doc:"What the subject is."`
	Subject   string     `json:"subject,omitempty" doc:"A network, or our id of a customer. All else is kept as a keyed hash and cannot be told."`
	Note      string     `json:"note,omitempty" doc:"Why."`
	By        string     `json:"by" doc:"Who put it there."`
	CreatedAt time.Time  `json:"created_at" doc:"When it was put there, or renewed."`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"When it ends; not there when it stays."`
}

// RiskEntryQuery asks for a page of entries.
type RiskEntryQuery struct {
	Cursor string `json:"-" query:"cursor" maxLength:"64" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit  int    `json:"-" query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries on a page."`
}

// RiskEntryRef names an entry.
type RiskEntryRef struct {
	Entry string `json:"-" path:"entry" maxLength:"64" doc:"The entry."`
}

func riskEntryOf(e risk.Entry) RiskEntry {
	out := RiskEntry{ID: e.ID.String(), List: e.List, Kind: e.Kind, Note: e.Note, By: e.By, CreatedAt: e.Created, ExpiresAt: known(e.Expires)}
	if e.Kind == "network" || e.Kind == "customer" {
		out.Subject = strings.TrimPrefix(e.Subject, e.Kind+":")
	}
	return out
}

func (a *API) listRiskEntries(ctx context.Context, _ *call, in *RiskEntryQuery) (RiskEntries, error) {
	out := RiskEntries{Entries: []RiskEntry{}}
	var after ident.ID
	if in.Cursor != "" {
		var err error
		if after, err = ident.Parse(in.Cursor); err != nil {
			return out, refuse(http.StatusUnprocessableEntity, "request.cursor", "cursor", "This is not a cursor: send next_cursor as it was.")
		}
	}
	if in.Limit == 0 {
		in.Limit = 50
	}
	all, err := a.Risk.Entries(ctx, after, in.Limit)
	for _, e := range all {
		out.Entries = append(out.Entries, riskEntryOf(e))
	}
	if len(all) == in.Limit {
		out.NextCursor = all[len(all)-1].ID.String()
	}
	return out, err
}

func (a *API) putRiskEntry(ctx context.Context, c *call, in *PutRiskEntry) (RiskEntry, error) {
	var expires time.Time
	if in.ExpiresAt != "" {
		var err error
		if expires, err = time.Parse(time.RFC3339, in.ExpiresAt); err != nil {
			return RiskEntry{}, refuse(http.StatusUnprocessableEntity, "request.type", "/expires_at", "The field must be a time such as 2026-11-02T09:00:00Z.")
		}
	}
	subject := in.Subject
	if in.Kind == "customer" {
		who, err := a.Customers.GetByNumber(ctx, subject)
		if err != nil {
			return RiskEntry{}, err
		}
		subject = who.ID.String()
	}
	e, err := a.Risk.Put(ctx, c.access.Actor(), in.List, in.Kind, subject, in.Note, expires)
	return riskEntryOf(e), err
}

func (a *API) removeRiskEntry(ctx context.Context, c *call, in *RiskEntryRef) (nothing, error) {
	id, err := ident.Parse(in.Entry)
	if err != nil {
		return nothing{}, fault.NotFoundf("risk.unknown", "There is no such entry: it may have expired.").WithCause(err)
	}
	return nothing{}, a.Risk.Remove(ctx, c.access.Actor(), id)
}

func (a *API) riskListOperations() []operation {
	at := func(id, method, rest, summary, text string) route {
		return route{id: id, method: method, path: "/v1/risk/lists" + rest, tag: tagRisk, scopes: client.RiskLists, summary: summary, text: text}
	}
	example := RiskEntry{ID: exampleID, List: "watch", Kind: "network", Subject: "192.0.2.0/24", Note: "scraping", By: "client:" + exampleID, CreatedAt: exampleTime(0), ExpiresAt: new(exampleTime(50))}
	put := at("putRiskEntry", http.MethodPost, "", "Put something on a list", "What is on the list already is renewed.")
	put.absent = true
	return []operation{
		act[RiskEntryQuery, RiskEntries]{
			route: at("listRiskEntries", http.MethodGet, "", "List what is on the lists", ""), status: http.StatusOK, do: a.listRiskEntries, out: RiskEntries{Entries: []RiskEntry{example}},
		},
		act[PutRiskEntry, RiskEntry]{
			route: put, status: http.StatusCreated, names: map[string]string{"expires": "/expires_at"}, do: a.putRiskEntry, out: example,
			in: PutRiskEntry{List: "watch", Kind: "network", Subject: "192.0.2.0/24", Note: "scraping", ExpiresAt: "2026-11-02T09:50:00Z"},
		},
		act[RiskEntryRef, nothing]{
			route: at("removeRiskEntry", http.MethodDelete, "/{entry}", "Take something off its list", ""), status: http.StatusNoContent, do: a.removeRiskEntry,
		},
	}
}
