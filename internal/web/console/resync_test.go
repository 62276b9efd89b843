package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
	"github.com/countersign-auth/countersign/oath"
)

// TestResyncPage: F-4.5, automatic. The customer's token is far ahead, and codes of it are
// refused until it blocks.
func TestResyncPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keypads("CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	c := w.customer("10027", "Ada Palmer")
	w.register(c, "CS-1")
	for n := range uint64(5) {
		w.attempt(c, hotp(t, "CS-1", 300+n))
	}
	at := w.path("CS-1") + "/resync"
	p.identifies(c, at)
	page := p.open(at)
	if got := page.One(t, "main").Text(); !strings.Contains(got, "5 of 5") || !strings.Contains(got, "Wrong ones count as a failure") || !page.Has("#f-code-0") || page.Has("#f-code-1") {
		t.Errorf("the page: %s", got)
	}
	form := hiddenFields(page)
	for typed, want := range map[string]string{"": "Code 1", "12x": "digits only", "1234": "another number of digits"} {
		form.Set("code-0", typed)
		if a := p.post(at, form); a.code != http.StatusUnprocessableEntity || !strings.Contains(a.page.One(t, "#f-code-0-error").Text(), want) {
			t.Errorf("%q: %d %s", typed, a.code, a.page.One(t, "main").Text())
		}
	}
	form.Set("code-0", "000000")
	if a := p.post(at, form); a.code != http.StatusUnprocessableEntity || !strings.Contains(a.page.One(t, "#errors").Text(), "do not follow one another") {
		t.Errorf("a wrong code: %d", a.code)
	}
	form.Set("code-0", " "+hotp(t, "CS-1", 310))
	if a := p.post(at, form); a.to != w.path("CS-1") {
		t.Fatalf("resynchronize: %d %s", a.code, a.page.One(t, "main").Text())
	}
	said := p.open(w.path("CS-1"))
	if got := said.One(t, ".flashes").Text(); !strings.Contains(got, "310 ahead") || !strings.Contains(got, "is open again") || !strings.Contains(said.One(t, "main").Text(), "In step") {
		t.Errorf("the answer: %s", got)
	}
	if got := w.attempt(c, hotp(t, "CS-1", 310)); got.State == hub.Granted {
		t.Error("the code of the resynchronization is good for a login")
	}
	if got := w.attempt(c, hotp(t, "CS-1", 311)); got.State != hub.Granted { // F-4.5.7
		t.Errorf("the next code: %+v", got)
	}
	if e := w.found(c, "token.resynchronized"); len(e) != 1 || e[0].Actor != p.actor() {
		t.Errorf("the records: %+v", e)
	}
}

// TestResyncAsksForTheNextCode when one stands at two places.
func TestResyncAsksForTheNextCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	serial, at := "", uint64(0)
	for n := 0; serial == "" && n < 100; n++ { // a token two of whose next thousand codes are the same
		s := "CS" + string(rune('A'+n/26)) + string(rune('A'+n%26))
		seen := map[string]bool{}
		for i := uint64(1); i < 990; i++ {
			if code := hotp(t, s, i); seen[code] {
				serial, at = s, i
				break
			} else {
				seen[code] = true
			}
		}
	}
	w.tokens(serial)
	p := w.join("maja", staff.HelpDesk).login()
	w.caller(p, "10027", "Ada Palmer", serial)
	path := w.path(serial) + "/resync"
	form := hiddenFields(p.open(path))
	form.Set("code-0", hotp(t, serial, at))
	a := p.post(path, form)
	if a.code != http.StatusUnprocessableEntity || !strings.Contains(a.page.One(t, "#errors").Text(), "Ask for the next one as well") {
		t.Fatalf("an ambiguous code: %d %s", a.code, a.page.One(t, "main").Text())
	}
	form = hiddenFields(a.page)
	form.Set("code-0", a.page.One(t, "#f-code-0").Attr["value"])
	form.Set("code-1", hotp(t, serial, at+1))
	if a := p.post(path, form); a.to != w.path(serial) {
		t.Errorf("with the next one: %d %s", a.code, a.page.One(t, "main").Text())
	}
}

