//go:build browser

package apptest_test

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rsc.io/qr"

	"github.com/countersign-auth/countersign/internal/app"
	"github.com/countersign-auth/countersign/internal/app/apptest"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// fastClock is the wall clock of a server that is ahead of the machine, and of the phones on it:
// at first by five hours, and then as far as a test moves it.
type fastClock struct {
	mu sync.Mutex
	by time.Duration
}

func (c *fastClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.by)
}

func (c *fastClock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by += d
}

// phoneRules are policies of a bank whose customers approve on phones.
const phoneRules = `
policies:
  - {code: code, name: Secure code, method: mobile, failures: {max: 3, cool_down: 15m}, time: {skew: 1, first_use: 2, max_drift: 20}}
  - {code: app, name: Approval, method: approval, failures: {max: 9, cool_down: 15m}, approval: {bank: Alder Bank, ttl: 10m, prompts: 50, resend: 10s}}
  - {code: app-sign, name: Approval of payments, method: approval, use: sign, failures: {max: 9, cool_down: 15m}, approval: {bank: Alder Bank, ttl: 10m, prompts: 50, resend: 10s}}
  - {code: picture-sign, name: Approval by picture, method: picture, use: sign, failures: {max: 9, cool_down: 15m}, approval: {bank: Alder Bank}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[app, code]]}
  - {purpose: payment, channel: web, ttl: 10m, sca: true, steps: [[app-sign, picture-sign]]}
  - {purpose: self-service, channel: mobile, ttl: 10m, sca: true, steps: [[code]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
applications:
  - {code: retail, name: Alder Approve, download: "https://bank.example/app", tokens: 5, pin: {min: 6, max: 8}, keys: {sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"}, activation: {attempts: {max: 3, cool_down: 15m}}, policies: [code, app, app-sign, picture-sign]}
`

// phones is a bank with one customer, and browsers that stand for phones.
type phones struct {
	testing.TB

	in       *apptest.Installation
	clock    *fastClock
	node     *apptest.Node
	app      *app.App // the domain, beside the node
	url      string   // of the app
	bank     audit.Actor
	customer ident.ID
	browser  *webtest.Browser
}

func newPhones(t *testing.T, more ...string) *phones {
	t.Helper()
	w := &phones{TB: t, clock: &fastClock{by: 5 * time.Hour}}
	w.in = apptest.Install(t, dbtest.DSN(t, db.SQLite), w.clock)
	address := apptest.FreeAddress(t)
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	// WebAuthn wants a host with a name.
	w.in.More = append(w.in.More, more...)
	w.in.More = append(w.in.More, "COUNTERSIGN_MOBILE_ADDRESS="+address, "COUNTERSIGN_MOBILE_URL=http://localhost:"+port)
	w.url = "http://localhost:" + port + "/app/retail/"
	w.bank = w.in.Application(t)
	a, err := w.in.App()
	if err != nil {
		t.Fatal(err)
	}
	w.app = a
	t.Cleanup(func() { _ = a.Close() })
	w.activate(phoneRules)
	w.node = w.in.Run(t)
	b := w.node.Bank()
	t.Cleanup(b.Close)
	b.CreateCustomer(t, "4711")
	c, err := a.Customers.GetByNumber(t.Context(), "4711")
	if err != nil {
		t.Fatal(err)
	}
	w.customer = c.ID
	w.browser = webtest.Start(t)
	return w
}

// code is a new activation code for another device of the customer.
func (w *phones) code() mobiletoken.Handout {
	w.Helper()
	_, out, err := w.app.Mobile.Enroll(w.Context(), w.bank, mobiletoken.Enrollment{Customer: w.customer, Application: "retail"})
	if err != nil {
		w.Fatal(err)
	}
	return out.Handout(w.base())
}

// base is the address of the face.
func (w *phones) base() string { return strings.TrimSuffix(w.url, "/app/retail/") }

// rename gives the application another name.
func (w *phones) rename(name string) {
	w.Helper()
	w.activate(strings.Replace(phoneRules, "Alder Approve", name, 1))
}

