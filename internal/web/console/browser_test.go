//go:build browser

package console_test

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// serve lets browsers reach the console.
func (w *world) serve() string {
	w.Helper()
	s := httptest.NewServer(w.http)
	w.Cleanup(s.Close)
	return s.URL
}

// enter logs in by typing.
func (p *person) enter(tab *webtest.Tab, at string) {
	tab.Open(at + "/login")
	tab.Fill("#f-login", p.id.Login)
	tab.Fill("#f-password", password)
	tab.Fill("#f-code", p.code())
	tab.Submit()
	tab.Wait(".user-name")
}

// looks keeps pictures of the page in all its shapes, under the name of the face.
func looks(t *testing.T, p *webtest.Tab, name string) {
	t.Helper()
	p.Looks("console-" + name)
}

// fixture is a bank at work.
func fixture(w *world) {
	w.tokens("CS-4407-118263", "CS-4407-118264", "CS-4407-118265", "CS-4407-118266", "CS-2201-000417")
	ada, kim := w.customer("10027-4418", "Ada Palmer"), w.customer("10031-0092", "Kim Okafor")
	w.customer("10031-1177", "Bo Lind")
	w.register(ada, "CS-4407-118263")
	w.register(kim, "CS-4407-118264")
	w.clock.Advance(3 * time.Hour)
	w.attempt(ada, hotp(w, "CS-4407-118263", 1))
	w.clock.Advance(20 * time.Minute)
	w.attempt(ada, "123456")
	w.attempt(ada, "654321")
	for range 5 {
		w.attempt(kim, "999999")
	}
}

// A help desk's morning: find a customer, see what they hold, issue a code.
func TestBrowserHelpDesk(t *testing.T) {
	w := newWorld(t)
	fixture(w)
	m := w.join("maja", staff.HelpDesk)
	at := w.serve()
	p := webtest.Start(t).Tab(t)

	p.Open(at + "/customers?q=10027")
	looks(t, p, "login")
	p.Fill("#f-login", m.id.Login)
	p.Fill("#f-password", "not this one")
	p.Fill("#f-code", "000000")
	p.Submit()
	looks(t, p, "login-refused")
	m.enter(p, at)
	looks(t, p, "home")

	p.Fill("#q", "100")
	p.Submit()
	looks(t, p, "search")
	p.Fill("#q", "nobody at all")
	p.Submit()
	p.Shot("console-search-none")
	p.Fill("#q", "cs 4407 118264")
	p.Submit()
	if got := p.Text("h1"); got != "Kim Okafor" {
		t.Fatalf("the serial number leads to %q", got)
	}
	looks(t, p, "customer-blocked")
	p.Open(at + "/customers")
	p.Fill("#q", "10027-4418")
	p.Submit()
	looks(t, p, "customer")

	p.Follow("a[href$='/codes/new']")
	tick(p, "rrr")
	p.Follow("main button[type=submit]")
	looks(t, p, "code-new")
	w.clock.Advance(staff.FreshFor)
	p.Follow("main button[type=submit]")
	looks(t, p, "prove")
	p.Fill("#f-proof-password", password)
	p.Fill("#f-proof-code", m.code())
	p.Submit()
	p.Wait("#activation-code")
	looks(t, p, "code-issued")
	p.Follow(".actions a.primary")
	p.Follow("a[href$='/revoke']")
	looks(t, p, "code-revoke")
	p.Follow("main button[type=submit]")
	if got := p.Text(".flashes"); !strings.Contains(got, "revoked") {
		t.Errorf("after revoking, the page says %q", got)
	}
	p.Follow("a[href$='/history']")
	looks(t, p, "customer-history")
	p.Follow(".crumbs a")
	p.Follow("a[href$='/contacts']")
	looks(t, p, "contacts")
	p.Follow(".crumbs a")
	p.Follow("a[href$='/status']")
	p.Type("#f-reason", "Lost their phone; identified by branch visit.")
	looks(t, p, "customer-status")
	p.Follow("main button[type=submit]")
	p.Shot("console-customer-suspended")
	p.Open(at + "/customers/new")
	looks(t, p, "customer-new")
	p.Open(at + "/account")
	looks(t, p, "account")
	p.Open(at + "/account/password")
	looks(t, p, "password")
	p.Open(at + "/imports")
	looks(t, p, "forbidden")
	p.Open(at + "/login?ended=idle")
	p.Shot("console-login-idle")
}

// A delivery: the file is checked, imported, and found in stock and log.
func TestBrowserImport(t *testing.T) {
	w := newWorld(t)
	fixture(w)
	m := w.join("sofia", staff.SecurityOfficer)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	m.enter(p, at)
	looks(t, p, "home-officer")
	p.Follow(".nav a[href='/imports']")
	looks(t, p, "imports")
	p.Follow("a[href='/import']")
	looks(t, p, "upload")
	file := filepath.Join(t.TempDir(), "delivery-2026-11.csv")
	text := csv("CS-5500-000001", "CS-5500-000002", "CS-4407-118263") + "CS-5500-000003,nothex,HOTP\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Upload("#f-file", file)
	p.Click("label:has(input[value=rows])")
	p.Fill("#f-key", "nothex")
	p.Follow("main form .actions button.primary")
	p.Shot("console-upload-wrong")
	p.Upload("#f-file", file)
	p.Click("label:has(input[value=rows])")
	p.Type("#f-hash", "SHA-1")
	p.Follow("main form .actions button.primary")
	p.Wait("form[action$='/run']")
	looks(t, p, "import-checked")
	p.Follow("form[action$='/run'] button.primary")
	p.Wait("a[href='/tokens'].primary")
	looks(t, p, "import-done")
	p.Follow("a[href='/tokens'].primary")
	looks(t, p, "stock")
	p.Open(at + "/customers?q=CS4407118263")
	p.Follow("a[href^='/tokens/']")
	looks(t, p, "token")
	p.Open(at + "/imports")
	p.Shot("console-imports-filled")
	p.Follow("tbody a")
	looks(t, p, "import-past")
	p.Open(at + "/audit")
	looks(t, p, "audit")
	p.Open(at + "/audit?kind=token.")
	p.Follow("tbody a")
	p.Wait(".proof")
	looks(t, p, "record")
	p.Open(at + "/audit/checkpoint")
	looks(t, p, "checkpoint")
	p.Open(at + "/policies")
	looks(t, p, "policies")
}

