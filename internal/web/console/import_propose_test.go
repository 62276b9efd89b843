package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
)

// proposeFile has a file checked and proposed, and returns the proposal's page.
func (p *person) proposeFile(content string, pairs ...string) string {
	p.w.Helper()
	job := p.checked(content, pairs...)
	if a := p.post(job+"/propose", url.Values{"mode": {"rows"}, "reason": {"delivery 4711"}}); a.to != job {
		p.w.Fatalf("propose: %d\n%s", a.code, a.body)
	}
	p.w.work.Wait()
	for _, a := range p.open(job).All("a.button") {
		if strings.HasPrefix(a.Attr["href"], "/proposals/") {
			return a.Attr["href"]
		}
	}
	p.w.Fatalf("the job does not lead to its proposal: %s", p.open(job).One(p.w, "main").Text())
	return ""
}

// TestTwoOfficersImport proposes an import, has it approved, and presents the file:
// another file, other options, or the same file twice are refused.
func TestTwoOfficersImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.underEyes("token.import")
	sofia, otto := w.join("sofia", staff.SecurityOfficer).login(), w.join("otto", staff.SecurityOfficer).login()
	file := csv("B1", "B2")
	job := sofia.checked(file, "hash", "sha1", "mode", "rows")
	if got := sofia.open(job); got.Has("form[action="+job+"/run]") || !got.Has("form[action="+job+"/propose]") {
		t.Fatal("one person is offered to import")
	}
	if a := sofia.post(job+"/propose", url.Values{"mode": {"rows"}}); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-reason-error") {
		t.Errorf("proposed without a reason: %d", a.code)
	}
	path := sofia.proposeFile(file, "hash", "sha1", "mode", "rows")
	if len(w.left()) != 0 || w.inStock() != 0 {
		t.Errorf("%d are in stock, and files can be found: %v", w.inStock(), w.left())
	}
	present := "/import?proposal=" + strings.TrimPrefix(path, "/proposals/")
	if a := sofia.get(present); a.code != http.StatusConflict {
		t.Errorf("presented before the approval: %d", a.code)
	}
	sum := sha256.Sum256([]byte(file))
	page := otto.open(path).One(t, "main").Text()
	for _, want := range []string{hex.EncodeToString(sum[:]), "A file with 2 keys", "delivery 4711", "SHA1"} {
		if !strings.Contains(strings.ToUpper(page), strings.ToUpper(want)) {
			t.Errorf("the approver is not told %q: %s", want, page)
		}
	}
	if a := otto.decide(path, "/approve", ""); a.to != path || w.inStock() != 0 {
		t.Fatalf("approve: %d", a.code)
	}
	if !otto.open(path).Has("a[href=" + present + "]") {
		t.Error("the proposal does not lead to the upload")
	}
	if got := otto.open(present); got.One(t, "input[name=proposal]").Attr["value"] == "" || !got.Has("option[selected]") {
		t.Error("the form does not carry what was approved")
	}

	id := strings.TrimPrefix(path, "/proposals/")
	other := otto.checked(csv("B1", "B3"), "hash", "sha1", "mode", "rows", "proposal", id)
	otto.post(other+"/run", nil)
	w.work.Wait()
	if got := otto.open(other).One(t, ".notice").Text(); w.inStock() != 0 || !strings.Contains(got, "not what was approved") || w.proposalAt(path).State != foureyes.Approved {
		t.Fatalf("another file: %q, %d in stock, the proposal is %s", got, w.inStock(), w.proposalAt(path).State)
	}
	same := otto.checked(file, "hash", "sha1", "mode", "rows", "proposal", id)
	if a := otto.post(same+"/run", nil); a.to != same {
		t.Fatalf("run: %d", a.code)
	}
	w.work.Wait()
	if got := otto.get(same).figures(t); got != "2 0 0" || w.inStock() != 2 || w.proposalAt(path).State != foureyes.Executed {
		t.Fatalf("it says %q, %d are in stock, the proposal is %s", got, w.inStock(), w.proposalAt(path).State)
	}
	if by := w.audited(token.AuditImported)[0]; by.Actor != otto.actor() || !strings.Contains(string(by.Details), id) {
		t.Errorf("the log: %s, %s", by.Actor, by.Details)
	}
	if a := otto.upload(file, "hash", "sha1", "proposal", id); a.code != http.StatusUnprocessableEntity && a.code != http.StatusConflict {
		t.Errorf("presented twice: %d", a.code)
	}
	for _, id := range []string{"x", "0"} {
		if a := otto.upload(file, "hash", "sha1", "proposal", id); a.code != http.StatusNotFound {
			t.Errorf("presented for %q: %d", id, a.code)
		}
	}
}