// activate puts policies in force.
func (w *phones) activate(rules string) {
	w.Helper()
	v, err := w.app.Policies.Store(w.Context(), audit.System("test"), []byte(rules))
	if err == nil {
		err = w.app.Policies.Activate(w.Context(), audit.System("test"), w.app.Policies.Active().Version, v)
	}
	if err == nil {
		err = w.app.Policies.Reload(w.Context())
	}
	if err != nil {
		w.Fatal(err)
	}
}

// phone is an empty browser of phone size at the app.
func (w *phones) phone(t testing.TB) *webtest.Tab {
	t.Helper()
	p := w.browser.Tab(t)
	p.Phone()
	p.Open(w.url)
	return p
}

const goodPIN = "830561"

// enroll activates a phone by a link.
func (w *phones) enroll(p *webtest.Tab) {
	w.Helper()
	p.Open("about:blank")
	p.Open(w.code().Link)
	w.choosePIN(p, goodPIN)
	p.WaitText("h1", "Ready")
	p.Click("#done")
	p.Wait("#show-code")
}

func (w *phones) choosePIN(p *webtest.Tab, pin string) {
	w.Helper()
	p.WaitText(".pin-label", "Choose a PIN")
	p.Keys(pin + "<Enter>")
	p.WaitText(".pin-label", "once more")
	p.Keys(pin + "<Enter>")
}

// pin types the PIN where one is asked for.
func pin(p *webtest.Tab, label, pin string) {
	p.WaitText(".pin-label", label)
	p.Keys(pin + "<Enter>")
}

// next moves to another time step of codes, and lets the phone hear of the time.
func (w *phones) next(p *webtest.Tab) {
	w.Helper()
	w.clock.move(31 * time.Second)
	p.Open(w.url)
	p.Wait("nav.tabs:not([hidden])")
	webtest.Eval[bool](p, `fetch("/token/v1/time").then(() => true)`)
}

// start begins an authentication and has the customer asked.
func (w *phones) start(policyCode string, pay ...payment.Payment) (hub.Outcome, authenticator.Challenge) {
	w.Helper()
	in := hub.Start{CustomerNumber: "4711", Purpose: policy.PurposeLogin, Channel: "web"}
	if len(pay) > 0 {
		in.Purpose, in.Payment = policy.PurposePayment, pay[0]
	}
	o, err := w.app.Hub.Start(w.Context(), w.bank, in)
	if err != nil {
		w.Fatal(err)
	}
	c, err := w.app.Hub.Ask(w.Context(), w.bank, o.Handle, hub.Ask{Policy: policyCode})
	if err != nil {
		w.Fatal(err)
	}
	return o, c
}

// end takes what came of it, as the bank does.
func (w *phones) end(o hub.Outcome, policyCode, code string) (hub.Outcome, error) {
	return w.app.Hub.Step(w.Context(), w.bank, o.Handle, hub.Proof{Policy: policyCode, Code: code})
}

func order(t testing.TB, amount string) payment.Payment {
	t.Helper()
	p, err := payment.New(payment.Order{Amount: amount, Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: "DE89370400440532013000", Name: "Möbelhaus Köln"}, Reference: "Invoice 2026-118"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// drawn is a QR code in a file, as a camera would have taken it.
func drawn(t testing.TB, text string) string {
	t.Helper()
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	code.Scale = 6
	name := filepath.Join(t.TempDir(), "picture.png")
	if err := os.WriteFile(name, code.PNG(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// tokens are the customer's, the oldest first.
func (w *phones) tokens() []mobiletoken.Item {
	w.Helper()
	all, err := w.app.Mobile.List(w.Context(), w.customer)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// up reports whether the server answers at the address of the app.
func (w *phones) up() bool {
	r, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.url, http.NoBody)
	if err != nil {
		w.Fatal(err)
	}
	got, err := (&http.Client{Timeout: time.Second}).Do(r)
	if err != nil {
		return false
	}
	_ = got.Body.Close()
	return true
}
