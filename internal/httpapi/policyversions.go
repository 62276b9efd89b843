package httpapi

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

// PolicyVersions is a page of the versions.
type PolicyVersions struct {
	Versions   []PolicyVersion `json:"versions" doc:"Newest first; the last one came with the program."`
	NextCursor string          `json:"next_cursor,omitempty" doc:"Where the next page begins; not there on the last one."`
}

// PolicyVersion is a version in the list.
type PolicyVersion struct {
	Version  int64      `json:"version" doc:"Its number, as outcomes name it; 0 is the one that came with the program."`
	Active   bool       `json:"active" doc:"Whether it is in force."`
	SHA256   string     `json:"sha256" doc:"SHA-256 of the document, in hexadecimal."`
	StoredAt *time.Time `json:"stored_at,omitempty" doc:"When it was stored."`
	By       string     `json:"by,omitempty" doc:"Who stored it, as in the audit log."`
}

// PolicyDocument is a version with its content.
type PolicyDocument struct {
	Version  int64           `json:"version" doc:"Its number."`
	Document json.RawMessage `json:"document" doc:"The whole document, with defaults filled in. Lengths of time are texts such as 15m0s."`
	YAML     string          `json:"yaml" doc:"The document as it was stored, with its comments."`
}

// PolicyDifferences is what differs between two versions.
type PolicyDifferences struct {
	From    int64          `json:"from" doc:"The number of the version that it was compared with."`
	To      int64          `json:"to" doc:"The number of the version."`
	Changes []PolicyChange `json:"changes" doc:"By meaning, in the order of the document; comments, layout and spelled-out defaults do not count."`
}

// PolicyChange is one difference.
type PolicyChange struct {
	Path string `json:"path" doc:"Where: names separated by dots, entries of lists by their codes."`
	Old  string `json:"old,omitempty" doc:"What was there; left out when nothing was."`
	New  string `json:"new,omitempty" doc:"What is there; left out when nothing is."`
}

// VersionPath names a version.
type VersionPath struct {
	Version int64 `json:"-" path:"version" minimum:"0" maximum:"1000000000" doc:"The number of the version."`
}

// VersionPair names two versions.
type VersionPair struct {
	To   int64 `json:"-" path:"version" minimum:"0" maximum:"1000000000" doc:"The number of the version."`
	From int64 `json:"-" query:"from" minimum:"0" maximum:"1000000000" doc:"The number of the version that it is compared with; 0 when left out."`
}

func (a *API) policyVersionOperations() []operation {
	at := func(id, path, summary, text string) route {
		return route{id: id, method: http.MethodGet, path: path, tag: tagPolicies, scopes: client.PoliciesRead, summary: summary, text: text}
	}
	const sum = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	return []operation{
		act[PageQuery, PolicyVersions]{
			route:  at("listPolicyVersions", "/v1/policies/versions", "List the versions of the policies", "Versions never change. Staff propose, approve and activate them; applications read."),
			status: http.StatusOK, do: a.listVersions, names: map[string]string{"cursor": "cursor", "limit": "limit"},
			out: PolicyVersions{Versions: []PolicyVersion{{Version: 3, Active: true, SHA256: sum, StoredAt: new(exampleTime(0)), By: "staff:" + exampleID}}},
		},
		act[VersionPath, PolicyDocument]{
			route:  at("getPolicyVersion", "/v1/policies/versions/{version}", "Read a version of the policies", "Such as the one that an outcome names."),
			status: http.StatusOK, do: a.getVersion, in: VersionPath{Version: 3},
			out: PolicyDocument{Version: 3, Document: json.RawMessage(`{"registration":{"code_length":16}}`), YAML: "registration:\n  code_length: 16\n"},
		},
		act[VersionPair, PolicyDifferences]{
			route:  at("comparePolicyVersions", "/v1/policies/versions/{version}/differences", "Compare two versions of the policies", "What changed from one to the other."),
			status: http.StatusOK, do: a.compareVersions, in: VersionPair{From: 2, To: 3},
			out: PolicyDifferences{From: 2, To: 3, Changes: []PolicyChange{{"registration.code_valid", "168h0m0s", "24h0m0s"}}},
		},
	}
}

func (a *API) listVersions(ctx context.Context, _ *call, in *PageQuery) (PolicyVersions, error) {
	out := PolicyVersions{Versions: []PolicyVersion{}}
	if in.Limit == 0 {
		in.Limit = 50
	}
	before := int64(0)
	if in.Cursor != "" {
		n, err := strconv.ParseInt(in.Cursor, 10, 64)
		if err != nil || n < 1 {
			return out, fault.Invalidf("policy.cursor", "This is not a cursor of the list of versions: start with the first page.").WithField("cursor")
		}
		before = n
	}
	all, err := a.Policies.Versions(ctx, before, in.Limit)
	for _, v := range all {
		out.Versions = append(out.Versions, PolicyVersion{v.Number, v.Active, hex.EncodeToString(v.Digest[:]), known(v.Stored), v.By})
		out.NextCursor = strconv.FormatInt(v.Number, 10)
	}
	if out.NextCursor == "0" || len(all) < in.Limit {
		out.NextCursor = ""
	}
	return out, err
}

func (a *API) getVersion(ctx context.Context, _ *call, in *VersionPath) (PolicyDocument, error) {
	s, doc, err := a.Policies.Get(ctx, in.Version)
	if err != nil {
		return PolicyDocument{}, err
	}
	p, err := policiesOf(s)
	return PolicyDocument{Version: in.Version, Document: p.Document, YAML: string(doc)}, err
}

func (a *API) compareVersions(ctx context.Context, _ *call, in *VersionPair) (PolicyDifferences, error) {
	out := PolicyDifferences{From: in.From, To: in.To, Changes: []PolicyChange{}}
	from, _, err := a.Policies.Get(ctx, in.From)
	if err != nil {
		return out, err
	}
	to, _, err := a.Policies.Get(ctx, in.To)
	if err != nil {
		return out, err
	}
	changes, err := policy.Diff(from, to)
	for _, c := range changes {
		out.Changes = append(out.Changes, PolicyChange(c))
	}
	return out, err
}
