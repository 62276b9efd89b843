package httpapi

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/telemetry"
	"github.com/countersign-auth/countersign/internal/token"
)

// ImportReport is what became of an uploaded file.
type ImportReport struct {
	DryRun    bool        `json:"dry_run" doc:"Whether nothing was changed."`
	Imported  int64       `json:"imported" doc:"Keys that are, or in a dry run would be, in stock."`
	Duplicate int64       `json:"duplicate" doc:"Keys that were there already; they were not changed."`
	Refused   int64       `json:"refused" doc:"Rows that cannot be used."`
	Digest    string      `json:"report_sha256" doc:"SHA-256 of all rows of the report, as in the audit log."`
	Rows      []ImportRow `json:"rows" doc:"The first 1,000 rows that are duplicates, refused, or imported with a remark."`
	LeftOut   int64       `json:"rows_left_out" doc:"Such rows beyond the first 1,000."`
}

// ImportRow is a row of the report.
type ImportRow struct {
	Row       int    `json:"row" doc:"The number of the row, from 1."`
	Line      int    `json:"line,omitempty" doc:"The line of the file, from 1."`
	Serial    string `json:"serial" doc:"The serial number as in the file."`
	KeyID     string `json:"key_id" doc:"The name of the key in the file."`
	Algorithm string `json:"algorithm" doc:"Its family."`
	Result    string `json:"result" enum:"imported,duplicate,refused" doc:"What became of it."`
	Reason    string `json:"reason" doc:"Why, or a remark."`
}

// maxRows bounds the report in an answer.
const maxRows = 1000

// Imports is a page of the history.
type Imports struct {
	Imports    []PastImport `json:"imports" doc:"Newest first."`
	NextCursor string       `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// PastImport is an import in the history.
type PastImport struct {
	ID         string     `json:"id" doc:"Its id, as in the audit log."`
	Name       string     `json:"name" doc:"The name of the file."`
	State      string     `json:"state" enum:"running,done,failed" doc:"How it ended."`
	Mode       string     `json:"mode" enum:"rows,whole" doc:"Row by row, or all or nothing."`
	Imported   int64      `json:"imported" doc:"Keys that went into stock."`
	Duplicate  int64      `json:"duplicate" doc:"Keys that were there already."`
	Refused    int64      `json:"refused" doc:"Rows that could not be used."`
	FileSHA256 string     `json:"file_sha256,omitempty" doc:"SHA-256 of the file."`
	RowsSHA256 string     `json:"report_sha256,omitempty" doc:"SHA-256 of the report."`
	By         string     `json:"by" doc:"Who imported, as in the audit log."`
	Reason     string     `json:"reason,omitempty" doc:"Why it failed."`
	CreatedAt  time.Time  `json:"created_at" doc:"When it began."`
	EndedAt    *time.Time `json:"ended_at,omitempty" doc:"When it ended."`
}

// PageQuery is a request for a page.
type PageQuery struct {
	Cursor string `json:"-" query:"cursor" maxLength:"200" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit  int    `json:"-" query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Entries on a page."`
}

func (a *API) importOperations() []operation {
	past := PastImport{
		ID: exampleID, Name: "box-17.pskcxml", State: "done", Mode: "rows", Imported: 998, Duplicate: 1, Refused: 1, By: "client:" + exampleID,
		CreatedAt: exampleTime(0), EndedAt: new(exampleTime(1)),
	}
	return []operation{
		upload{
			route: route{
				id: "importTokens", method: http.MethodPost, path: "/v1/token-imports", tag: tagTokens, scopes: client.TokensImport,
				summary: "Import tokens",
				text:    "Takes a PSKC container (RFC 6030) or an OATH CSV file as multipart/form-data, or as the bare body when it needs no key. The file is read as it arrives; its size is limited by the operator. Repeating an import changes nothing: what is there already is a duplicate.",
			},
			serve: a.importTokens,
			out: ImportReport{Imported: 998, Duplicate: 1, Refused: 1, Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Rows: []ImportRow{
				{Row: 17, Line: 412, Serial: "7700017", KeyID: "7700017-1", Algorithm: "hotp", Result: "refused", Reason: "the key expired on 2025-12-31"},
			}},
		},
		act[PageQuery, Imports]{
			route: route{
				id: "listTokenImports", method: http.MethodGet, path: "/v1/token-imports", tag: tagTokens, scopes: client.TokensImport,
				summary: "List imports",
			},
			status: http.StatusOK, do: a.listImports, names: map[string]string{"cursor": "cursor", "limit": "limit"}, out: Imports{Imports: []PastImport{past}},
		},
	}
}

