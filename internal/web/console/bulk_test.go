package console_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
)

// list sends a list of tokens to be checked.
func (p *person) list(tokens, file string, pairs ...string) answer {
	p.w.Helper()
	fields := url.Values{"tokens": {tokens}, "act": {"suspend"}, "reason": {"a batch with weak batteries"}}
	for i := 0; i < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	name := ""
	if file != "" {
		name = "list.csv"
	}
	kind, body := multi(p.w, fields, name, file)
	r := httptest.NewRequest(http.MethodPost, "/bulk", body)
	r.Header.Set("Content-Type", kind)
	return p.send(r)
}

// listed sends a list and waits until it was checked.
func (p *person) listed(tokens string, pairs ...string) (job string) {
	p.w.Helper()
	a := p.list(tokens, "", pairs...)
	if a.code != http.StatusSeeOther {
		p.w.Fatalf("list: %d\n%s", a.code, a.body)
	}
	p.w.work.Wait()
	return a.to
}

func (w *world) state(serial string) device.Status {
	w.Helper()
	items, err := w.cfg.Tokens.BySerial(w.Context(), serial)
	if err != nil || len(items) != 1 {
		w.Fatalf("%s: %d, %v", serial, len(items), err)
	}
	return items[0].Device.Status
}

// box is two customers with a token each, and two tokens in stock.
func boxed(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.tokens("AA1", "AA2", "BB1", "BB2")
	w.register(w.customer("10027", "Ada Palmer"), "AA1")
	w.register(w.customer("10028", "Bo Lind"), "AA2")
	return w
}

