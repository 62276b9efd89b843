package httpapi

import (
	"context"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// RunBulkAct is the request of runBulkAct.
type RunBulkAct struct {
	Act      string      `json:"act" enum:"suspend,resume,retire,return,extend" doc:"What is to be done with each token."`
	Reason   string      `json:"reason" minLength:"1" maxLength:"200" doc:"Why, for people."`
	EndsAt   string      `json:"ends_at,omitempty" maxLength:"40" doc:"Of extend: when the tokens are to end, such as 2030-01-31T00:00:00Z."`
	EvenLast bool        `json:"even_last,omitempty" doc:"Also where a customer is left without a token that can be used. Otherwise such a token is refused."`
	DryRun   bool        `json:"dry_run,omitempty" doc:"Only say what would happen."`
	Tokens   []BulkToken `json:"tokens" maxItems:"1000" doc:"The tokens. One that is named twice counts once."`
}

// BulkToken names a token of a bulk act.
type BulkToken struct {
	Serial       string `json:"serial" minLength:"1" maxLength:"128" doc:"The serial number, as printed or as typed."`
	Manufacturer string `json:"manufacturer,omitempty" maxLength:"128" doc:"Needed when two makes have the serial number."`
}

// BulkReport is what became of a bulk act.
type BulkReport struct {
	DryRun    bool      `json:"dry_run" doc:"Whether nothing was changed."`
	ID        string    `json:"id,omitempty" doc:"Its id in the history and in the audit log; not there for a dry run."`
	Done      int64     `json:"done" doc:"Tokens that were, or in a dry run would be, changed."`
	Unchanged int64     `json:"unchanged" doc:"Tokens that were in that state already."`
	Refused   int64     `json:"refused" doc:"Tokens that were not changed; see the rows."`
	Digest    string    `json:"report_sha256" doc:"SHA-256 of the report, as in the audit log."`
	Rows      []BulkRow `json:"rows" doc:"One for each token, in the order of the list."`
}

// BulkRow is the report of one token.
type BulkRow struct {
	Row          int    `json:"row" doc:"Its number, from 1."`
	Serial       string `json:"serial" doc:"The serial number in normal form."`
	Manufacturer string `json:"manufacturer" doc:"As the import file wrote it; may be empty."`
	From         string `json:"from,omitempty" doc:"Its state before; not there if there is no such token."`
	Result       string `json:"result" enum:"done,unchanged,refused" doc:"What became of it."`
	Reason       string `json:"reason" doc:"Why it was refused; empty otherwise."`
	Code         string `json:"code,omitempty" doc:"Why it was refused, for programs: token.unknown, token.several, token.state, token.expired, or the code of the problem that the act alone would have."`
}

// BulkActs is a page of the history.
type BulkActs struct {
	BulkActs   []PastBulkAct `json:"bulk_acts" doc:"Newest first."`
	NextCursor string        `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// BulkActRef names a bulk act.
type BulkActRef struct {
	ID string `json:"-" path:"id" maxLength:"64" doc:"Its id."`
}

// PastBulkAct is a bulk act in the history.
type PastBulkAct struct {
	ID         string     `json:"id" doc:"Its id, as in the audit log."`
	Act        string     `json:"act" enum:"suspend,resume,retire,return,extend" doc:"What was done."`
	Reason     string     `json:"reason" doc:"Why."`
	State      string     `json:"state" enum:"running,done,failed" doc:"How it ended. While it runs the counts grow."`
	Total      int64      `json:"total" doc:"Tokens that were named."`
	Done       int64      `json:"done" doc:"Tokens that were changed so far."`
	Unchanged  int64      `json:"unchanged" doc:"Tokens that were in that state already, so far."`
	Refused    int64      `json:"refused" doc:"Tokens that were refused so far."`
	RowsSHA256 string     `json:"report_sha256,omitempty" doc:"SHA-256 of the report."`
	By         string     `json:"by" doc:"Who did it, as in the audit log."`
	Proposal   string     `json:"proposal,omitempty" doc:"The proposal that allowed it."`
	Failure    string     `json:"failure,omitempty" doc:"Why it broke off."`
	CreatedAt  time.Time  `json:"created_at" doc:"When it began."`
	EndedAt    *time.Time `json:"ended_at,omitempty" doc:"When it ended."`
}

func (a *API) bulkOperations() []operation {
	const path = "/v1/token-bulk-acts"
	at := func(id, method, rest, summary, text string) route {
		return route{id: id, method: method, path: path + rest, tag: tagTokens, scopes: client.TokensWrite, summary: summary, text: text}
	}
	past := PastBulkAct{ID: exampleID, Act: "suspend", Reason: "Recall of box 17.", State: "done", Total: 2, Done: 1, Refused: 1, By: "client:" + exampleID, CreatedAt: exampleTime(0), EndedAt: new(exampleTime(1))}
	return []operation{
		act[RunBulkAct, BulkReport]{
			route:  at("runBulkAct", http.MethodPost, "", "Do one act with many tokens", "Token by token: one that is refused holds up no other. Run it dry first. Where the policies want four eyes for it, and always to resume tokens, since nobody is identified for a list (403, foureyes.needed), members of staff propose and approve it. Doing it again is harmless."),
			status: http.StatusOK, repeats: stored, do: a.runBulk,
			in: RunBulkAct{Act: "suspend", Reason: "Recall of box 17.", Tokens: []BulkToken{{Serial: "7700001"}, {Serial: "7700002", Manufacturer: "oath.ALDR"}}},
			out: BulkReport{ID: exampleID, Done: 1, Refused: 1, Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Rows: []BulkRow{
				{Row: 1, Serial: "7700001", Manufacturer: "oath.ALDR", From: "active", Result: "done"},
				{Row: 2, Serial: "7700002", Manufacturer: "oath.ALDR", From: "lost", Result: "refused", Reason: "it is lost", Code: "token.state"},
			}},
		},
		act[PageQuery, BulkActs]{
			route:  at("listBulkActs", http.MethodGet, "", "List bulk acts", ""),
			status: http.StatusOK, do: a.listBulks, names: map[string]string{"cursor": "cursor", "limit": "limit"}, out: BulkActs{BulkActs: []PastBulkAct{past}},
		},
		act[BulkActRef, PastBulkAct]{
			route:  at("getBulkAct", http.MethodGet, "/{id}", "Look a bulk act up", "While it runs, how far it is."),
			status: http.StatusOK, do: a.getBulk, out: past,
		},
	}
}

func (a *API) runBulk(ctx context.Context, c *call, in *RunBulkAct) (BulkReport, error) {
	b := token.Bulk{Act: device.Act(in.Act), Reason: in.Reason, EvenLast: in.EvenLast}
	if in.EndsAt != "" {
		ends, err := bodyTime(in.EndsAt, "/ends_at")
		if err != nil {
			return BulkReport{}, err
		}
		b.Ends = &ends
	}
	for _, t := range in.Tokens {
		b.Tokens = append(b.Tokens, token.Named{Serial: t.Serial, Manufacturer: t.Manufacturer})
	}
	out := BulkReport{DryRun: in.DryRun, Rows: []BulkRow{}}
	sink := func(r token.BulkRow) error {
		out.Rows = append(out.Rows, BulkRow{Row: r.Number, Serial: r.Serial, Manufacturer: r.Manufacturer, From: string(r.From), Result: string(r.Result), Reason: r.Reason, Code: r.Code})
		return nil
	}
	var s token.BulkSummary
	var err error
	if in.DryRun {
		s, err = a.Care.PreviewBulk(ctx, b, sink)
	} else {
		// What was begun is finished, whether or not the caller waits for it.
		s, err = a.Care.RunBulk(background(ctx), c.access.Actor(), b, foureyes.Warrant{}, token.BulkReport{Sink: sink, Begun: func(id ident.ID) { out.ID = id.String() }})
	}
	out.Done, out.Unchanged, out.Refused, out.Digest = s.Done, s.Unchanged, s.Refused, s.Digest
	return out, err
}

func (a *API) listBulks(ctx context.Context, _ *call, in *PageQuery) (BulkActs, error) {
	out := BulkActs{BulkActs: []PastBulkAct{}}
	if in.Limit == 0 {
		in.Limit = 50
	}
	all, next, err := a.Care.Bulks(ctx, in.Cursor, in.Limit)
	for _, p := range all {
		out.BulkActs = append(out.BulkActs, bulkOf(p))
	}
	out.NextCursor = next
	return out, err
}

func (a *API) getBulk(ctx context.Context, _ *call, in *BulkActRef) (PastBulkAct, error) {
	id, err := ident.Parse(in.ID)
	if err != nil {
		return PastBulkAct{}, fault.NotFoundf("token.bulk_unknown", "There is no such bulk act.").WithCause(err)
	}
	p, err := a.Care.Bulk(ctx, id)
	return bulkOf(p), err
}

func bulkOf(p token.PastBulk) PastBulkAct {
	out := PastBulkAct{
		ID: p.ID.String(), Act: string(p.Bulk.Act), Reason: p.Bulk.Reason, State: p.State, Total: p.Total, Done: p.Done, Unchanged: p.Unchanged, Refused: p.Refused,
		RowsSHA256: hex.EncodeToString(p.Report), By: p.By, Failure: p.Reason, CreatedAt: p.Created, EndedAt: known(p.Ended),
	}
	if !p.Proposal.IsZero() {
		out.Proposal = p.Proposal.String()
	}
	return out
}
