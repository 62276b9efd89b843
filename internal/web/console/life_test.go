package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/staff"
)

// does opens the page of an act, fills in its form and sends it.
func (p *person) does(path string, fields ...string) answer {
	p.w.Helper()
	form := hiddenFields(p.open(path))
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return p.post(path, form)
}

// done fails the test unless an act led to a page.
func (w *world) done(a answer, to string) {
	w.Helper()
	if a.code != http.StatusSeeOther || a.to != to {
		text := ""
		if a.page != nil {
			text = a.page.One(w, "main").Text()
		}
		w.Fatalf("%d, led to %q, want %q: %s", a.code, a.to, to, text)
	}
}

// logsIn reports whether a code is accepted.
func (w *world) logsIn(c customer.Customer, serial string, counter uint64) bool {
	w.Helper()
	return w.attempt(c, hotp(w, serial, counter)).State == hub.Granted
}

// offered lists the acts that a token's page leads to.
func (p *person) offered(path string) (acts []string) {
	p.w.Helper()
	for _, a := range p.open(path).All("a[href]") {
		if act, ok := strings.CutPrefix(a.Attr["href"], path+"/"); ok {
			acts = append(acts, strings.TrimPrefix(act, "do/"))
		}
	}
	slices.Sort(acts)
	return acts
}

// TestOffers: in each state what is possible is offered, to those who may.
func TestOffers(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	officer := w.join("sofia", staff.SecurityOfficer).login()
	auditor := w.join("aud", staff.Auditor).login()
	p.identifies(c, "")
	at := w.path("CS-1")
	want := func(path string, acts ...string) {
		t.Helper()
		if got := p.offered(path); !slices.Equal(got, acts) {
			t.Errorf("%s, %s, offers %q, want %q", path, p.open(path).One(t, "h1").Text(), got, acts)
		}
		for _, q := range []*person{officer, auditor} {
			if got := q.offered(path); len(got) > 0 {
				t.Errorf("%s is offered %q", q.id.Role, got)
			}
		}
	}
	want(w.path("CS-2"), "extend", "resync", "retire")
	want(at, "extend", "lose", "name", "replace", "resync", "retire", "return", "suspend")
	w.done(p.does(at+"/do/suspend", "reason", "Abroad.", "even_last", "yes"), at)
	want(at, "extend", "lose", "name", "replace", "resume", "retire", "return")
	w.done(p.does(at+"/do/lose", "reason", "In a bus."), at)
	want(at, "find", "name", "replace", "retire", "return")
	w.done(p.does(at+"/do/find"), at)
	want(at, "activate", "extend", "lose", "name", "retire", "return")
	w.done(p.does(at+"/do/retire", "reason", "Broken.", "sure", "yes"), at)
	want(at)
	for _, act := range []string{"do/suspend", "do/resume", "do/lose", "do/find", "do/extend", "do/return", "do/retire", "replace", "activate", "name", "unlock", "resync"} {
		if a := p.get(at + "/" + act); a.code != http.StatusConflict {
			t.Errorf("%s of a retired token: %d", act, a.code)
		}
	}
}

// TestSuspendAndResume: suspending needs no identification, and of the last token a
// word more; resuming needs one.
func TestSuspendAndResume(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	at := w.path("CS-1")
	if got := p.open(at+"/do/suspend").One(t, "main").Text(); !strings.Contains(got, "the last token") || !strings.Contains(got, "Ada Palmer") {
		t.Errorf("the page: %s", got)
	}
	a := p.does(at+"/do/suspend", "reason", "Abroad until May.")
	if a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-even_last-error") {
		t.Errorf("the last one: %d", a.code)
	}
	if a := p.does(at + "/do/suspend"); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-reason-error") {
		t.Errorf("without a reason: %d", a.code)
	}
	w.done(p.does(at+"/do/suspend", "reason", "Abroad until May.", "even_last", "yes"), at)
	page := p.open(at)
	if got := page.One(t, "main").Text(); !strings.Contains(got, "no token left") || !strings.Contains(got, "Abroad until May.") || w.logsIn(c, "CS-1", 1) {
		t.Errorf("suspended: %s", got)
	}
	resume := at + "/do/resume"
	if got := p.get(resume).to; got != customerPath(c)+"/identify?next="+url.QueryEscape(resume) {
		t.Fatalf("resuming leads to %q", got)
	}
	if to := p.identifies(c, resume); to != resume {
		t.Errorf("identified, it leads to %q", to)
	}
	w.done(p.does(resume), at)
	if !w.logsIn(c, "CS-1", 2) {
		t.Error("a resumed token does not work")
	}
	if e := w.found(c, "token.resumed"); len(e) != 1 || !strings.Contains(string(e[0].Details), `"identification"`) {
		t.Errorf("the records: %+v", e)
	}
}

