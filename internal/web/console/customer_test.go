package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/staff"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, bo := w.customer("10027", "Ada Palmer"), w.customer("10031", "Bo Lind")
	w.tokens("CS-1", "CS-2")
	w.register(ada, "CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	to := func(id string) string { return "/customers/" + id }
	for q, want := range map[string]string{
		"10027":             to(ada.ID.String()),
		" 1002 7":           to(ada.ID.String()),
		"1002":              to(ada.ID.String()),
		"bo l":              to(bo.ID.String()),
		"10031@example.com": to(bo.ID.String()),
		"cs-1":              to(ada.ID.String()),
		"CS 1":              to(ada.ID.String()),
	} {
		if a := p.get("/customers?" + url.Values{"q": {q}}.Encode()); a.to != want {
			t.Errorf("%q leads to %q, want %q: %d", q, a.to, want, a.code)
		}
	}
	if a := p.get("/customers?q=CS-2"); !strings.HasPrefix(a.to, "/tokens/") {
		t.Errorf("a token in stock leads to %q", a.to)
	}
	for q, want := range map[string]int{"100": 2, "%2B4791234567": 2, "004791234567": 2, "zzz": 0, "1": 0, "": 0, "%25": 0, "___": 0} {
		page := p.open("/customers?q=" + q)
		if got := len(page.All("tbody")); (got > 0) != (want > 0) {
			t.Errorf("%q finds %d tables", q, got)
		}
		if want > 0 && len(page.One(t, "tbody").All("tr")) != want {
			t.Errorf("%q finds %d customers, want %d", q, len(page.One(t, "tbody").All("tr")), want)
		}
	}
	analyst := w.join("finn", staff.FraudAnalyst).login()
	if a := analyst.get("/customers?q=CS-2"); a.to != "" || a.code != http.StatusOK {
		t.Errorf("an analyst is led to %q", a.to)
	}
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 45 {
		w.customer("77"+string(rune('A'+i/26))+string(rune('A'+i%26)), "Somebody")
	}
	p := w.join("maja", staff.HelpDesk).login()
	seen := map[string]bool{}
	for path := "/customers?q=77A"; path != ""; {
		page := p.open(path)
		for _, row := range page.One(t, "tbody").All("tr") {
			seen[row.One(t, "a").Text()] = true
		}
		path = ""
		for _, a := range page.All("a[rel=next]") {
			path = a.Attr["href"]
		}
	}
	if len(seen) != 26 {
		t.Errorf("%d customers were seen", len(seen))
	}
}

// TestCustomerPage tells the state of an authenticator in words.
func TestCustomerPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada <Palmer>")
	w.tokens("CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	path := "/customers/" + c.ID.String()
	if page := p.open(path); page.Has(".holding") || !page.Has(".empty") {
		t.Error("a customer without anything holds something")
	}
	w.register(c, "CS-1")
	if got := w.attempt(c, hotp(t, "CS-1", 1)); got.State != hub.Granted {
		t.Fatalf("a right code: %+v", got)
	}
	says := func() string { return p.open(path).One(t, ".holding").Text() }
	if got := says(); !strings.Contains(got, "Ready") || !strings.Contains(got, "0 of 5") {
		t.Errorf("after a success: %s", got)
	}
	w.attempt(c, "000000")
	w.attempt(c, "000000")
	if got := says(); !strings.Contains(got, "Ready") || !strings.Contains(got, "2 of 5") {
		t.Errorf("after two failures: %s", got)
	}
	for range 3 {
		w.attempt(c, "000000")
	}
	if got := says(); !strings.Contains(got, "Blocked for a while") || !strings.Contains(got, "5 of 5") || !strings.Contains(got, "in 15 minutes") {
		t.Errorf("after five failures: %s", got)
	}
	w.clock.Advance(14 * time.Minute)
	if got := says(); !strings.Contains(got, "in 1 minute") && !strings.Contains(got, "in 60 seconds") {
		t.Errorf("a minute before the end: %s", got)
	}
	w.clock.Advance(time.Minute + time.Second)
	p.login()
	if got := says(); !strings.Contains(got, "Ready") || !strings.Contains(got, "0 of 5") {
		t.Errorf("after the pause: %s", got)
	}
	page := p.open(path)
	if got := page.One(t, "h1").Text(); got != "Ada <Palmer>" {
		t.Errorf("the name is %q", got)
	}
	for _, clear := range []string{"+4791234567", "10027@example.com"} {
		if strings.Contains(page.Text(), clear) {
			t.Errorf("the page shows %s", clear)
		}
	}
	if got := p.open(path + "/contacts").Text(); !strings.Contains(got, "+4791234567") {
		t.Error("the page of contacts hides them")
	}
}

func TestActivationCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	w.tokens("CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	path := "/customers/" + c.ID.String()
	form := hiddenFields(p.open(path + "/codes/new"))
	form.Set("policy", "secure-code")
	a := p.post(path+"/codes/new", form)
	value := a.page.One(t, "#activation-code").Attr["data-value"]
	if len(value) < 16 || !strings.Contains(a.page.One(t, "main").Text(), "Shown once") || a.head.Get("Cache-Control") != "no-store" {
		t.Fatalf("the page of the code: %s", a.page.One(t, "main").Text())
	}
	again := p.post(path+"/codes/new", form)
	if again.code == http.StatusOK || strings.Contains(again.body, value) || len(w.codes(c.ID.String())) != 1 {
		t.Errorf("the same form again: %d, and there are %d codes", again.code, len(w.codes(c.ID.String())))
	}
	if got := p.open(path).Text(); strings.Contains(got, value) {
		t.Error("the customer's page shows the code")
	}
	code := w.codes(c.ID.String())[0]
	at := path + "/codes/" + code.ID.String()
	if a := p.post(at+"/extend", nil); a.to != path {
		t.Errorf("extend: %d", a.code)
	}
	r, err := w.cfg.Desk.Begin(t.Context(), cli, registration.Begin{CustomerNumber: "10027", ActivationCode: value, Policy: "secure-code", Channel: "web"})
	if err != nil || r.Refused != "" {
		t.Fatalf("the code that was shown: %+v, %v", r, err)
	}
	if a := p.post(at+"/revoke", nil); a.to != path || w.codes(c.ID.String())[0].Status != "cancelled" {
		t.Errorf("revoke: %d, and the code is %s", a.code, w.codes(c.ID.String())[0].Status)
	}
	for _, act := range []string{"/extend", "/revoke"} {
		if a := p.post(at+act, nil); a.code != http.StatusConflict {
			t.Errorf("%s of a revoked code: %d", act, a.code)
		}
	}
	for _, e := range append(w.audited("activation.issued"), w.audited("activation.revoked")...) {
		if e.Actor != p.actor() {
			t.Errorf("the log says that %s did it", e.Actor)
		}
	}
}

// TestCodeForWhoHasAToken: a code for a customer who has registered before is as good
// as a reset, so it needs an identification.
func TestCodeForWhoHasAToken(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	at := customerPath(c) + "/codes/new"
	a := p.get(at)
	if a.to != customerPath(c)+"/identify?next="+url.QueryEscape(at) {
		t.Fatalf("without an identification it leads to %q", a.to)
	}
	if got := p.open(a.to).One(t, ".lede").Text(); !strings.Contains(got, "issue an activation code") {
		t.Errorf("the page does not say what for: %s", got)
	}
	if to := p.identifies(c, at); to != at {
		t.Errorf("identified, it leads to %q", to)
	}
	form := hiddenFields(p.open(at))
	form.Set("policy", "secure-code")
	w.clock.Advance(16 * time.Minute)
	p.login()
	if a := p.post(at, form); !strings.Contains(a.to, "/identify?next=") {
		t.Errorf("under an identification that is over: %d, led to %q", a.code, a.to)
	}
	p.identifies(c, at)
	if a := p.post(at, form); !a.page.Has("#activation-code") {
		t.Errorf("identified: %d", a.code)
	}
}

func TestCreateCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("maja", staff.HelpDesk).login()
	form := hiddenFields(p.open("/customers/new"))
	form.Set("number", "10 027")
	form.Set("name", "Ada")
	form.Set("phone", "hello")
	if a := p.post("/customers/new", form); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-phone-error") || a.page.One(t, "#f-number").Attr["value"] != "10 027" {
		t.Errorf("a bad phone number: %d", a.code)
	}
	form.Set("phone", "+47 912 34 567")
	a := p.post("/customers/new", form)
	if !strings.HasPrefix(a.to, "/customers/") {
		t.Fatalf("create: %d\n%s", a.code, a.body)
	}
	if got := p.open(a.to).One(t, ".idline").Text(); got != "10027" {
		t.Errorf("the number is %q", got)
	}
	if again := p.post("/customers/new", form); again.to != a.to {
		t.Errorf("the same form again leads to %q", again.to)
	}
	other := hiddenFields(p.open("/customers/new"))
	other.Set("number", "10027")
	if a := p.post("/customers/new", other); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-number-error") {
		t.Errorf("a number that is taken: %d", a.code)
	}
}

func TestContacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada")
	p := w.join("maja", staff.HelpDesk).login()
	path := "/customers/" + c.ID.String() + "/contacts"
	if a := p.post(path, url.Values{"kind": {"phone"}, "value": {"12"}}); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-value-error") {
		t.Errorf("a bad number: %d", a.code)
	}
	if a := p.post(path, url.Values{"kind": {"phone"}, "value": {"+49 30 1234567"}}); a.to != path {
		t.Fatalf("add: %d", a.code)
	}
	page := p.open(path)
	if !strings.Contains(page.Text(), "+49301234567") {
		t.Error("the contact is not there")
	}
	removed := 0
	for _, f := range page.All("form[method=post]") {
		if strings.HasSuffix(f.Attr["action"], "/remove") {
			p.post(f.Attr["action"], nil)
			removed++
		}
	}
	if got := p.open(path).Text(); removed != 3 || strings.Contains(got, "+49301234567") {
		t.Errorf("%d were removed: %s", removed, got)
	}
}

// TestGerman shows that the other language reaches every part.
func TestGerman(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("10027", "Ada Palmer")
	p := w.join("maja", staff.HelpDesk).login()
	p.lang = "de"
	for path, want := range map[string]string{
		"/": "Schön, dass Sie da sind, Maja", "/customers?q=zz": "Etwas mehr bitte", "/customers/" + c.ID.String(): "Aktivierungscode ausgeben",
		"/policies": "5 in Folge, dann 15 Minuten Pause", "/tokens": "Token-Bestand", "/account": "Was Ihre Rolle umfasst",
	} {
		if got := p.open(path).One(t, "main").Text(); !strings.Contains(got, want) {
			t.Errorf("%s does not say %q: %s", path, want, got)
		}
	}
	if a := p.get("/staff"); !strings.Contains(a.page.Text(), "Ihre Rolle umfasst das nicht") {
		t.Errorf("refused in other words: %s", a.page.One(t, "main").Text())
	}
}

// codes are the activation codes of a customer, newest first.
func (w *world) codes(customer string) []registration.Code {
	w.Helper()
	id, err := ident.Parse(customer)
	if err != nil {
		w.Fatal(err)
	}
	all, err := w.cfg.Desk.Codes(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return all
}
