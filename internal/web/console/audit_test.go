package console_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/staff"
)

func TestAuditFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.customer("10027", "Ada Palmer")
	w.customer("10031", "Bo Lind")
	w.tokens("CS-1")
	w.register(ada, "CS-1")
	w.attempt(ada, "000000")
	help := w.join("maja", staff.HelpDesk).login()
	help.post("/customers/"+ada.ID.String()+"/status", url.Values{"act": {"suspend"}, "reason": {"needle in a haystack"}})
	p := w.join("otto", staff.Auditor).login()
	count := func(query string) int {
		t.Helper()
		page := p.open("/audit?" + query)
		if !page.Has("tbody") {
			return 0
		}
		return len(page.One(t, "tbody").All("tr"))
	}
	all := count("")
	for query, want := range map[string]int{
		"kind=customer.":                3,
		"kind=token.":                   1,
		"customer=10031":                1,
		"actor=maja":                    3, // enrolled, logged in, suspended
		"actor=MAJA&kind=customer.":     1,
		"actor=system:cli&kind=staff":   0,
		"text=NEEDLE":                   1,
		"from=2026-11-02&to=2026-11-02": all,
		"to=2026-11-01":                 0,
		"from=2030-01-01":               0,
		"object=" + url.QueryEscape(w.audited("token.imported")[0].Object): 1,
		"kind=customer.&customer=10027&actor=maja&text=haystack":           1,
	} {
		if got := count(query); got != want {
			t.Errorf("%s finds %d of %d, want %d", query, got, all, want)
		}
	}
	for _, query := range []string{"customer=99999", "actor=nobody", "actor=x:y", "from=yesterday", "actor=é"} {
		a := p.get("/audit?" + query)
		if a.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, a.code)
		}
	}
	if a := p.get("/audit?after=nonsense"); a.code != http.StatusBadRequest {
		t.Errorf("a bad cursor: %d", a.code)
	}
}

func TestAuditPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 70 {
		w.customer("77"+string(rune('A'+i/26))+string(rune('A'+i%26)), "")
	}
	p := w.join("otto", staff.Auditor).login()
	seen := map[string]bool{}
	for path := "/audit?kind=customer."; path != ""; {
		page := p.open(path)
		if page.Has("tbody") {
			for _, a := range page.One(t, "tbody").All("a") {
				seen[a.Attr["href"]] = true
			}
		}
		path = ""
		for _, a := range page.All("a[rel=next]") {
			path = a.Attr["href"]
		}
	}
	if len(seen) != 70 {
		t.Errorf("%d records were seen", len(seen))
	}
}

// TestAuditProof checks the downloaded proof with nothing but the key of the page.
func TestAuditProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 9 {
		w.customer("7700"+string(rune('A'+i)), "")
	}
	p := w.join("otto", staff.Auditor).login()
	path := p.open("/audit?customer=7700D").One(t, "tbody").One(t, "a").Attr["href"]
	page := p.open(path)
	if got := page.One(t, ".badge").Text(); got != "Verified" {
		t.Errorf("the page says %q", got)
	}
	if steps := len(page.One(t, ".proof").All("details")); steps < 3 {
		t.Errorf("the page explains %d steps", steps)
	}
	a := p.get(path + "/proof.json")
	var proof audit.Proof
	if err := json.Unmarshal([]byte(a.body), &proof); err != nil {
		t.Fatal(err)
	}
	key := p.open("/audit/checkpoint").One(t, "#verifier").Attr["data-value"]
	c, err := audit.CheckProof(proof, key)
	if err != nil || proof.Entry.Kind != "customer.created" {
		t.Fatalf("the proof of %s: %v", proof.Entry.Kind, err)
	}
	if root := page.One(t, ".proof").Text(); !strings.Contains(root, "The signed root") {
		t.Errorf("the page ends with %s", root)
	}
	note := p.get("/audit/checkpoint/note.txt")
	kept, err := audit.OpenCheckpoint([]byte(note.body), key)
	if err != nil || kept.Size < c.Size || !strings.Contains(note.head.Get("Content-Disposition"), "attachment") {
		t.Errorf("the checkpoint: %+v, %v", kept, err)
	}
	proof.Entry.Kind = "customer.erased"
	if _, err := audit.CheckProof(proof, key); err == nil {
		t.Error("a changed record is proven too")
	}
	if a := p.get("/audit/records/nonsense"); a.code != http.StatusBadRequest && a.code != http.StatusNotFound {
		t.Errorf("an id that is none: %d", a.code)
	}
}