// TestLostAndFound: a lost token is nobody's use; found, it is proven anew.
func TestLostAndFound(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	at := w.path("CS-1")
	p.identifies(c, at)
	if got := p.open(at+"/do/lose").One(t, ".effects").Text(); !strings.Contains(got, "the last token") {
		t.Errorf("it does not say that it is the last: %s", got)
	}
	w.done(p.does(at+"/do/lose", "reason", "Left in a train."), at)
	if w.logsIn(c, "CS-1", 1) {
		t.Error("a lost token works")
	}
	w.done(p.does(at+"/do/find", "reason", "Was under the seat."), at)
	if got := p.open(at).One(t, "main").Text(); !strings.Contains(got, "Waits for its first code") || w.logsIn(c, "CS-1", 2) {
		t.Errorf("found: %s", got)
	}
	failures := func() int {
		all, err := w.cfg.Authenticators.Of(t.Context(), c.ID)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0].Failures.Count
	}
	before := failures()
	a := p.does(at+"/activate", "code", "000000")
	if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.page.One(t, "#f-code-error").Text(), "wrong") || failures() != before+1 {
		t.Errorf("a wrong first code: %d, %d failures", a.code, failures())
	}
	w.done(p.does(at+"/activate", "code", hotp(t, "CS-1", 20)), at)
	if !w.logsIn(c, "CS-1", 21) {
		t.Error("a found token does not work")
	}
}

// TestReplace: the new token comes and the old one goes with the first code.
func TestReplace(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	kim := w.customer("10031", "Kim Okafor")
	w.register(kim, "CS-3")
	at := w.path("CS-1")
	p.identifies(c, at)
	for serial, want := range map[string]string{"CS-77": "no other token", "CS-1": "no other token", "CS-3": "not free"} {
		a := p.get(at + "/replace?serial=" + serial)
		if got := a.page.One(t, "main").Text(); a.code != http.StatusUnprocessableEntity || !strings.Contains(got, want) || a.page.Has("[name=successor]") {
			t.Errorf("%s: %d %s", serial, a.code, got)
		}
	}
	choose := at + "/replace?serial=cs+2"
	if got := p.open(choose).One(t, "main").Text(); !strings.Contains(got, "CS2") || !strings.Contains(got, "In stock") || !strings.Contains(got, "stays as it is until then") {
		t.Errorf("the page: %s", got)
	}
	form := hiddenFields(p.open(choose))
	if a := p.post(at+"/replace", form); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-reason-error") || !a.page.Has("[name=successor]") {
		t.Errorf("without a reason: %d", a.code)
	}
	form.Set("reason", "The display is broken.")
	next := w.path("CS-2")
	w.done(p.post(at+"/replace", form), next)
	if got := p.open(next).One(t, "main").Text(); !strings.Contains(got, "Given in place of token CS1") || !strings.Contains(got, "Maja") {
		t.Errorf("the new one: %s", got)
	}
	old := p.open(at)
	if !old.Has("a[href="+next+"]") || !strings.Contains(old.One(t, "main").Text(), "On its way") || !w.logsIn(c, "CS-1", 1) {
		t.Errorf("the old one: %s", old.One(t, "main").Text())
	}
	w.tokens("CS-4")
	form = hiddenFields(p.open(at + "/replace?serial=CS-4"))
	form.Set("reason", "Again.")
	if a := p.post(at+"/replace", form); a.code != http.StatusConflict || !strings.Contains(a.page.One(t, "main").Text(), "on its way already") {
		t.Errorf("a second one: %d", a.code)
	}
	w.done(p.does(next+"/activate", "code", hotp(t, "CS-2", 0)), next)
	if !w.logsIn(c, "CS-2", 1) || w.logsIn(c, "CS-1", 2) || w.state("CS-1") != device.Retired {
		t.Error("not exactly the new token works")
	}
	if got := p.open(at).One(t, "main").Text(); !strings.Contains(got, "was taken by") {
		t.Errorf("the old one: %s", got)
	}
}

