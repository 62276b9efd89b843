package httpapi

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// AuditQuery says which records are wanted; all that is given must hold.
type AuditQuery struct {
	CustomerNumber string    `json:"-" query:"customer_number" maxLength:"80" doc:"About this customer."`
	Customer       string    `json:"-" query:"customer" maxLength:"26" doc:"About the customer with this id of ours, also after the number was given up."`
	Actor          string    `json:"-" query:"actor" maxLength:"100" doc:"By whom: customer:ID, staff:ID, client:ID or system:NAME."`
	Kind           string    `json:"-" query:"kind" maxLength:"100" doc:"What happened, such as authentication.granted; with a dot at its end a beginning, such as token."`
	Object         string    `json:"-" query:"object" maxLength:"200" doc:"What it is about, as in the records."`
	From           time.Time `json:"-" query:"from" doc:"Not before this moment."`
	To             time.Time `json:"-" query:"to" doc:"Before this moment."`
	Text           string    `json:"-" query:"text" maxLength:"200" doc:"Stands in kind, object or details, in any case."`
	Cursor         string    `json:"-" query:"cursor" maxLength:"200" doc:"next_cursor of the page before; leave it out for the first page."`
	Limit          int       `json:"-" query:"limit" minimum:"1" maximum:"500" default:"50" doc:"Records on a page."`
}

// AuditRef names a record.
type AuditRef struct {
	ID string `json:"-" path:"id" maxLength:"80" doc:"The record's id, as in the list."`
}

