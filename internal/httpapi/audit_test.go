package httpapi_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/ident"
)

func TestAuditRecords(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		w.login("10023", "000000")
		w.login("10023", hotp("7700001", 1))
		all := w.get("/v1/audit/records?customer_number=10023&kind=authentication.").status(http.StatusOK)
		if n := len(all.value["records"].([]any)); n != 2 {
			t.Fatalf("%d records: %v", n, all)
		}
		all.has(fields{"next_cursor": nil})
		w.get("/v1/audit/records?kind=authentication.granted").first("records", fields{"kind": "authentication.granted", "details.purpose": "login"})
		seen, cursor := 0, ""
		for {
			page := w.get("/v1/audit/records?limit=3&cursor=" + cursor).status(http.StatusOK)
			seen += len(page.value["records"].([]any))
			if cursor = page.text("next_cursor"); cursor == "" {
				break
			}
		}
		if seen < 10 {
			t.Errorf("%d records on all pages", seen)
		}
	})
}

// A proof as it comes over the wire can be checked with nothing but the key.
func TestAuditProofs(t *testing.T) {
	each(t, func(w *world) {
		w.registered("10023", "7700001")
		list := w.get("/v1/audit/records?kind=registration.completed").status(http.StatusOK)
		id := list.value["records"].([]any)[0].(map[string]any)["id"].(string)
		got := w.get("/v1/audit/records/" + id + "/proof").status(http.StatusOK)
		if _, err := audit.CheckProof(got.proof(), got.text("verifier_key")); err != nil {
			t.Error(err)
		}
		forged := got.proof()
		forged.Entry.Kind = "registration.abandoned"
		if _, err := audit.CheckProof(forged, got.text("verifier_key")); err == nil {
			t.Error("a forged record is proven")
		}
		c := w.get("/v1/audit/checkpoint").status(http.StatusOK)
		if _, err := audit.OpenCheckpoint([]byte(c.text("note")), got.text("verifier_key")); err != nil {
			t.Error(err)
		}
		w.get("/v1/audit/records/"+ident.Derive("x").String()+"-1-1/proof").problem(http.StatusNotFound, "audit.unknown_record")
		w.get("/v1/audit/records/x/proof").problem(http.StatusUnprocessableEntity, "audit.id").has(fields{"field": "/id"})
	})
}

// proof rebuilds a proof from what was answered.
func (r *response) proof() (p audit.Proof) {
	r.w.Helper()
	var x struct {
		Record struct {
			ID                  audit.ID
			At                  time.Time
			Kind, Actor, Object string
			Customer            ident.ID
			Details             json.RawMessage
			Salt, Digest        string
		}
		Leaf       int64
		Hashes     []string
		Checkpoint string
	}
	r.w.must(json.Unmarshal(r.raw, &x))
	salt, err := hex.DecodeString(x.Record.Salt)
	r.w.must(err)
	digest, err := hex.DecodeString(x.Record.Digest)
	r.w.must(err)
	e := x.Record
	p = audit.Proof{Leaf: x.Leaf, Checkpoint: x.Checkpoint, Entry: audit.Entry{ID: e.ID, At: e.At, Kind: e.Kind, Actor: e.Actor, Customer: e.Customer, Object: e.Object, Salt: salt, Details: e.Details, Digest: digest}}
	for _, text := range x.Hashes {
		h, err := tlog.ParseHash(text)
		r.w.must(err)
		p.Hashes = append(p.Hashes, h)
	}
	return p
}

func TestPoliciesAreRead(t *testing.T) {
	w := node(t, nil)
	got := w.do(request{method: http.MethodGet, path: "/v1/policies/active", scopes: client.PoliciesRead}).status(http.StatusOK)
	got.has(fields{"version": 0, "document.registration.code_length": 16, "document.registration.resume": "30m0s"})
	if got.text("yaml") == "" {
		t.Errorf("%v", got)
	}
}