// TestReplacementIsTakenBack before its first code: nothing has happened.
func TestReplacementIsTakenBack(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	p.identifies(c, "")
	form := hiddenFields(p.open(w.path("CS-1") + "/replace?serial=CS-2"))
	form.Set("reason", "Asked.")
	w.done(p.post(w.path("CS-1")+"/replace", form), w.path("CS-2"))
	if a := p.does(w.path("CS-2")+"/do/return", "reason", "Not needed."); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-sure-error") {
		t.Errorf("without being sure: %d", a.code)
	}
	w.done(p.does(w.path("CS-2")+"/do/return", "reason", "Not needed.", "sure", "yes"), w.path("CS-2"))
	if w.state("CS-2") != device.Stock || w.state("CS-1") != device.Active || !w.logsIn(c, "CS-1", 1) {
		t.Errorf("CS-2 is %s, CS-1 %s", w.state("CS-2"), w.state("CS-1"))
	}
}

// TestNobodyHearsAPIN: a token whose PIN the server checks is put into use by its
// owner alone.
func TestNobodyHearsAPIN(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	w.buttons("b120", "CS-8")
	p.identifies(c, "")
	form := hiddenFields(p.open(w.path("CS-1") + "/replace?serial=CS-8"))
	form.Set("reason", "The display is broken.")
	w.done(p.post(w.path("CS-1")+"/replace", form), w.path("CS-8"))
	page := p.open(w.path("CS-8"))
	if page.Has("a[href="+w.path("CS-8")+"/activate]") || !page.Has("a[href="+customerPath(c)+"/codes/new]") || !strings.Contains(page.One(t, "main").Text(), "chooses a PIN") {
		t.Errorf("the page: %s", page.One(t, "main").Text())
	}
	if a := p.get(w.path("CS-8") + "/activate"); a.code != http.StatusConflict || !strings.Contains(a.page.One(t, "main").Text(), "nobody else learns it") {
		t.Errorf("its form: %d", a.code)
	}
}

// TestTakeBackAndRetire: what cannot be undone is confirmed.
func TestTakeBackAndRetire(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	at := w.path("CS-1")
	w.done(p.does(at+"/name", "name", "the one in the safe"), at)
	page := p.open(at + "/do/return")
	if got := page.One(t, "main").Text(); !strings.Contains(got, "cannot be undone") || !page.Has("#f-sure") {
		t.Errorf("the page: %s", got)
	}
	if a := p.does(at+"/do/return", "reason", "Came by post.", "sure", "yes"); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-even_last-error") {
		t.Errorf("the last one: %d", a.code)
	}
	w.done(p.does(at+"/do/return", "reason", "Came by post.", "sure", "yes", "even_last", "yes"), at)
	d := w.item("CS-1").Device
	if d.Status != device.Stock || !d.Customer.IsZero() || d.Name != "" || w.logsIn(c, "CS-1", 1) {
		t.Errorf("taken back: %+v", d)
	}
	if strings.Contains(p.open(at).One(t, "main").Text(), "the safe") {
		t.Error("something of its owner stays")
	}
	w.done(p.does(w.path("CS-2")+"/do/retire", "reason", "Its battery leaked.", "sure", "yes"), w.path("CS-2"))
	if w.state("CS-2") != device.Retired {
		t.Errorf("retired: %s", w.state("CS-2"))
	}
}

