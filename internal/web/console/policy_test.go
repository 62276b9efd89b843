package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// document is the version in force, changed as a person would in an editor.
func (w *world) document(old, changed string) string {
	w.Helper()
	_, doc, err := w.cfg.Policies.Get(w.Context(), w.cfg.Policies.Active().Version)
	if err != nil {
		w.Fatal(err)
	}
	if strings.Count(string(doc), old) == 0 {
		w.Fatalf("the policies do not say %q", old)
	}
	return strings.Replace(string(doc), old, changed, 1)
}

// govern puts a document in force behind the console's back.
func (w *world) govern(doc string) {
	w.Helper()
	here := w.cfg.Policies.Active().Version
	version, err := w.cfg.Policies.Store(w.Context(), cli, []byte(doc))
	if err == nil {
		err = w.cfg.Policies.Activate(w.Context(), cli, here, version)
	}
	if err != nil {
		w.Fatal(err)
	}
}

// check sends a document to be checked: typed, and with a file if it is not "".
func (p *person) check(typed, file string) answer {
	p.w.Helper()
	name := ""
	if file != "" {
		name = "policies.yaml"
	}
	kind, body := multi(p.w, url.Values{"document": {typed}}, name, file)
	r := httptest.NewRequest(http.MethodPost, "/policies/new", body)
	r.Header.Set("Content-Type", kind)
	return p.send(r)
}

// shown is what a page has in the text field.
func shown(t testing.TB, page *webtest.Node) string {
	t.Helper()
	return page.One(t, "#f-document").Text()
}

// difference is what a page says that changes.
func difference(t testing.TB, page *webtest.Node) string {
	t.Helper()
	return page.One(t, "table.diff").One(t, "tbody").Text()
}

const (
	shorter = "code_length: 12"
	longer  = "code_length: 16"
)

// TestNewVersion goes from a mistake in the editor to a version in force, where
// one person may do so (F-4 policies; four eyes off).
func TestNewVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("sofia", staff.SecurityOfficer).login()
	if got := shown(t, p.open("/policies/new")); !strings.Contains(got, longer) {
		t.Fatalf("the form begins with %q", got)
	}

	wrong := w.document(longer, "code_length: 99\n  code_size: 12")
	a := p.check(wrong, "")
	if a.code != http.StatusUnprocessableEntity || strings.Join(strings.Fields(wrong), " ") != shown(t, a.page) {
		t.Fatalf("a wrong document: %d; what was typed is there: %v", a.code, strings.Join(strings.Fields(wrong), " ") == shown(t, a.page))
	}
	line := strconv.Itoa(1 + strings.Count(wrong[:strings.Index(wrong, "code_size")], "\n"))
	if got := a.page.One(t, "tbody").Text(); !strings.Contains(got, line) || !strings.Contains(got, `there is no key "code_size" here`) {
		t.Errorf("line %s: %q", line, got)
	}
	several := strings.Replace(w.document(longer, "code_length: 99"), "pin_length: 4", "pin_length: 99", 1)
	if got := p.check(several, "").page.One(t, "tbody").All("tr"); len(got) != 2 || !strings.Contains(got[0].Text(), "code_length: 99") {
		t.Errorf("two mistakes: %d rows", len(got))
	}
	if a := p.post("/policies/store", url.Values{"document": {wrong}}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("a wrong document is stored: %d", a.code)
	}

	right := w.document(longer, shorter)
	a = p.check(wrong, strings.ReplaceAll(right, "\n", "\r\n"))
	if a.code != http.StatusOK || !strings.Contains(shown(t, a.page), shorter) {
		t.Fatalf("a file: %d", a.code)
	}
	if got := difference(t, a.page); got != "registration.code_length 16 12" {
		t.Errorf("it changes %q", got)
	}
	if w.cfg.Policies.Active().Version != 0 {
		t.Fatal("checking changed something")
	}
	a = p.post("/policies/store", url.Values{"document": {strings.ReplaceAll(right, "\n", "\r\n")}})
	if a.to != "/policies/versions/1/activate" || w.cfg.Policies.Active().Version != 0 {
		t.Fatalf("store: %d, led to %q", a.code, a.to)
	}
	form := p.open(a.to)
	if got := difference(t, form); got != "registration.code_length 16 12" || form.Has("#f-reason") {
		t.Errorf("before it is in force: %q", got)
	}
	a = p.post(a.to, url.Values{"from": {form.One(t, "input[name=from]").Attr["value"]}})
	if a.to != "/policies" || w.cfg.Policies.Active().Registration.CodeLength != 12 {
		t.Fatalf("activate: %d\n%s", a.code, a.body)
	}
	if doc := p.get("/policies/versions/1/policies.yaml"); doc.body != right {
		t.Error("the stored document is not the one that was chosen")
	}
	if a = p.post("/policies/versions/1/activate", url.Values{"from": {"0"}}); a.code != http.StatusConflict && a.code != http.StatusUnprocessableEntity {
		t.Errorf("activate again: %d", a.code)
	}
}

