package console_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

const box = "box.csv"

// upload sends a file with fields and returns where its job is.
func (p *person) upload(content string, pairs ...string) answer {
	p.w.Helper()
	fields := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	kind, body := multi(p.w, fields, box, content)
	r := httptest.NewRequest(http.MethodPost, "/import", body)
	r.Header.Set("Content-Type", kind)
	return p.send(r)
}

// checked uploads a file and waits until it was checked.
func (p *person) checked(content string, pairs ...string) (job string) {
	p.w.Helper()
	a := p.upload(content, pairs...)
	if a.code != http.StatusSeeOther {
		p.w.Fatalf("upload: %d\n%s", a.code, a.body)
	}
	p.w.work.Wait()
	return a.to
}

// figures reads the counts of a job's page: imported, duplicate, refused.
func (a answer) figures(t testing.TB) string {
	t.Helper()
	var n []string
	for _, x := range a.page.All(".tile-n") {
		n = append(n, x.Text())
	}
	return strings.Join(n, " ")
}

// left lists the files of the console.
func (w *world) left() []os.DirEntry {
	w.Helper()
	files, err := os.ReadDir(w.cfg.TempDir)
	if err != nil {
		w.Fatal(err)
	}
	return files
}

func (w *world) inStock() int64 {
	w.Helper()
	s, err := w.cfg.Tokens.Shelf(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	return s.Total(device.Stock)
}

const bad = "X9,nothex,HOTP\n"

func TestImportRowByRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tokens("A1")
	p := w.join("sofia", staff.SecurityOfficer).login()
	job := p.checked(csv("A1", "B1", "B2")+bad, "hash", "sha1", "mode", "rows")
	a := p.get(job)
	if got := a.figures(t); got != "2 1 1" || w.inStock() != 1 {
		t.Fatalf("the check says %q, and %d are in stock", got, w.inStock())
	}
	for _, want := range []string{"B1", "B2", "A1", "X9"} {
		if !strings.Contains(a.page.One(t, "main").Text(), want) {
			t.Errorf("the report does not name %s", want)
		}
	}
	if len(w.left()) != 0 {
		t.Errorf("files can be found: %v", w.left())
	}
	if a := p.post(job+"/run", url.Values{"mode": {"rows"}}); a.to != job {
		t.Fatalf("run: %d\n%s", a.code, a.body)
	}
	w.work.Wait()
	if got := p.get(job).figures(t); got != "2 1 1" || w.inStock() != 3 {
		t.Errorf("the result says %q, and %d are in stock", got, w.inStock())
	}
	if a := p.post(job+"/run", url.Values{"mode": {"rows"}}); a.code != http.StatusUnprocessableEntity || w.inStock() != 3 {
		t.Errorf("run again: %d", a.code)
	}
	w.reportIsTheOneInTheLog(p, job)
	past := p.open("/imports").One(t, "tbody")
	if got := past.One(t, "tr").Text(); !strings.Contains(got, "box.csv") || !strings.Contains(got, "Sofia") {
		t.Errorf("the history says %q", got)
	}
	page := p.open(past.One(t, "a").Attr["href"]).One(t, "main").Text()
	sum := sha256.Sum256([]byte(csv("A1", "B1", "B2") + bad))
	if !strings.Contains(page, hex.EncodeToString(sum[:])) {
		t.Error("the history lacks the digest of the file")
	}
}

// reportIsTheOneInTheLog downloads the report and compares its digest.
func (w *world) reportIsTheOneInTheLog(p *person, job string) {
	w.Helper()
	report := p.get(job + "/report").body
	rows := strings.Split(strings.TrimSpace(report), "\n")
	var first token.Row
	if err := json.Unmarshal([]byte(rows[0]), &first); err != nil || len(rows) != 4 || first.Serial != "A1" {
		w.Fatalf("the report: %v\n%s", err, report)
	}
	var details struct {
		Report string `json:"report_sha256"`
	}
	if err := json.Unmarshal(w.audited(token.AuditImported)[0].Details, &details); err != nil {
		w.Fatal(err)
	}
	if sum := sha256.Sum256([]byte(report)); details.Report != hex.EncodeToString(sum[:]) {
		w.Errorf("the log has the report %s, downloaded was %x", details.Report, sum)
	}
	if by := w.audited(token.AuditImported)[0].Actor; by != p.actor() {
		w.Errorf("the log says that %s imported", by)
	}
}