// TestTwoAgentsOneToken: what a colleague did meanwhile is said, and the second act
// is not done.
func TestTwoAgentsOneToken(t *testing.T) {
	t.Parallel()
	w, c, maja := holder(t)
	nils := w.join("nils", staff.HelpDesk).login()
	at := w.path("CS-1")
	form := hiddenFields(maja.open(at + "/do/suspend"))
	form.Set("reason", "Asked.")
	form.Set("even_last", "yes")
	nils.identifies(c, at)
	w.done(nils.does(at+"/do/lose", "reason", "Left in a train."), at)
	a := maja.post(at+"/do/suspend", form)
	if got := a.page.One(t, "main").Text(); a.code != http.StatusConflict || !strings.Contains(got, "Somebody else was faster") || !strings.Contains(got, "Token reported lost") || !strings.Contains(got, "Nils") {
		t.Errorf("the second: %d %s", a.code, got)
	}
	if w.state("CS-1") != device.Lost {
		t.Errorf("the token is %s", w.state("CS-1"))
	}
	// Taken back and given to somebody else, it is not the token of the form any more.
	w.done(nils.does(at+"/do/return", "reason", "Found by the police.", "sure", "yes"), at)
	kim := w.customer("10031", "Kim Okafor")
	w.registerCode(kim, "CS-1", func() string { return hotp(t, "CS-1", 30) })
	a = maja.post(at+"/do/suspend", form)
	if got := a.page.One(t, "main").Text(); a.code != http.StatusConflict || !strings.Contains(got, "not this customer's any more") || w.state("CS-1") != device.Active {
		t.Errorf("somebody else's: %d %s", a.code, got)
	}
}

// TestNameOfAToken: set, shown, changed and taken away.
func TestNameOfAToken(t *testing.T) {
	t.Parallel()
	w, c, p := holder(t)
	at := w.path("CS-1")
	if a := p.does(at+"/name", "name", strings.Repeat("x", 61)); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-name-error") || a.page.One(t, "#f-name").Attr["value"] == "" {
		t.Errorf("a long name: %d", a.code)
	}
	w.done(p.does(at+"/name", "name", "  the one in the safe "), at)
	if got := p.open(customerPath(c)).One(t, "main").Text(); !strings.Contains(got, "the one in the safe") {
		t.Error("the customer's page does not show the name")
	}
	if got := p.open(at+"/name").One(t, "#f-name").Attr["value"]; got != "the one in the safe" {
		t.Errorf("the form holds %q", got)
	}
	w.done(p.does(at+"/name", "name", ""), at)
	if d := w.item("CS-1").Device; d.Name != "" {
		t.Errorf("the name stays: %q", d.Name)
	}
}

// TestDeskInGerman: every page of the desk speaks the other language.
func TestDeskInGerman(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keypads("CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	c := w.customer("10027", "Ada Palmer")
	w.register(c, "CS-1")
	p.lang = "de"
	p.identifies(c, "")
	at := w.path("CS-1")
	for path, want := range map[string]string{
		"": "Wenn es nicht geht", "/unlock": "Aufgabe auf dem Token", "/resync": "Neu synchronisieren", "/resync?policy=transaction-signature": "beantwortet Aufgaben", "/do/suspend": "letzte Token",
		"/do/lose": "verloren", "/do/return": "nicht rückgängig", "/do/retire": "Für immer", "/replace": "Nachschlagen", "/name": "Inhaber",
	} {
		if got := p.open(at+path).One(t, "main").Text(); !strings.Contains(got, want) || strings.Contains(got, "⟦") {
			t.Errorf("%s does not say %q: %s", path, want, got)
		}
	}
	a := p.does(at+"/unlock", "challenge", "12345675")
	if got := a.page.One(t, "#f-challenge-error").Text(); !strings.Contains(got, "Ziffer für Ziffer") {
		t.Errorf("a mistyped challenge: %s", got)
	}
	if a := p.get(at + "/do/resume"); !strings.Contains(a.page.One(t, "main").Text(), "lässt das nicht zu") {
		t.Errorf("in vain: %s", a.page.One(t, "main").Text())
	}
}
