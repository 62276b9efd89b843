package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/staff"
)

// TestLoginFailsAlike compares the answers to everything that can be wrong.
func TestLoginFailsAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.join("ada", staff.HelpDesk)
	off := w.join("off", staff.HelpDesk)
	if err := w.cfg.Staff.Disable(t.Context(), cli, off.id.ID); err != nil {
		t.Fatal(err)
	}
	tries := map[string]url.Values{
		"unknown":        {"login": {"nobody"}, "password": {password}, "code": {"123456"}},
		"wrong password": {"login": {"ada"}, "password": {"not this one"}, "code": {ada.code()}},
		"wrong code":     {"login": {"ada"}, "password": {password}, "code": {"000000"}},
		"disabled":       {"login": {"off"}, "password": {password}, "code": {off.code()}},
		"nothing":        {},
	}
	texts := map[string]string{}
	for name, form := range tries {
		a := w.visitor().post("/login", form)
		if a.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, a.code)
		}
		texts[name] = a.page.One(t, "main").Text()
		for _, field := range a.page.All("input[type=password]") {
			if field.Attr["value"] != "" {
				t.Errorf("%s: the page holds a secret", name)
			}
		}
	}
	for name, text := range texts {
		if d := cmp.Diff(texts["unknown"], text); d != "" {
			t.Errorf("unknown and %s differ: %s", name, d)
		}
	}
}

func TestLoginLeadsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("ada", staff.HelpDesk)
	a := p.get("/customers?q=x+y")
	if a.to != "/login?next=%2Fcustomers%3Fq%3Dx%2By" {
		t.Fatalf("led to %q", a.to)
	}
	next := p.open(a.to).One(t, "input[name=next]").Attr["value"]
	for _, to := range []string{next, "https://evil.example/", "//evil.example", "/\\evil.example"} {
		want := "/"
		if to == next {
			want = "/customers?q=x+y"
		}
		a := p.post("/login", url.Values{"login": {"ada"}, "password": {password}, "code": {p.code()}, "next": {to}})
		if a.code != http.StatusSeeOther || a.to != want {
			t.Errorf("after login with next %q: %d, led to %q", to, a.code, a.to)
		}
	}
	if a := p.get("/login?next=/account"); a.to != "/account" {
		t.Errorf("who is logged in already is led to %q", a.to)
	}
}

func TestLogoutAndIdle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("ada", staff.HelpDesk).login()
	if got := p.get("/").head.Get("Refresh"); got != "900; url=/login?ended=idle" {
		t.Errorf("the page ends by %q", got)
	}
	stolen := map[string]*http.Cookie{}
	for k, c := range p.cook {
		stolen[k] = c
	}
	if a := p.post("/logout", nil); a.to != "/login" || len(p.cook) != 0 {
		t.Errorf("logout led to %q and left %v", a.to, p.cook)
	}
	if a := (&person{w: w, cook: stolen}).get("/"); a.to != "/login" {
		t.Error("the cookie outlives the logout")
	}
	p.login()
	w.clock.Advance(staff.IdleLimit - 31*time.Second)
	p.open("/login?ended=idle") // must not keep the session alive
	w.clock.Advance(31 * time.Second)
	if a := p.get("/"); a.to != "/login" {
		t.Errorf("after 15 minutes without use: %d, led to %q", a.code, a.to)
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := w.join("boss", staff.Administrator).login()
	form := url.Values{"id": {boss.open("/staff/new").One(t, "input[name=id]").Attr["value"]}, "login": {"kim"}, "name": {"Kim"}, "role": {"auditor"}}
	a := boss.post("/staff/new", form)
	code := a.page.One(t, "#invitation").Attr["data-value"]
	if again := boss.post("/staff/new", form); again.code != http.StatusUnprocessableEntity || strings.Contains(again.body, code) {
		t.Errorf("the same form again: %d", again.code)
	}

	p := w.visitor()
	if a := p.post("/invitation", url.Values{"invitation": {"AAAA-BBBB"}}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("a made up invitation: %d", a.code)
	}
	page := p.post("/invitation", url.Values{"invitation": {strings.ToLower(code)}}).page
	p.app = app(t, page.One(t, "#totp-key").Attr["data-value"])
	set := url.Values{"invitation": {code}, "password": {password}, "repeat": {password}, "code": {"000000"}}
	for name, change := range map[string]url.Values{
		"another repetition": {"repeat": {"something else at all"}},
		"a weak password":    {"password": {"pa55wrd"}, "repeat": {"pa55wrd"}},
		"a wrong code":       {},
	} {
		try := url.Values{}
		for k, v := range set {
			try[k] = v
		}
		for k, v := range change {
			try[k] = v
		}
		a := p.post("/invitation/finish", try)
		if a.code != http.StatusUnprocessableEntity || !a.page.Has("#errors") {
			t.Errorf("%s: %d", name, a.code)
		}
		if strings.Contains(a.body, try.Get("password")) {
			t.Errorf("%s: the page repeats the password", name)
		}
	}
	set.Set("code", p.code())
	if a := p.post("/invitation/finish", set); a.to != "/" {
		t.Fatalf("the right code: %d\n%s", a.code, a.body)
	}
	if got := p.open("/").One(t, ".user-name").Text(); got != "Kim" {
		t.Errorf("logged in as %q", got)
	}
	if a := w.visitor().post("/invitation", url.Values{"invitation": {code}}); a.code != http.StatusUnprocessableEntity {
		t.Errorf("a used invitation: %d", a.code)
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("ada", staff.HelpDesk).login()
	other := &person{w: w, id: p.id, app: p.app, cook: map[string]*http.Cookie{}, fresh: p.fresh}
	other.login()
	p.fresh = other.fresh
	const fresh = "another horse, another battery"
	form := url.Values{"password": {"wrong"}, "code": {p.code()}, "fresh": {fresh}, "repeat": {fresh}}
	if a := p.post("/account/password", form); a.code != http.StatusUnprocessableEntity || strings.Contains(a.body, fresh) {
		t.Errorf("with a wrong password: %d", a.code)
	}
	form.Set("password", password)
	form.Set("fresh", "ada")
	form.Set("repeat", "ada")
	if a := p.post("/account/password", form); a.code != http.StatusUnprocessableEntity || !a.page.Has("#f-fresh-error") {
		t.Errorf("with a weak new password: %d", a.code)
	}
	form.Set("code", p.code())
	form.Set("fresh", fresh)
	form.Set("repeat", fresh)
	if a := p.post("/account/password", form); a.to != "/account" {
		t.Fatalf("with everything right: %d\n%s", a.code, a.body)
	}
	p.open("/account")
	if a := other.get("/account"); a.to == "" {
		t.Error("another session outlives the change of the password")
	}
}

func TestMySessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join("ada", staff.HelpDesk).login()
	other := &person{w: w, id: p.id, app: p.app, cook: map[string]*http.Cookie{}, fresh: p.fresh}
	other.login()
	forms := p.open("/account").One(t, ".rows").All("form")
	if len(forms) != 2 { // the one of the enrollment, and the other browser
		t.Fatalf("%d sessions can be ended", len(forms))
	}
	for _, f := range forms {
		p.post(f.Attr["action"], nil)
	}
	if a := other.get("/"); a.to != "/login" {
		t.Error("the other session goes on")
	}
	p.open("/")
}