// AuditRecords is a page of records.
type AuditRecords struct {
	Records    []AuditRecord `json:"records" doc:"Newest first. A page can be short, or empty, and have a next one."`
	NextCursor string        `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// AuditRecord is a record of the audit log.
type AuditRecord struct {
	ID       string          `json:"id" doc:"Names the record for ever."`
	At       time.Time       `json:"at" doc:"When its transaction began, to the microsecond."`
	Kind     string          `json:"kind" doc:"What happened."`
	Actor    string          `json:"actor" doc:"Who did it."`
	Customer string          `json:"customer,omitempty" doc:"Whom it is about: our id."`
	Object   string          `json:"object,omitempty" doc:"What it is about."`
	Details  json.RawMessage `json:"details,omitempty" doc:"More about it; not there once erased."`
	Salt     string          `json:"salt,omitempty" doc:"What is hashed before the details, in hexadecimal; not there once erased."`
	Digest   string          `json:"digest" doc:"SHA-256 of salt and details, in hexadecimal: it stays when they are erased."`
}

// AuditProof shows that a record is in the log.
type AuditProof struct {
	Record      AuditRecord `json:"record" doc:"The record. Its leaf hash is computed from all fields but salt and details."`
	LeafHash    string      `json:"leaf_hash" doc:"RFC 6962, section 2.1, in base64."`
	Leaf        int64       `json:"leaf" doc:"The record's index in the tree."`
	Hashes      []string    `json:"hashes" doc:"The path from the leaf to the root (RFC 6962, section 2.1.1), in base64."`
	Checkpoint  string      `json:"checkpoint" doc:"The signed checkpoint, a note as of golang.org/x/mod/sumdb/note."`
	VerifierKey string      `json:"verifier_key" doc:"Our public key. Compare it with one that you got on another way."`
}

// Checkpoint is the newest signed statement about the whole log.
type Checkpoint struct {
	Origin      string    `json:"origin" doc:"The name of the log."`
	Size        int64     `json:"size" doc:"The number of records."`
	RootHash    string    `json:"root_hash" doc:"The hash of the tree, in base64."`
	Epoch       int64     `json:"epoch" doc:"How often the database was recovered after a restore."`
	At          time.Time `json:"at" doc:"When it was signed."`
	Note        string    `json:"note" doc:"The signed form."`
	VerifierKey string    `json:"verifier_key" doc:"Our public key. Compare it with one that you got on another way."`
}

func recordOf(e audit.Entry) AuditRecord {
	return AuditRecord{
		ID: e.ID.String(), At: e.At, Kind: e.Kind, Actor: e.Actor, Customer: e.Customer.String(), Object: e.Object, Details: e.Details,
		Salt: hex.EncodeToString(e.Salt), Digest: hex.EncodeToString(e.Digest),
	}
}

func (a *API) auditOperations() []operation {
	record := AuditRecord{
		ID: exampleID + "-1-42", At: exampleTime(0), Kind: "authentication.granted", Actor: "client:" + exampleID, Customer: exampleID, Object: "authentication:" + exampleID,
		Details: json.RawMessage(`{"purpose":"login","channel":"web","policy":"secure-code"}`), Salt: "5f4dcc3b5aa765d61d8327deb882cf99",
		Digest: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	}
	const note = "bank.example/countersign\n43\nJq5yLqC7bq0m1ow1cZNtHc3bVvJ9j0Tz1qBzI7kRk3A=\nepoch 0\ntime 2026-11-02T09:00:00Z\n\n— bank.example/countersign Az3grl…\n"
	const root, key = "Jq5yLqC7bq0m1ow1cZNtHc3bVvJ9j0Tz1qBzI7kRk3A=", "bank.example/countersign+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
	at := func(id, rest, summary, text string) route {
		return route{id: id, method: http.MethodGet, path: "/v1/audit/" + rest, tag: tagAudit, scopes: client.AuditRead, summary: summary, text: text}
	}
	return []operation{
		act[AuditQuery, AuditRecords]{
			route:  at("listAuditRecords", "records", "List records", "The newest first, sealed or not."),
			status: http.StatusOK, do: a.listRecords, out: AuditRecords{Records: []AuditRecord{record}},
		},
		act[AuditRef, AuditProof]{
			route:  at("proveAuditRecord", "records/{id}/proof", "Prove a record", "Can be checked without us, with nothing but the verifier key."),
			status: http.StatusOK, do: a.proveRecord,
			out: AuditProof{Record: record, LeafHash: root, Leaf: 41, Hashes: []string{root}, Checkpoint: note, VerifierKey: key},
		},
		act[nothing, Checkpoint]{
			route:  at("getAuditCheckpoint", "checkpoint", "Get the newest checkpoint", "Keep checkpoints: whoever has one can tell whether anything before it was changed."),
			status: http.StatusOK, do: a.checkpoint,
			out: Checkpoint{Origin: "bank.example/countersign", Size: 43, RootHash: root, At: exampleTime(0), Note: note, VerifierKey: key},
		},
	}
}

func (a *API) listRecords(ctx context.Context, _ *call, in *AuditQuery) (AuditRecords, error) {
	out := AuditRecords{Records: []AuditRecord{}}
	f, err := a.filter(ctx, in)
	if err != nil {
		return out, err
	}
	if in.Limit == 0 {
		in.Limit = 50
	}
	p, err := a.Audit.Find(ctx, f, in.Cursor, in.Limit)
	for _, e := range p.Entries {
		out.Records = append(out.Records, recordOf(e))
	}
	out.NextCursor = p.Next
	return out, err
}

func (a *API) filter(ctx context.Context, in *AuditQuery) (f audit.Filter, err error) {
	f = audit.Filter{Kind: in.Kind, Object: in.Object, From: in.From, To: in.To, Text: in.Text}
	if in.Customer != "" {
		if f.Customer, err = ident.Parse(in.Customer); err != nil {
			return f, refuse(http.StatusUnprocessableEntity, "request.id", "customer", "This is not an id: %v.", err)
		}
	}
	if in.Actor != "" {
		if f.Actor, err = audit.ParseActor(in.Actor); err != nil {
			return f, refuse(http.StatusUnprocessableEntity, "request.actor", "actor", "An actor is customer:ID, staff:ID, client:ID or system:NAME.")
		}
	}
	if in.CustomerNumber != "" {
		if in.Customer != "" {
			return f, refuse(http.StatusUnprocessableEntity, "request.customer", "customer", "Give the customer's number or the id, not both.")
		}
		c, err := a.Customers.GetByNumber(ctx, in.CustomerNumber)
		if fault.Is(err, "customer.unknown") {
			return f, refuse(http.StatusUnprocessableEntity, "customer.unknown", "customer_number", "There is no such customer.")
		}
		f.Customer = c.ID
		return f, err
	}
	return f, nil
}

func (a *API) proveRecord(ctx context.Context, _ *call, in *AuditRef) (AuditProof, error) {
	id, err := audit.ParseID(in.ID)
	if err != nil {
		return AuditProof{}, fault.From(err).WithField("id")
	}
	p, err := a.Audit.Prove(ctx, id)
	if err != nil {
		return AuditProof{}, err
	}
	out := AuditProof{
		Record: recordOf(p.Entry), LeafHash: p.Entry.LeafHash().String(), Leaf: p.Leaf, Hashes: []string{}, Checkpoint: p.Checkpoint, VerifierKey: a.Audit.VerifierKey(),
	}
	for _, h := range p.Hashes {
		out.Hashes = append(out.Hashes, h.String())
	}
	return out, nil
}

func (a *API) checkpoint(ctx context.Context, _ *call, _ *nothing) (Checkpoint, error) {
	c, err := a.Audit.Checkpoint(ctx)
	return Checkpoint{
		Origin: c.Origin, Size: c.Size, RootHash: c.Root.String(), Epoch: c.Epoch, At: c.At, Note: string(c.Note), VerifierKey: a.Audit.VerifierKey(),
	}, err
}