func (a *API) listImports(ctx context.Context, _ *call, in *PageQuery) (Imports, error) {
	out := Imports{Imports: []PastImport{}}
	if in.Limit == 0 {
		in.Limit = 50
	}
	all, next, err := a.Tokens.Imports(ctx, in.Cursor, in.Limit)
	for _, p := range all {
		mode := "rows"
		if p.Whole {
			mode = "whole"
		}
		out.Imports = append(out.Imports, PastImport{
			ID: p.ID.String(), Name: p.Name, State: p.State, Mode: mode, Imported: p.Imported, Duplicate: p.Duplicate, Refused: p.Refused,
			FileSHA256: hex.EncodeToString(p.File), RowsSHA256: hex.EncodeToString(p.Report), By: p.By, Reason: p.Reason,
			CreatedAt: p.Created, EndedAt: known(p.Ended),
		})
	}
	out.NextCursor = next
	return out, err
}

// importTokens carries an upload out. When it fails, the rest of the upload is not
// waited for.
func (a *API) importTokens(w http.ResponseWriter, r *http.Request, c *call) error {
	err := a.importUpload(w, r, c)
	if err != nil {
		w.Header().Set("Connection", "close")
	}
	return err
}

// importUpload lets only a few run at once: each keeps the database busy.
func (a *API) importUpload(w http.ResponseWriter, r *http.Request, c *call) error {
	select {
	case a.imports <- struct{}{}:
		defer func() { <-a.imports }()
	default:
		return fault.Limitedf(10*time.Second, "token.imports_busy", "Other imports are under way on this node. Try again in a moment.")
	}
	// An import may take longer than any other request.
	rc := http.NewResponseController(w)
	_ = errors.Join(rc.SetReadDeadline(time.Time{}), rc.SetWriteDeadline(time.Time{})) // where they cannot be lifted they hold; where they can the server has others
	f, err := a.receive(w, r)
	if err != nil {
		return err
	}
	defer f.close()
	report := ImportReport{DryRun: f.dryRun, Rows: []ImportRow{}}
	summary, err := a.carryImport(telemetry.WithRequestID(r.Context(), c.id), c, f, &report)
	if err != nil {
		return f.explain(err)
	}
	report.Imported, report.Duplicate, report.Refused, report.Digest = summary.Imported, summary.Duplicate, summary.Refused, summary.Digest
	body, err := json.Marshal(report)
	if err != nil {
		return err
	}
	if c.status = http.StatusCreated; f.dryRun {
		c.status = http.StatusOK
	}
	writeBody(w, c.status, jsonType, body)
	return nil
}

func (a *API) carryImport(ctx context.Context, c *call, f *uploaded, report *ImportReport) (token.Summary, error) {
	in := token.Import{
		Name: f.name, Options: f.options, Set: a.Policies.Active(), AllOrNothing: f.whole, Now: a.Now(),
		Open: f.open, Sink: report.note,
	}
	if f.dryRun {
		return a.Tokens.DryRun(ctx, in)
	}
	return a.Tokens.ImportFile(ctx, c.access.Actor(), in)
}

// note keeps the rows that somebody should look at.
func (x *ImportReport) note(row token.Row) error {
	switch {
	case row.Result == token.Imported && row.Reason == "":
	case len(x.Rows) == maxRows:
		x.LeftOut++
	default:
		x.Rows = append(x.Rows, ImportRow{row.Number, row.Line, row.Serial, row.KeyID, row.Algorithm, string(row.Result), row.Reason})
	}
	return nil
}