// TestImportUnderFourEyes: nobody imports alone where the policies want two people.
func TestImportUnderFourEyes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("sofia", staff.SecurityOfficer).login()
	job := p.checked(csv("B1", "B2"), "hash", "sha1", "mode", "rows")
	set := policy.Version0()
	set.FourEyes.Acts = []policy.Act{policy.ActImport}
	doc, err := set.Format()
	if err != nil {
		t.Fatal(err)
	}
	v, err := w.cfg.Policies.Store(t.Context(), audit.System("test"), doc)
	if err == nil {
		err = w.cfg.Policies.Activate(t.Context(), audit.System("test"), 0, v)
	}
	if err != nil {
		t.Fatal(err)
	}
	a := p.post(job+"/run", url.Values{"mode": {"rows"}})
	w.work.Wait()
	if a.code != http.StatusForbidden || !strings.Contains(a.body, "second member of staff") || w.inStock() != 0 {
		t.Errorf("%d with %d in stock\n%s", a.code, w.inStock(), a.body)
	}
	if got := p.get(job).figures(t); got != "2 0 0" {
		t.Errorf("the checked job says %q", got)
	}
}

func TestImportWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("sofia", staff.SecurityOfficer).login()
	job := p.checked(csv("B1", "B2")+bad, "hash", "sha1", "mode", "whole")
	if got := p.open(job).One(t, "input[checked]").Attr["value"]; got != "whole" {
		t.Errorf("the page proposes %q", got)
	}
	p.post(job+"/run", url.Values{"mode": {"whole"}})
	w.work.Wait()
	a := p.get(job)
	if w.inStock() != 0 || !strings.Contains(a.page.One(t, ".notice").Text(), "Nothing was imported") {
		t.Errorf("%d are in stock, and the page says: %s", w.inStock(), a.page.One(t, "main").Text())
	}
	job = p.checked(csv("B1", "B2"), "hash", "sha1", "mode", "whole")
	p.post(job+"/run", url.Values{"mode": {"whole"}})
	w.work.Wait()
	if w.inStock() != 2 {
		t.Errorf("%d are in stock", w.inStock())
	}
}