// TestResyncByChallenges: a key that answers challenges gets them posed.
func TestResyncByChallenges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keypads("CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	w.caller(p, "10027", "Ada Palmer", "CS-1")
	at := w.path("CS-1") + "/resync"
	signing := at + "?policy=transaction-signature"
	if !p.open(at).Has("a[href=" + signing + "]") {
		t.Fatal("the key for transactions is not offered")
	}
	pose := func(page *webtest.Node) *webtest.Node {
		t.Helper()
		form := hiddenFields(page)
		form.Set("pose", "yes")
		return p.post(at, form).page
	}
	page := p.open(signing)
	if page.Has("#f-code-0") || !strings.Contains(page.One(t, "main").Text(), "answers challenges") {
		t.Fatalf("before a challenge is posed: %s", page.One(t, "main").Text())
	}
	posed := pose(page)
	answer := func(page *webtest.Node, counter uint64) url.Values {
		t.Helper()
		q := page.One(t, ".posed").Attr["data-value"]
		form := hiddenFields(page)
		form.Set("code-0", responds(t, "CS-1", signSuite, oath.Input{Counter: counter, Question: "108" + q + strings.Repeat("0", 53)}))
		return form
	}
	form := answer(posed, 77)
	w.clock.Advance(3*time.Minute + time.Second)
	a := p.post(at, form)
	if got := a.page.One(t, "#errors").Text(); a.code != http.StatusUnprocessableEntity || !strings.Contains(got, "has run out") || a.page.Has("#f-code-0") {
		t.Errorf("too late: %d %s", a.code, got)
	}
	if a := p.post(at, answer(pose(a.page), 77)); a.to != w.path("CS-1") {
		t.Errorf("in time: %d %s", a.code, a.page.One(t, "main").Text())
	}
	for _, k := range w.item("CS-1").Keys {
		if k.Usage == "sign" && (k.Next != 78 || !k.Proven) {
			t.Errorf("the key for transactions: %+v", k)
		}
		if k.Usage == "code" && k.Next != 1 {
			t.Errorf("the key for codes was moved: %+v", k)
		}
	}
}

// TestReadingPage: F-4.5, manual. The clock that the token shows is taken over, to be
// proven by the next good code.
func TestReadingPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clocks("CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	c := w.customer("10027", "Ada Palmer")
	w.registerCode(c, "CS-1", func() string { return totp(t, "CS-1", w.clock.Now()) })
	w.clock.Advance(time.Hour)
	p.login().identifies(c, "")
	if !p.open(w.path("CS-1") + "/resync").Has("a[href=" + w.path("CS-1") + "/reading?policy=secure-code]") {
		t.Error("reading is not offered")
	}
	at := w.path("CS-1") + "/reading"
	page := p.open(at)
	if page.Has("#f-counter") || !page.Has("#f-time") || !strings.Contains(page.One(t, "main").Text(), "to be proven by the next good code") {
		t.Errorf("the page: %s", page.One(t, "main").Text())
	}
	form := hiddenFields(page)
	form.Set("date", page.One(t, "#f-date").Attr["value"])
	for typed, want := range map[string]string{"noon": "11:58:30", "25:00:00": "11:58:30", "": "11:58:30"} {
		form.Set("time", typed)
		if a := p.post(at, form); a.code != http.StatusUnprocessableEntity || typed != "" && !strings.Contains(a.page.One(t, "#f-time-error").Text(), want) {
			t.Errorf("%q: %d", typed, a.code)
		}
	}
	form.Set("time", w.clock.Now().UTC().Add(2*time.Hour).Format("15:04:05"))
	if a := p.post(at, form); a.code != http.StatusUnprocessableEntity || !strings.Contains(a.page.One(t, "#f-time-error").Text(), "farther off") {
		t.Errorf("far off: %d", a.code)
	}
	shown := w.clock.Now().UTC().Add(5 * time.Minute)
	form.Set("date", shown.Format("20060102"))
	form.Set("time", "T"+shown.Format("15-04-05")) // as the display divides it
	if a := p.post(at, form); a.to != w.path("CS-1") {
		t.Fatalf("reading: %d %s", a.code, a.page.One(t, "main").Text())
	}
	page = p.open(w.path("CS-1"))
	if got := page.One(t, "main").Text(); !strings.Contains(got, "5 minutes ahead") || !strings.Contains(page.One(t, "[aria-labelledby=key-0]").Text(), "To be proven by the next good code") {
		t.Errorf("the answer: %s", got)
	}
	if got := w.attempt(c, totp(t, "CS-1", w.clock.Now().Add(5*time.Minute))); got.State != hub.Granted {
		t.Errorf("the next code: %+v", got)
	}
	if got := p.open(w.path("CS-1")).One(t, "[aria-labelledby=key-0]").Text(); !strings.Contains(got, "In step") {
		t.Errorf("proven: %s", got)
	}
}

// TestReadingIsOff where the policy takes none: for counters, by default.
func TestReadingIsOff(t *testing.T) {
	t.Parallel()
	w, _, p := holder(t)
	c := w.customer("10031", "Kim Okafor")
	w.register(c, "CS-2")
	p.identifies(c, "")
	if page := p.open(w.path("CS-2") + "/resync"); page.Has(".ways") {
		t.Error("reading is offered")
	}
	a := p.get(w.path("CS-2") + "/reading")
	if got := a.page.One(t, "main").Text(); a.code != http.StatusConflict || !strings.Contains(got, "Use codes of the token") {
		t.Errorf("reading: %d %s", a.code, got)
	}
}

// TestResyncInStock needs no identification: the token is nobody's.
func TestResyncInStock(t *testing.T) {
	t.Parallel()
	w, _, p := holder(t)
	at := w.path("CS-3") + "/resync"
	page := p.open(at)
	if page.Has(".identified") {
		t.Error("somebody was identified for it")
	}
	form := hiddenFields(page)
	form.Set("code-0", hotp(t, "CS-3", 200))
	if a := p.post(at, form); a.to != w.path("CS-3") {
		t.Errorf("in stock: %d %s", a.code, a.page.One(t, "main").Text())
	}
}