// TestVersionsAndDifferences looks at the history of the policies.
func TestVersionsAndDifferences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.govern(w.document(longer, shorter))
	w.govern(w.document("max_extend: 3", "max_extend: 7"))
	p := w.join("olga", staff.Auditor).login()
	var rows []string
	for _, tr := range p.open("/policies/versions").One(t, "tbody").All("tr") {
		rows = append(rows, tr.One(t, "th").Text())
	}
	if got := strings.Join(rows, ", "); got != "Version 2, Version 1, Version 0" {
		t.Errorf("the versions are %s", got)
	}
	if got := difference(t, p.open("/policies/compare?from=0&to=2")); got != "registration.code_length 16 12 registration.max_extend 3 7" {
		t.Errorf("from 0 to 2: %q", got)
	}
	if got := difference(t, p.open("/policies/compare")); got != "registration.max_extend 3 7" {
		t.Errorf("what the last one changed: %q", got)
	}
	if got := p.open("/policies/versions/1"); difference(t, got) != "registration.max_extend 7 3" || got.Has("a[href=/policies/new?from=1]") {
		t.Error("an auditor's page of version 1")
	}
	for path, want := range map[string]int{
		"/policies/compare?from=9": http.StatusUnprocessableEntity, "/policies/compare?to=x": http.StatusUnprocessableEntity, "/policies/compare?from=-1": http.StatusUnprocessableEntity,
		"/policies/versions/9": http.StatusNotFound, "/policies/versions/x": http.StatusNotFound, "/policies/versions/-1": http.StatusNotFound,
		"/policies/versions?after=x": http.StatusBadRequest, "/policies/new": http.StatusForbidden,
	} {
		if a := p.get(path); a.code != want {
			t.Errorf("%s: %d", path, a.code)
		}
	}
}

// TestBadDocuments sends what is no document.
func TestBadDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("sofia", staff.SecurityOfficer).login()
	kept := w.document(longer, shorter)
	for name, c := range map[string]struct{ typed, file string }{
		"nothing":       {"", ""},
		"no text":       {kept, "\x00\x01\xff\xfe"},
		"another thing": {"[1, 2]", ""},
		"an image":      {kept, "\x89PNG\r\n\x1a\n\x00\x00"},
	} {
		a := p.check(c.typed, c.file)
		if a.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, a.code)
		}
		if c.file != "" && !strings.Contains(shown(t, a.page), shorter) {
			t.Errorf("%s: what was typed is lost", name)
		}
	}
	if a := p.check(strings.Repeat("a: b\n", 300_000), ""); a.code != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", a.code)
	}
	if versions, err := w.cfg.Policies.Versions(t.Context(), 0, 10); err != nil || len(versions) != 1 {
		t.Errorf("versions: %d, %v", len(versions), err)
	}
}