// TestBulkByOnePerson suspends many tokens where one person may: checked first, with
// a report of each whose digest is in the log.
func TestBulkByOnePerson(t *testing.T) {
	t.Parallel()
	w := boxed(t)
	p := w.join("maja", staff.HelpDesk).login()
	job := p.listed("AA1\nAA2\nBB1\nnowhere\nAA1", "even_last", "yes")
	a := p.get(job)
	if got := a.figures(t); got != "2 0 2" || w.state("AA1") != device.Active {
		t.Fatalf("the check says %q, and AA1 is %s", got, w.state("AA1"))
	}
	for _, want := range []string{"NOWHERE", "There is no such token.", "BB1", "Its state does not allow it: In stock.", "2 tokens"} {
		if !strings.Contains(a.page.One(t, "main").Text(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	p.lang = "de"
	if got := p.open(job).One(t, "main").Text(); !strings.Contains(got, "Dieses Token gibt es nicht.") || strings.Contains(got, "there is no such token") {
		t.Errorf("in German the reasons are %s", got)
	}
	p.lang = ""
	if a := p.post(job+"/run", nil); a.to != job {
		t.Fatalf("run: %d\n%s", a.code, a.body)
	}
	w.work.Wait()
	if got := p.get(job).figures(t); got != "2 0 2" || w.state("AA1") != device.Suspended || w.state("AA2") != device.Suspended {
		t.Fatalf("the result says %q, and AA1 is %s", got, w.state("AA1"))
	}
	if a := p.post(job+"/run", nil); a.code != http.StatusUnprocessableEntity {
		t.Errorf("run again: %d", a.code)
	}
	report := p.get(job + "/report")
	sum := sha256.Sum256([]byte(report.body))
	var rows []token.BulkRow
	for line := range bytes.Lines([]byte(report.body)) {
		var row token.BulkRow
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if len(rows) != 4 || rows[0].Result != token.BulkDone || rows[3].Reason == "" {
		t.Errorf("the report: %+v", rows)
	}
	done := w.audited(token.AuditBulkDone)
	if len(done) != 1 || done[0].Actor != p.actor() || !strings.Contains(string(done[0].Details), hex.EncodeToString(sum[:])) {
		t.Errorf("the log: %+v", done)
	}
	past := p.open("/bulks").One(t, "tbody")
	if got := past.Text(); !strings.Contains(got, "Suspend") || !strings.Contains(got, "Maja") || !strings.Contains(got, "weak batteries") {
		t.Errorf("the history says %q", got)
	}
	if got := p.open(past.One(t, "a").Attr["href"]).One(t, "main").Text(); !strings.Contains(got, hex.EncodeToString(sum[:])) {
		t.Error("the history lacks the digest of the report")
	}
	if a := p.post(job+"/discard", nil); a.to != "/bulks" || p.get(job).code != http.StatusNotFound {
		t.Errorf("discard: %d", a.code)
	}
	if len(w.left()) != 0 {
		t.Errorf("files can be found: %v", w.left())
	}
}

// TestBulkUnderFourEyes proposes an act on many tokens, has it approved by a
// security officer, and carried out with a report for whoever did it.
func TestBulkUnderFourEyes(t *testing.T) {
	t.Parallel()
	w := boxed(t)
	w.underEyes("bulk")
	maja, otto, ola := w.join("maja", staff.HelpDesk).login(), w.join("otto", staff.SecurityOfficer).login(), w.join("ola", staff.Auditor).login()
	job := maja.listed("AA1\nnowhere", "even_last", "yes")
	if got := maja.open(job); got.Has("form[action="+job+"/run]") || !got.Has("form[action="+job+"/propose]") {
		t.Fatal("one person is offered to do it")
	}
	if a := maja.post(job+"/run", nil); a.code != http.StatusForbidden || w.state("AA1") != device.Active {
		t.Fatalf("done alone: %d", a.code)
	}
	a := maja.post(job+"/propose", nil)
	if !strings.HasPrefix(a.to, "/proposals/") {
		t.Fatalf("propose: %d\n%s", a.code, a.body)
	}
	path := a.to
	if a := maja.post(path+"/run", nil); a.code != http.StatusUnprocessableEntity || w.state("AA1") != device.Active {
		t.Errorf("carried out without an approval: %d", a.code)
	}
	page := otto.open(path).One(t, "main").Text()
	for _, want := range []string{"2 tokens are suspended", "weak batteries", "AA1", "There is no such token."} {
		if !strings.Contains(page, want) {
			t.Errorf("the approver is not told %q", want)
		}
	}
	if a := otto.decide(path, "/approve", ""); a.to != path || w.proposalAt(path).State != foureyes.Approved || w.state("AA1") != device.Active {
		t.Fatalf("approve: %d", a.code)
	}
	if got := ola.open(path); got.Has("form[action=" + path + "/run]") {
		t.Error("an auditor is offered to carry it out")
	}
	if a := ola.post(path+"/run", nil); a.code != http.StatusForbidden || w.state("AA1") != device.Active {
		t.Fatalf("an auditor carries it out: %d", a.code)
	}
	a = maja.post(path+"/run", nil)
	w.work.Wait()
	if w.state("AA1") != device.Suspended || w.proposalAt(path).State != foureyes.Executed {
		t.Fatalf("run: %d, led to %q; AA1 is %s, the proposal %s", a.code, a.to, w.state("AA1"), w.proposalAt(path).State)
	}
	if got := maja.get(a.to).figures(t); got != "1 0 1" {
		t.Errorf("the result says %q", got)
	}
	if got := maja.get(a.to + "/report").body; strings.Count(got, "\n") != 2 {
		t.Errorf("the report: %q", got)
	}
	if a := otto.post(path+"/run", nil); a.code != http.StatusUnprocessableEntity {
		t.Errorf("carried out twice: %d", a.code)
	}
	past := otto.open("/bulks").One(t, "tbody").One(t, "a").Attr["href"]
	if got := otto.open(past); !got.Has("a[href=" + path + "]") {
		t.Error("the history does not name the proposal")
	}
}

// TestResumingInBulkIsProposed: nobody is identified for a list, so that two people
// must want it, whatever the policies say.
func TestResumingInBulkIsProposed(t *testing.T) {
	t.Parallel()
	w := boxed(t)
	p := w.join("maja", staff.HelpDesk).login()
	p.post(p.listed("AA1", "even_last", "yes")+"/run", nil)
	w.work.Wait()
	job := p.listed("AA1", "act", "resume")
	if got := p.open(job); got.Has("form[action="+job+"/run]") || !got.Has("form[action="+job+"/propose]") {
		t.Error("one person is offered to resume many tokens")
	}
	if a := p.post(job+"/run", nil); a.code != http.StatusForbidden || w.state("AA1") != device.Suspended {
		t.Errorf("done alone: %d", a.code)
	}
}

// TestBulkForm sends forms with mistakes: each is named, and nothing is lost.
func TestBulkForm(t *testing.T) {
	t.Parallel()
	w := boxed(t)
	p := w.join("maja", staff.HelpDesk).login()
	tomorrow := w.clock.Now().AddDate(0, 0, 1).Format(time.DateOnly)
	for name, c := range map[string]struct {
		tokens, file, field string
		pairs               []string
	}{
		"no tokens":        {"", "", "tokens", nil},
		"no serial number": {"AA1\n\n,,,\n", "", "tokens", nil},
		"a bad file":       {"AA1", "\xff\xfe", "file", nil},
		"no reason":        {"AA1", "", "reason", []string{"reason", ""}},
		"no day":           {"AA1", "", "ends_at", []string{"act", "extend"}},
		"a day gone by":    {"AA1", "", "ends_at", []string{"act", "extend", "ends_at", "2020-01-01"}},
		"an unknown act":   {"AA1", "", "act", []string{"act", "melt"}},
		"too long":         {"AA1", "", "reason", []string{"reason", strings.Repeat("x", 201)}},
	} {
		a := p.list(c.tokens, c.file, c.pairs...)
		if a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-"+c.field+"-error") {
			t.Errorf("%s: %d", name, a.code)
			continue
		}
		if got := a.page.One(t, "#f-tokens").Text(); c.tokens != "" && !strings.Contains(got, strings.Fields(c.tokens)[0]) {
			t.Errorf("%s: the list is lost", name)
		}
	}
	if a := p.list("AA1\n\n,,,\n", ""); !strings.Contains(a.page.One(t, "#f-tokens-error").Text(), "Line 3") {
		t.Error("the line is not named")
	}
	p.lang = "de"
	if a := p.list("AA1\n,,,\n", ""); !strings.Contains(a.page.One(t, "#f-tokens-error").Text(), "Zeile 2") {
		t.Error("the line is not named in German")
	}
	p.lang = ""
	a := p.list("", "serial\r\nAA1\r\nBB1\r\n", "act", "extend", "ends_at", tomorrow)
	w.work.Wait()
	if got := p.get(a.to).figures(t); got != "2 0 0" {
		t.Errorf("a file: %q", got)
	}
	if a := p.list(strings.Repeat("AA1\n", 1<<20), ""); a.code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", a.code)
	}
	if a := p.get("/bulk/" + "0"); a.code != http.StatusNotFound {
		t.Errorf("no job: %d", a.code)
	}
	other := w.join("ida", staff.HelpDesk).login()
	if a := other.get(p.list("AA1", "").to); a.code != http.StatusNotFound {
		t.Errorf("a colleague's list: %d", a.code)
	}
}
