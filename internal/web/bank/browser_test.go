//go:build browser

package bank_test

import (
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/web/bank"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// stockedPost fills the letter box.
func (w *world) stockedPost() {
	home := []string{"Buchenweg 12", "10997 Erlenau"}
	day := w.clock.Now().Add(-72 * time.Hour)
	w.post.add(bank.Letter{ID: "a1", Kind: bank.LetterWelcome, Posted: day, Name: "Ada Palmer", Address: home, Customer: ada})
	w.post.add(bank.Letter{ID: "b2", Kind: bank.LetterToken, Posted: day.Add(24 * time.Hour), Name: "Ada Palmer", Address: home, Serial: "CS-4407-118263"})
	w.post.add(bank.Letter{ID: "c3", Kind: bank.LetterActivation, Posted: day.Add(48 * time.Hour), Name: "Ada Palmer", Address: home, Code: adaCode, Expires: day.Add(9 * 24 * time.Hour)})
	w.post.add(bank.Letter{ID: "d4", Kind: bank.LetterActivation, Half: 1, Posted: day.Add(49 * time.Hour), Name: "Bo Lind", Address: home, Code: "4HT2-MM0Q"})
}

// looks keeps pictures of the page in all its shapes, under the name of the face.
func looks(t *testing.T, p *webtest.Tab, name string) {
	t.Helper()
	p.Looks("bank-" + name)
}

// F-4.1 and F-4.2 as a customer clicks through them, with the letters beside.
func TestBrowserRegisterAndLogIn(t *testing.T) {
	w := newWorld(t)
	w.stockedPost()
	p := webtest.Start(t).Tab(t)
	at := w.server.URL

	p.Open(at + "/letters")
	looks(t, p, "letters")
	p.Follow("a[href='/letters/c3']")
	looks(t, p, "letter-code")
	p.Open(at + "/letters/b2")
	looks(t, p, "letter-token")
	p.Open(at + "/letters/a1")
	p.Shot("bank-letter-welcome")

	p.Open(at + "/")
	looks(t, p, "home")
	p.Follow("main a[href='/register']")
	looks(t, p, "register-1")
	p.Fill("#f-customer_number", ada)
	p.Fill("#f-activation_code", "7Q2M-9XKD-42")
	p.Submit()
	looks(t, p, "register-1-refused")
	p.Fill("#f-activation_code", adaCode)
	p.Submit()
	looks(t, p, "register-2")
	p.Fill("#f-serial", "CS-0000-000000")
	p.Submit()
	p.Shot("bank-register-2-refused")
	p.Fill("#f-serial", "cs 4407 118263")
	p.Submit()
	looks(t, p, "register-3")
	p.Fill("#f-code", nextCode(w, w.api.stock["CS4407118263"]))
	p.Submit()
	looks(t, p, "register-4")
	p.Follow("main a[href='/login']")
	looks(t, p, "login")
	p.Fill("#f-code", "000000")
	p.Submit()
	looks(t, p, "login-refused")
	p.Fill("#f-code", nextCode(w, w.api.stock["CS4407118263"]))
	p.Submit()
	p.Wait(".figure")
	looks(t, p, "overview")
	p.Follow("a[href='/accounts/current']")
	looks(t, p, "account")
	p.Open(at + "/security")
	looks(t, p, "security")
	p.Follow(".user button")
	if got := p.Text(".flashes"); !strings.Contains(got, "You are logged out.") {
		t.Errorf("after logout the page says %q", got)
	}
}

// The other kinds of tokens: a number to type, and a PIN to choose.
func TestBrowserOtherTokens(t *testing.T) {
	w := newWorld(t)
	p := webtest.Start(t).Tab(t)
	begin := func(serial string) {
		p.Open(w.server.URL + "/register")
		p.Fill("#f-customer_number", ada)
		p.Fill("#f-activation_code", adaCode)
		p.Submit()
		p.Open(w.server.URL + "/register/token")
		p.Fill("#f-serial", serial)
		p.Submit()
	}
	begin("CS-1200-000042")
	looks(t, p, "register-3-pin")
	begin("CS-3100-000007")
	looks(t, p, "register-3-number")
	p.Fill("#f-code", "314159")
	p.Submit()
	p.Open(w.server.URL + "/login")
	p.Fill("#f-customer_number", ada)
	p.Follow("button[formaction='/login/number']")
	looks(t, p, "login-number")
	n := strings.ReplaceAll(p.Text(".question-value"), " ", "")
	p.Fill("#f-code", n[:6])
	p.Submit()
	p.Wait(".figure")
	w.clock.advance(5 * time.Minute)
	p.Open(w.server.URL + "/timeout")
	looks(t, p, "timeout")
	w.api.set(func(f *fakeAPI) { f.down = true })
	p.Open(w.server.URL + "/login")
	p.Fill("#f-customer_number", ada)
	p.Fill("#f-code", "123456")
	p.Submit()
	looks(t, p, "login-away")
}

// All of registration and login with the keyboard alone.
func TestBrowserKeyboard(t *testing.T) {
	w := newWorld(t)
	p := webtest.Start(t).Tab(t)
	p.Open(w.server.URL + "/")
	p.TabTo("main a[href='/register']")
	p.Submit()
	p.TabTo("#f-customer_number")
	p.Keys(ada)
	p.TabTo("#f-activation_code")
	p.Keys(adaCode)
	p.Submit()
	p.TabTo("#f-serial")
	p.Keys("CS-4407-118263")
	p.Submit()
	p.TabTo("#f-code")
	p.Keys(nextCode(w, w.api.stock["CS4407118263"]))
	p.Submit()
	p.TabTo("main a[href='/login']")
	p.Submit()
	p.TabTo("#f-code")
	p.Keys(nextCode(w, w.api.stock["CS4407118263"]))
	p.Submit()
	p.Wait(".figure")
	p.TabTo("a[href='/security']")
	p.Submit()
	p.TabTo(".user button")
	p.Submit()
	if got := p.Text(".flashes"); !strings.Contains(got, "You are logged out.") {
		t.Errorf("after logout the page says %q", got)
	}
}

// Without JavaScript the same flow works.
func TestBrowserNoScript(t *testing.T) {
	w := newWorld(t)
	k := w.registered()
	p := webtest.Start(t).Tab(t)
	p.NoScript()
	p.Open(w.server.URL + "/login")
	p.Fill("#f-customer_number", ada)
	p.Fill("#f-code", nextCode(w, k))
	p.Submit()
	p.Wait(".figure")
	p.Follow(".user button")
	p.Wait("#f-code")
}

// A second click sends nothing: it would use up a second code.
func TestBrowserDoubleClick(t *testing.T) {
	w := newWorld(t)
	k := w.registered()
	p := webtest.Start(t).Tab(t)
	p.Open(w.server.URL + "/login")
	p.Fill("#f-customer_number", ada)
	p.Fill("#f-code", nextCode(w, k))
	sent := webtest.Eval[bool](p, `(() => { const f = document.querySelector("form[action='/login']"); f.requestSubmit(); let again = true; window.addEventListener("submit", (e) => { again = !e.defaultPrevented; }); f.requestSubmit(); return again; })()`)
	if sent {
		t.Error("the form was sent twice")
	}
	p.Wait(".figure")
}

// Letters that arrive later appear by themselves.
func TestBrowserLettersArrive(t *testing.T) {
	w := newWorld(t)
	p := webtest.Start(t).Tab(t)
	p.Open(w.server.URL + "/letters")
	w.post.add(bank.Letter{ID: "d4", Kind: bank.LetterActivation, Half: 2, Posted: w.clock.Now(), Name: "Bo Lind", Code: "8TN3-C"})
	p.WaitText("#post", "second half")
}

// In German the same pages fit too.
func TestBrowserGerman(t *testing.T) {
	w := newWorld(t)
	w.stockedPost()
	k := w.registered()
	p := webtest.Start(t).Tab(t)
	p.Open(w.server.URL + "/")
	p.Follow(".prefs button[value='de']")
	looks(t, p, "home-de")
	p.Open(w.server.URL + "/register")
	looks(t, p, "register-1-de")
	p.Open(w.server.URL + "/login")
	p.Fill("#f-customer_number", ada)
	p.Fill("#f-code", nextCode(w, k))
	p.Submit()
	p.Wait(".figure")
	looks(t, p, "overview-de")
	oneLine(t, p)
	p.Open(w.server.URL + "/security")
	looks(t, p, "security-de")
	oneLine(t, p)
}

// oneLine wants the frame of a page at desktop size in one line, and nothing cut off.
func oneLine(t *testing.T, p *webtest.Tab) {
	t.Helper()
	const middles = "new Set([...document.querySelectorAll('.brand, .top .nav a, .top .user')].map(x => Math.round((x.getBoundingClientRect().top + x.getBoundingClientRect().bottom) / 4))).size"
	if n := webtest.Eval[int](p, middles); n != 1 {
		t.Errorf("the frame of %s has %d lines", p.URL(), n)
	}
	if webtest.Eval[bool](p, "[...document.querySelectorAll('.user-name, .user-detail')].some(x => x.scrollWidth > x.clientWidth)") {
		t.Errorf("the customer's name is cut off at %s", p.URL())
	}
}
