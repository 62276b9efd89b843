package ui_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/web/ui"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// draw renders a template with a form and returns the content.
func draw(t *testing.T, content string, f *ui.Form) (int, *webtest.Node) {
	t.Helper()
	cfg := config(ui.Bank)
	cfg.Pages = file("p.html", `{{define "content"}}`+content+`{{end}}`)
	k := newKit(t, cfg)
	w := visit(t, k.Handler([]ui.Route{{Pattern: "GET /x", Serve: func(w http.ResponseWriter, r *http.Request) error {
		return k.Render(w, r, ui.Page{Name: "p", Title: "P", Form: f})
	}}})).get("/x")
	return w.Code, webtest.Parse(t, w.Body.String())
}

func TestAFieldBelongsTogether(t *testing.T) {
	t.Parallel()
	f := ui.NewForm(url.Values{"id": {` 12"><b>`}})
	f.Fail("id", "Eight digits, please.")
	f.Fail("", "Nothing was sent.")
	status, page := draw(t, `{{template "errors" .Form}}{{template "field" (field .Form "id" | label "ID" | hint "On the letter" | complete "username" | mode "numeric" | maxlength 9 | required)}}`, f)
	if status != http.StatusUnprocessableEntity || !strings.HasPrefix(page.One(t, "title").Text(), "Error: P") {
		t.Errorf("status %d, title %q", status, page.One(t, "title").Text())
	}
	input := page.One(t, "input#f-id")
	for name, want := range map[string]string{
		"value": ` 12"><b>`, "autocomplete": "username", "inputmode": "numeric", "maxlength": "9", "aria-invalid": "true",
		"aria-describedby": "f-id-hint f-id-error", "type": "text",
	} {
		if input.Attr[name] != want {
			t.Errorf("%s is %q, want %q", name, input.Attr[name], want)
		}
	}
	for id := range strings.FieldsSeq(input.Attr["aria-describedby"]) {
		page.One(t, "#"+id)
	}
	if page.One(t, "label").Attr["for"] != "f-id" {
		t.Error("the label is not the field's")
	}
	box := page.One(t, "#errors")
	if link := box.One(t, "a"); link.Attr["href"] != "#f-id" || link.Text() != "Eight digits, please." {
		t.Errorf("the summary links %v", link.Attr)
	}
	if !strings.Contains(box.Text(), "Nothing was sent.") {
		t.Errorf("the summary says %q", box.Text())
	}
}

// SCA-20: what is secret is masked and never comes back.
func TestSecretsAreMaskedAndForgotten(t *testing.T) {
	t.Parallel()
	f := ui.NewForm(url.Values{"code": {"755224"}, "pw": {"hunter2!"}})
	f.Fail("code", "Try again.")
	_, page := draw(t, `{{template "field" (field .Form "code" | label "C" | code 6)}}{{template "field" (field .Form "pw" | label "P" | secret "current-password")}}`, f)
	for id, complete := range map[string]string{"f-code": "one-time-code", "f-pw": "current-password"} {
		in := page.One(t, "input#"+id)
		if in.Attr["type"] != "password" || in.Attr["value"] != "" || in.Attr["autocomplete"] != complete {
			t.Errorf("%s: %v", id, in.Attr)
		}
	}
	if page.One(t, "#f-code").Attr["inputmode"] != "numeric" {
		t.Error("a code needs the numeric keypad")
	}
}

func TestChoicesKeepWhatWasChosen(t *testing.T) {
	t.Parallel()
	f := ui.NewForm(url.Values{"lang": {"de"}, "way": {"b"}, "ok": {"yes"}})
	_, page := draw(t, `{{template "field" (field .Form "lang" | label "L" | options (choices (choice "en" "English") (choice "de" "Deutsch")))}}
{{template "field" (field .Form "way" | label "W" | radios (choices (choice "a" "A") (choice "b" "B")))}}{{template "field" (field .Form "ok" | kind "checkbox" | label "K")}}`, f)
	if got := page.One(t, "option[selected]").Attr["value"]; got != "de" {
		t.Errorf("selected is %q", got)
	}
	var checked []string
	for _, in := range page.All("input[checked]") {
		checked = append(checked, in.Attr["name"]+"="+in.Attr["value"])
	}
	if strings.Join(checked, " ") != "way=b ok=yes" {
		t.Errorf("checked are %v", checked)
	}
	if page.One(t, "legend").Text() != "W" {
		t.Error("the group has no legend")
	}
}

func TestAFormTakesTheFaultsThatAreAboutIt(t *testing.T) {
	t.Parallel()
	l := locale(t, "en")
	f := ui.NewForm(nil)
	if err := f.Take(l, fault.Invalidf("x", "Use digits.").WithField("/serial")); err != nil || f.Fault("serial") != "Use digits." {
		t.Errorf("Invalid: %v, %q", err, f.Fault("serial"))
	}
	for _, err := range []error{fault.Deniedf("x", "y"), fault.NotFoundf("x", "y"), fault.Unavailablef(nil, "x", "y"), errors.New("z")} {
		if got := f.Take(l, err); !errors.Is(got, err) {
			t.Errorf("%v was taken", err)
		}
	}
	f.Require(l, "name", "Name")
	if f.OK() || len(f.Faults()) != 2 || f.Fault("name") != "Name: please fill this in." {
		t.Errorf("faults are %v", f.Faults())
	}
}

func TestAPostIsNotPresetByItsAddress(t *testing.T) {
	t.Parallel()
	v := serve(t, config(ui.Bank), func(w http.ResponseWriter, r *http.Request) error {
		f, err := ui.ReadForm(r)
		if err == nil && f.Value("amount") != "" {
			w.WriteHeader(http.StatusTeapot)
		}
		return err
	})
	if w := v.do(http.MethodPost, "/x?amount=5", url.Values{"other": {"1"}}); w.Code == http.StatusTeapot {
		t.Error("a value of the address reached the form")
	}
}

func TestPagerKeepsTheFilters(t *testing.T) {
	t.Parallel()
	p := ui.Pager{Path: "/tokens", Query: "q=CS%2B1", Next: "a b", Prev: "c"}
	if p.NextURL() != "/tokens?q=CS%2B1&after=a+b" || p.PrevURL() != "/tokens?q=CS%2B1&before=c" {
		t.Errorf("%s %s", p.NextURL(), p.PrevURL())
	}
}