// encrypted writes a PSKC file under a transport key.
func encrypted(t testing.TB, key []byte, serials ...string) string {
	t.Helper()
	var b bytes.Buffer
	pw, err := pskc.NewWriter(&b, pskc.WriterOptions{Key: key, KeyName: "transport key 7"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range serials {
		p := &pskc.KeyPackage{
			Device: pskc.Device{Manufacturer: "oath.ALDR", SerialNo: s},
			Key:    pskc.Key{ID: s, Algorithm: "urn:ietf:params:xml:ns:keyprov:pskc:hotp", Secret: pskc.NewSecret(seed(s)), Counter: pskc.Some(0), Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6}},
		}
		if err := pw.WritePackage(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := pw.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestImportEncrypted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("sofia", staff.SecurityOfficer).login()
	key := []byte("0123456789abcdef")
	file := encrypted(t, key, "P1", "P2")
	job := p.checked(file)
	if a := p.get(job); !a.page.Has(".notice") || a.page.Has("form[action="+job+"/run]") {
		t.Errorf("without the key: %s", a.page.One(t, "main").Text())
	}
	job = p.checked(file, "key", hex.EncodeToString([]byte("fedcba9876543210")))
	if a := p.get(job); a.page.Has("form[action="+job+"/run]") && a.figures(t) != "0 0 2" {
		t.Errorf("with a wrong key: %s", a.page.One(t, "main").Text())
	}
	typed := "30:31:32:33 34-35-36-37 38393a3b3c3d3e3f"
	typed = strings.ReplaceAll(typed, "3a3b3c3d3e3f", hex.EncodeToString([]byte("abcdef")))
	job = p.checked(file, "key", typed)
	if got := p.get(job).figures(t); got != "2 0 0" {
		t.Fatalf("with the key: %q: %s", got, p.open(job).One(t, "main").Text())
	}
	p.post(job+"/run", url.Values{"mode": {"rows"}})
	w.work.Wait()
	if w.inStock() != 2 {
		t.Errorf("%d are in stock", w.inStock())
	}
	for _, page := range []string{job, "/imports", "/import", "/audit", "/tokens"} {
		body := p.get(page).body
		for _, s := range [][]byte{seed("P1"), key} {
			if strings.Contains(body, hex.EncodeToString(s)) || strings.Contains(body, string(s)) {
				t.Errorf("%s holds a secret", page)
			}
		}
	}
}

func TestImportRefusesForms(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("sofia", staff.SecurityOfficer).login()
	for name, a := range map[string]answer{
		"an empty file": p.upload(""),
		"a bad key":     p.upload(csv("A1"), "key", "secretword"),
		"a bad hash":    p.upload(csv("A1"), "hash", "md5"),
		"a long field":  p.upload(csv("A1"), "manufacturer", strings.Repeat("x", 9000)),
		"too large":     p.upload(strings.Repeat("x", 3<<20)),
	} {
		if a.code != http.StatusUnprocessableEntity || !a.page.Has("#errors") {
			t.Errorf("%s: %d", name, a.code)
		}
		if strings.Contains(a.body, "secretword") {
			t.Errorf("%s: the page repeats the key", name)
		}
	}
	w.work.Wait()
	job := p.checked("this is no token file at all")
	if a := p.get(job); a.page.Has("form[action="+job+"/run]") || !a.page.Has(".notice") {
		t.Errorf("a file of another kind: %s", a.page.One(t, "main").Text())
	}
}

// TestImportIsOnesOwn shows one job at a time, hidden from others, and gone when
// discarded.
func TestImportIsOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, q := w.join("sofia", staff.SecurityOfficer).login(), w.join("otto", staff.SecurityOfficer).login()
	w.gate = make(chan struct{})
	job := p.upload(csv("A1"), "hash", "sha1").to
	if a := p.get(job); !a.page.Has("progress") {
		t.Errorf("the page of a check under way: %s", a.page.One(t, "main").Text())
	}
	if a := p.get(job + "/report"); a.code != http.StatusConflict {
		t.Errorf("the report of a check under way: %d", a.code)
	}
	if a := p.upload(csv("A2")); a.code != http.StatusUnprocessableEntity {
		t.Errorf("a second upload: %d", a.code)
	}
	for _, path := range []string{job, job + "/report"} {
		if a := q.get(path); a.code != http.StatusNotFound {
			t.Errorf("%s for a colleague: %d", path, a.code)
		}
	}
	if a := q.post(job+"/discard", nil); a.code != http.StatusNotFound {
		t.Errorf("discarded by a colleague: %d", a.code)
	}
	if a := p.post(job+"/discard", nil); a.to != "/imports" {
		t.Errorf("discard: %d", a.code)
	}
	close(w.gate)
	w.work.Wait()
	if a := p.get(job); a.code != http.StatusNotFound {
		t.Errorf("a discarded job: %d", a.code)
	}
	w.gate = nil
	job = p.checked(csv("A1"), "hash", "sha1")
	w.gate = make(chan struct{})
	p.post(job+"/run", url.Values{"mode": {"rows"}})
	if a := p.post(job+"/discard", nil); a.code != http.StatusConflict {
		t.Errorf("discard of a running import: %d", a.code)
	}
	close(w.gate)
	w.work.Wait()
	if w.inStock() != 1 {
		t.Errorf("%d are in stock", w.inStock())
	}
}