// The page of an import follows it by itself.
func TestBrowserProgress(t *testing.T) {
	w := newWorld(t)
	m := w.join("sofia", staff.SecurityOfficer)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	m.enter(p, at)
	file := filepath.Join(t.TempDir(), "box.csv")
	if err := os.WriteFile(file, []byte(csv("CS-1", "CS-2")), 0o600); err != nil {
		t.Fatal(err)
	}
	w.gate = make(chan struct{})
	p.Open(at + "/import")
	p.Upload("#f-file", file)
	p.Type("#f-hash", "SHA-1")
	p.Follow("main form .actions button.primary")
	p.Wait("progress")
	looks(t, p, "import-checking")
	p.Open(at + "/imports")
	p.Shot("console-imports-open")
	p.Follow(".notice a")
	close(w.gate)
	p.Wait("form[action$='/run']") // without a reload by hand
}

// An administrator invites a colleague, who sets up a login; and an application.
func TestBrowserAdministrator(t *testing.T) {
	w := newWorld(t)
	m := w.join("ines", staff.Administrator)
	w.join("maja", staff.HelpDesk)
	at := w.serve()
	b := webtest.Start(t)
	p := b.Tab(t)
	m.enter(p, at)
	looks(t, p, "home-administrator")
	p.Follow(".nav a[href='/staff']")
	looks(t, p, "staff")
	p.Follow("a[href='/staff/new']")
	p.Fill("#f-name", "Jonas Weber")
	p.Fill("#f-login", "jonas")
	p.Type("#f-role", "Auditor")
	looks(t, p, "staff-new")
	p.Follow("main button[type=submit]")
	looks(t, p, "staff-invited")
	code := p.Attr("#invitation", "data-value")
	p.Follow(".actions a.primary")
	looks(t, p, "member")
	p.Follow("a[href$='/do/reset']")
	looks(t, p, "staff-reset")

	q := b.Tab(t)
	q.Open(at + "/invitation")
	looks(t, q, "invitation")
	q.Fill("#f-invitation", code)
	q.Submit()
	looks(t, q, "enroll")
	key := q.Attr("#totp-key", "data-value")
	first, err := app(t, key).Code(w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	q.Fill("#f-password", password)
	q.Fill("#f-repeat", password)
	q.Fill("#f-code", first)
	q.Submit()
	if got := q.Text(".user-name"); got != "Jonas Weber" {
		t.Errorf("logged in as %q", got)
	}
	looks(t, q, "home-auditor")

	p.Open(at + "/clients/new")
	p.Fill("#f-name", "Online banking")
	p.Click("input[value='customers:read']")
	looks(t, p, "client-new")
	p.Follow("main .actions button.primary")
	p.Wait("#client-secret")
	looks(t, p, "client-secret")
	p.Follow(".actions a.primary")
	looks(t, p, "client")
	p.Open(at + "/clients")
	looks(t, p, "clients")
}

// Everything from login to a code on paper, without a mouse.
func TestBrowserKeyboard(t *testing.T) {
	w := newWorld(t)
	fixture(w)
	m := w.join("maja", staff.HelpDesk)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	p.Open(at + "/login")
	p.TabTo("#f-login")
	p.Keys("maja")
	p.TabTo("#f-password")
	p.Keys(password)
	p.TabTo("#f-code")
	p.Keys(m.code())
	p.Submit()
	p.TabTo("#q")
	p.Keys("10027-4418")
	p.Submit()
	p.TabTo("a[href$='/codes/new']")
	p.Shot("console-keyboard-focus")
	p.Submit()
	for _, q := range []string{"answer-0", "answer-1", "answer-2"} {
		p.TabTo("input[name=" + q + "]:checked") // not asked
		p.Keys("<Left><Left>")
	}
	p.TabTo("main button[type=submit]")
	p.Submit()
	p.TabTo("main button[type=submit]")
	p.Submit()
	p.Wait("#activation-code")
	if value := p.Attr("#activation-code", "data-value"); len(value) < 16 {
		t.Errorf("the code is %q", value)
	}
}

// The console works without JavaScript: an import, which follows itself with it,
// is followed by hand.
func TestBrowserNoScript(t *testing.T) {
	w := newWorld(t)
	m := w.join("sofia", staff.SecurityOfficer)
	at := w.serve()
	p := webtest.Start(t).Tab(t)
	p.NoScript()
	m.enter(p, at)
	p.Open(at + "/import")
	file := filepath.Join(t.TempDir(), "box.csv")
	if err := os.WriteFile(file, []byte(csv("CS-1", "CS-2")), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Upload("#f-file", file)
	p.Type("#f-hash", "SHA-1")
	p.Follow("main form .actions button.primary")
	w.work.Wait()
	p.Open(p.URL())
	p.Follow("form[action$='/run'] button.primary")
	w.work.Wait()
	p.Open(p.URL())
	p.Follow("a[href='/tokens'].primary")
	p.Shot("console-noscript")
}
