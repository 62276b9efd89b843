//go:build browser

package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// kept writes a file that a browser can choose.
func kept(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// refusedAct sends the form of an act that the page does not offer, and returns the
// status of the answer.
func refusedAct(p *webtest.Tab, act, digest string) int {
	return webtest.Eval[int](p, fmt.Sprintf(`fetch(location.pathname + %q, {method: "POST", body: new URLSearchParams({digest: %q})}).then(r => r.status)`, act, digest))
}

// Two security officers change the policies under four eyes: one proposes and can
// not approve it, the other looks at the difference and approves by the keyboard
// alone, after proving who sits there. The next outcome names the new version.
func TestBrowserTwoOfficers(t *testing.T) {
	w := newWorld(t)
	fixture(w)
	w.underEyes("policy.activate", "bulk")
	sofia, otto := w.join("sofia", staff.SecurityOfficer), w.join("otto", staff.SecurityOfficer)
	at := w.serve()
	b := webtest.Start(t)
	p, q := b.Tab(t), b.Tab(t)
	sofia.enter(p, at)
	p.Follow(".nav a[href='/proposals']")
	looks(t, p, "proposals-none")
	p.Follow(".nav a[href='/policies']")
	looks(t, p, "policies")
	p.Follow("a[href='/policies/new']")
	looks(t, p, "policy-new")
	p.Upload("#f-file", kept(t, "policies.yaml", w.document(longer, "code_length: 99\n  code_size: 12")))
	p.Follow("#edit button[type=submit]")
	if got := p.Text("tbody"); !strings.Contains(got, "code_size") {
		t.Errorf("the mistakes are %q", got)
	}
	looks(t, p, "policy-mistakes")
	doc := strings.Replace(w.document(longer, shorter), "max_extend: 3", "max_extend: 7", 1)
	doc = strings.Replace(doc, "acts: [policy.activate, bulk]", "acts: [policy.activate]", 1)
	p.Upload("#f-file", kept(t, "better.yaml", doc))
	p.Follow("#edit button[type=submit]")
	p.Wait("table.diff")
	looks(t, p, "policy-checked")
	p.Type("#f-reason", "Shorter codes are typed with fewer slips; one desk handles bulk acts.")
	p.Follow("form[action='/policies/store'] button[type=submit]")
	looks(t, p, "proposal-own")
	path := strings.TrimPrefix(p.URL(), at)
	if digest := w.proposalAt(path).Digest.String(); p.Has("form[action$='/approve']") || refusedAct(p, "/approve", digest) != 403 || w.cfg.Policies.Active().Version != 1 {
		t.Error("the proposer can approve")
	}

	otto.enter(q, at)
	looks(t, q, "home-waiting")
	if got := q.Text(".nav .count"); got != "1" {
		t.Errorf("the navigation counts %q", got)
	}
	q.Follow(".nav a[href='/proposals']")
	looks(t, q, "proposals")
	q.Follow("tbody a")
	if got := q.Text("table.diff tbody"); !strings.Contains(got, "registration.code_length 16 12") || !strings.Contains(got, "four_eyes.acts") {
		t.Errorf("the approver is shown %q", got)
	}
	looks(t, q, "proposal")
	w.clock.Advance(staff.FreshFor)
	q.TabTo("#f-note")
	q.Keys("Seen with Sofia on the phone.")
	q.TabTo("form[action$='/approve'] button.primary")
	q.Submit()
	q.Fill("#f-proof-password", password)
	q.Fill("#f-proof-code", otto.code())
	looks(t, q, "prove-decide")
	q.Submit()
	q.WaitText(".flashes", "carried out")
	looks(t, q, "proposal-executed")
	if w.cfg.Policies.Active().Version != 2 {
		t.Fatalf("version %d is in force", w.cfg.Policies.Active().Version)
	}
	ada, err := w.cfg.Customers.GetByNumber(t.Context(), "10027-4418")
	if err != nil {
		t.Fatal(err)
	}
	if o := w.attempt(ada, hotp(w, "CS-4407-118263", 2)); o.Version != 2 {
		t.Errorf("the outcome names version %d", o.Version)
	}
	q.Open(at + "/policies")
	if got := q.Text(".head .badge"); got != "Version 2" {
		t.Errorf("in force is %q", got)
	}
	q.Follow("a[href='/policies/versions']")
	looks(t, q, "policy-versions")
	q.Follow("tbody tr:nth-child(2) th a")
	looks(t, q, "policy-version")
	q.Follow("a[href$='/activate']")
	looks(t, q, "policy-activate")
	q.Open(at + "/policies/compare?from=0&to=2")
	looks(t, q, "policy-compare")
	p.Open(at + "/proposals?show=past")
	looks(t, p, "proposals-past")
}

// The stock as a whole: how long it will do, what ends, and one act on many tokens,
// followed while it runs. F-4 life cycle.
func TestBrowserStockActs(t *testing.T) {
	w := newWorld(t)
	var serials []string
	for i := range 30 {
		serials = append(serials, fmt.Sprintf("CS-7700-%06d", i+1))
	}
	w.tokens(serials...)
	for i := range 18 {
		w.register(w.customer(fmt.Sprintf("10055-%04d", i), "Customer"), serials[i])
		if i%3 == 2 {
			w.clock.Advance(time.Duration(12+i) * 24 * time.Hour)
		}
	}
	m := w.join("maja", staff.HelpDesk)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	m.enter(p, at)
	p.Follow(".nav a[href='/tokens']")
	looks(t, p, "stock-figures")
	p.Follow("a[href='/tokens/forecast']")
	p.Click("details summary")
	looks(t, p, "forecast")
	p.Open(at + "/bulks")
	looks(t, p, "bulks-none")
	p.Follow("a[href='/bulk']")
	p.Click("label:has(input[value=extend])")
	looks(t, p, "bulk-new")
	p.Type("#f-tokens", strings.Join(serials[:20], "\n")+"\nnowhere")
	p.Type("#f-reason", "Batteries of this batch end early.")
	webtest.Eval[string](p, `document.querySelector("#f-ends_at").value = "`+w.clock.Now().AddDate(0, 0, 60).Format(time.DateOnly)+`"`)
	p.Follow("main form .actions button.primary")
	p.Wait("form[action$='/run'] button.primary")
	looks(t, p, "bulk-checked")
	w.gate = make(chan struct{})
	p.Follow("form[action$='/run'] button.primary")
	p.Wait("progress")
	looks(t, p, "bulk-running")
	close(w.gate)
	p.Wait("a[href$='/report']") // without a reload by hand
	looks(t, p, "bulk-done")
	p.Follow("a[href^='/bulks/']")
	looks(t, p, "bulk-past")
	p.Open(at + "/bulks")
	looks(t, p, "bulks")
	p.Open(at + "/tokens/ending")
	looks(t, p, "ending")
	if !p.Has("a[href^='/tokens/ending.csv']") {
		t.Error("the list cannot be downloaded")
	}
}

// A delivery under four eyes: proposed by one officer, approved by another, and
// presented again.
func TestBrowserImportUnderFourEyes(t *testing.T) {
	w := newWorld(t)
	w.underEyes("token.import")
	sofia, otto := w.join("sofia", staff.SecurityOfficer), w.join("otto", staff.SecurityOfficer)
	at := w.serve()
	b := webtest.Start(t)
	p, q := b.Tab(t), b.Tab(t)
	file := kept(t, "delivery.csv", csv("CS-1", "CS-2"))
	send := func(tab *webtest.Tab) {
		tab.Upload("#f-file", file)
		tab.Follow("main form .actions button.primary")
	}
	sofia.enter(p, at)
	p.Open(at + "/import")
	p.Type("#f-hash", "SHA-1")
	send(p)
	p.Wait("form[action$='/propose']")
	looks(t, p, "import-to-propose")
	p.Type("#f-reason", "Delivery of the maker, note 4711.")
	p.Follow("form[action$='/propose'] button.primary")
	p.Wait("a[href^='/proposals/'].primary")
	looks(t, p, "import-proposed")
	otto.enter(q, at)
	q.Open(at + "/proposals")
	q.Follow("tbody a")
	looks(t, q, "proposal-import")
	q.Follow("form[action$='/approve'] button.primary")
	looks(t, q, "proposal-import-approved")
	q.Follow("a[href^='/import?proposal=']")
	looks(t, q, "upload-approved")
	send(q)
	q.Wait("form[action$='/run']")
	looks(t, q, "import-as-approved")
	q.Follow("form[action$='/run'] button.primary")
	q.Wait("a[href='/tokens'].primary")
	if w.inStock() != 2 {
		t.Errorf("%d are in stock", w.inStock())
	}
}
