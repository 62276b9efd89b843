package console_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/oath"
)

// TestUnlockPage: F-4.4. The code is shown once, in large digits, and a page that is
// loaded anew shows it no more.
func TestUnlockPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keypads("CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	c := w.customer("10027", "Ada Palmer")
	w.register(c, "CS-1")
	at := w.path("CS-1") + "/unlock"
	if !p.open(w.path("CS-1")).Has("a[href=" + at + "]") {
		t.Fatal("unlocking is not offered")
	}
	a := p.get(at)
	if !strings.HasPrefix(a.to, customerPath(c)+"/identify?next=") {
		t.Fatalf("without an identification it leads to %q", a.to)
	}
	if to := p.identifies(c, at); to != at {
		t.Fatalf("identified, it leads to %q", to)
	}
	page := p.open(at)
	if got := page.One(t, "main").Text(); !strings.Contains(got, "All 8 digits") || !strings.Contains(got, "Ada Palmer") || !strings.Contains(got, "CS1") {
		t.Errorf("the page: %s", got)
	}
	form := hiddenFields(page)
	for typed, want := range map[string]string{"": "Challenge", "1234": "Type all digits", "12345675": "read it out again", "abcdefgh": "Type all digits"} {
		form.Set("challenge", typed)
		if a := p.post(at, form); a.code != http.StatusUnprocessableEntity || !strings.Contains(a.page.One(t, "#f-challenge-error").Text(), want) {
			t.Errorf("%q: %d", typed, a.code)
		}
	}
	form.Set("challenge", "1234 5674")
	a = p.post(at, form)
	if a.code != http.StatusOK {
		t.Fatalf("unlock: %d %s", a.code, a.page.One(t, "main").Text())
	}
	code := a.page.One(t, "#unlock-code").Attr["data-value"]
	if want := responds(t, "CS-1", unlockSuite, oath.Input{Question: "12345674"}); code != want {
		t.Errorf("the code is %s, want %s", code, want)
	}
	if a.head.Get("Cache-Control") != "no-store" || !strings.Contains(a.page.One(t, "main").Text(), "Shown once") {
		t.Error("the page may be kept")
	}
	again := p.post(at, form)
	if again.code != http.StatusUnprocessableEntity || strings.Contains(again.body, code) || !strings.Contains(again.page.Text(), "there is no second one") {
		t.Errorf("loaded anew: %d %s", again.code, again.page.One(t, "main").Text())
	}
	for _, path := range []string{w.path("CS-1"), customerPath(c), at} {
		if strings.Contains(p.get(path).body, code) {
			t.Errorf("%s shows the code", path)
		}
	}
	if e := w.found(c, "token.unlock_code_given"); len(e) != 1 || e[0].Actor != p.actor() || strings.Contains(string(e[0].Details), code) {
		t.Errorf("the records: %+v", e)
	}
	if strings.Contains(w.logs.String(), code) {
		t.Error("the log holds the code")
	}
}

// TestUnlockLimit: too many requests are refused, with the time when it opens.
func TestUnlockLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keypads("CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	w.caller(p, "10027", "Ada Palmer", "CS-1")
	at := w.path("CS-1") + "/unlock"
	form := hiddenFields(p.open(at))
	form.Set("challenge", "12345675")
	for range 5 {
		p.post(at, form)
	}
	if got := p.open(w.path("CS-1")).One(t, "[aria-labelledby=history]").Text(); !strings.Contains(got, "check digit of the challenge was wrong") || strings.Contains(got, "token.unlock") {
		t.Errorf("the history says %s", got)
	}
	form.Set("challenge", "12345674")
	a := p.post(at, form)
	if got := a.page.One(t, "#errors").Text(); a.code != http.StatusUnprocessableEntity || !strings.Contains(got, "Too many requests") || !strings.Contains(got, "in 1 hour") && !strings.Contains(got, "in 60 minutes") {
		t.Errorf("beyond the limit: %d %s", a.code, got)
	}
}

// TestUnlockSaysWhatElseIsBlocked: the token locks itself, and the server counts for
// itself.
func TestUnlockSaysWhatElseIsBlocked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keypads("CS-1")
	p := w.join("maja", staff.HelpDesk).login()
	c := w.caller(p, "10027", "Ada Palmer", "CS-1")
	w.blocked(c)
	at := w.path("CS-1") + "/unlock"
	form := hiddenFields(p.open(at))
	form.Set("challenge", "12345674")
	page := p.post(at, form).page
	if !strings.Contains(page.One(t, "main").Text(), "is blocked at the server, too") || !page.Has("a[href="+customerPath(c)+"/authenticators/secure-code/reset]") {
		t.Errorf("the page: %s", page.One(t, "main").Text())
	}
}

// TestUnlockOfOtherTokens: somebody else's, one without a key, one in stock.
func TestUnlockOfOtherTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.keypads("CS-1", "CS-9")
	w.tokens("CS-2")
	p := w.join("maja", staff.HelpDesk).login()
	w.caller(p, "10027", "Ada Palmer", "CS-1")
	w.caller(p, "10031", "Kim Okafor", "CS-2")
	form := hiddenFields(p.open(w.path("CS-1") + "/unlock"))
	form.Set("challenge", "12345674")
	for path, want := range map[string]string{
		w.path("CS-2"): "not this customer's any more", // the form of somebody else's token
		w.path("CS-9"): "not this customer's any more",
	} {
		a := p.post(path+"/unlock", form)
		if got := a.page.One(t, "main").Text(); a.code != http.StatusConflict || !strings.Contains(got, want) {
			t.Errorf("%s: %d %s", path, a.code, got)
		}
	}
	for path, want := range map[string]string{w.path("CS-2"): "No key came with this token", w.path("CS-9"): "does not allow this"} {
		if p.open(path).Has("a[href=" + path + "/unlock]") {
			t.Errorf("unlocking %s is offered", path)
		}
		a := p.get(path + "/unlock")
		if got := a.page.One(t, "main").Text(); a.code != http.StatusConflict || !strings.Contains(got, want) {
			t.Errorf("%s: %d %s", path, a.code, got)
		}
	}
	if n := len(w.audited("token.unlock_code_given")); n != 0 {
		t.Errorf("%d codes were given", n)
	}
}
