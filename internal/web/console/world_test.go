package console_test

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/foureyes"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	pass "github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/pki"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/provider"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/staff"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/console"
	"github.com/countersign-auth/countersign/internal/web/webtest"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

const password = "correct horse battery staple"

var cli = audit.System("cli")

// world is a bank with a console.
type world struct {
	testing.TB
	cfg   console.Config
	clock *dbtest.Clock
	http  http.Handler
	work  sync.WaitGroup // background work of the console
	logs  *strings.Builder
	gate  chan struct{} // nil, or background work waits until it is closed

	phones *phones // where text messages arrive
}

// person is a member of staff with an authenticator app and a browser.
type person struct {
	w     *world
	id    staff.Member
	app   *oath.TOTP
	cook  map[string]*http.Cookie
	lang  string
	fresh time.Time // of the last code, which works once
}

func newWorld(t testing.TB) *world {
	t.Helper()
	clock := dbtest.NewClock()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now})
	ring := keyringtest.Open(t, d)
	logs := &strings.Builder{}
	log := slog.New(slog.NewJSONHandler(logs, nil))
	w := &world{TB: t, clock: clock, logs: logs}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	book, err := policy.Open(t.Context(), d, log)
	must(err)
	tokens, err := token.New(d, ring, rand.Reader)
	must(err)
	trail, err := audit.New(d, ring, audit.Config{Origin: "test/console", Now: clock.Now})
	must(err)
	clients, err := client.Open(t.Context(), client.Options{DB: d, Ring: ring, Rand: rand.Reader, Now: clock.Now, Issuer: "https://api.example", Endpoint: "https://api.example/oauth/token"})
	must(err)
	out := outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader, Log: log})
	hasher := argon.New(argon.Options{Params: argon.Params{Memory: 64, Time: 1, Threads: 1}, Rand: rand.Reader, Waiting: 1000})
	customers := &customer.Register{DB: d, Ring: ring, Rand: rand.Reader, Known: identification.Lately}
	passwords := pass.New(d, ring, hasher).Knowing(customers.Words)
	w.phones = &phones{}
	texts := &sms.Desk{DB: d, Ring: ring, Outbox: out, Now: clock.Now, Rand: rand.Reader, Gateways: []sms.Gateway{w.phones}}
	codes := passcode.New(passcode.Config{DB: d, Ring: ring, Rand: rand.Reader, Customers: customers, Texts: texts, Budget: &sms.Budget{Ring: ring}, Outbox: out})
	mobiles, err := mobiletoken.New(mobiletoken.Config{DB: d, Ring: ring, Policies: book, Outbox: out, Rand: rand.Reader})
	must(err)
	cards := &sim.Desk{DB: d, Ring: ring, Outbox: out, Now: clock.Now, Rand: rand.Reader}
	signers := mobileid.New(mobileid.Config{DB: d, Ring: ring, Policies: book, Outbox: out, Cards: mobileid.SIMs{Sims: cards}, Rand: rand.Reader})
	cards.Handler = mobileid.FromSIM{Desk: signers}
	w.cfg = console.Config{
		Interactions: &interaction.Desk{DB: d, Ring: ring, Policies: book, Rand: rand.Reader}, Companions: &companion.Desk{DB: d, Ring: ring, Policies: book, Rand: rand.Reader}, MobileIDs: signers, SIMs: cards, Providers: &provider.Register{DB: d, Ring: ring, Rand: rand.Reader, Now: clock.Now},
		PKI:    pki.New(pki.Config{DB: d, Ring: ring, Now: clock.Now, Rand: rand.Reader}),
		Mobile: mobiles, MobileURL: "https://mobile.bank.example",
		Staff: &staff.Roster{
			DB: d, Ring: ring, Rand: rand.Reader, Now: clock.Now, Issuer: "Example Bank",
			Hasher: hasher,
		},
		Customers: customers, Tokens: tokens, Policies: book, Audit: trail, Clients: clients,
		Desk: registration.New(registration.Config{
			DB: d, Ring: ring, Policies: book, Tokens: tokens, Outbox: out, Rand: rand.Reader,
			Parts: map[policy.Method]authenticator.Part{policy.MethodPassword: passwords, policy.MethodPasscode: codes},
		}),
		Hub: hub.New(hub.Config{DB: d, Ring: ring, Policies: book, Rand: rand.Reader, Methods: map[policy.Method]authenticator.Method{
			policy.MethodToken: tokens, policy.MethodPassword: passwords, policy.MethodPasscode: codes,
		}}),
		Passwords: &pass.Desk{DB: d, Passwords: passwords, Policies: book}, Passcodes: codes, Texts: texts, Outbox: out, Risk: review(t, d, ring, book, log),
		Exemptions:     &exemption.Desk{DB: d, Policies: book, Rand: rand.Reader},
		Identification: &identification.Desk{DB: d, Policies: book, Rand: rand.Reader}, Authenticators: &authenticator.Keeper{DB: d, Policies: book},
		Upkeep: token.NewUpkeep(tokens, book.Active), Care: token.NewCare(tokens, book.Active, registration.Release),
		TempDir: t.TempDir(), MaxUpload: 1 << 20, Now: clock.Now, Rand: rand.Reader, Log: log,
		Go: func(f func(context.Context)) {
			gate := w.gate
			w.work.Go(func() {
				if gate != nil {
					<-gate
				}
				f(context.WithoutCancel(t.Context()))
			})
		},
	}
	w.cfg.Vault = &vault.Desk{DB: d, Ring: ring, Rand: rand.Reader}
	w.cfg.Issuing = &issuing.Desk{DB: d, Ring: ring, Vault: w.cfg.Vault, Rand: rand.Reader}
	w.cfg.Proposals = &foureyes.Desk{
		DB: d, Policies: book, Rand: rand.Reader, Log: log, Permit: staff.TakePart,
		Executors: map[policy.Act]foureyes.Executor{policy.ActPolicy: foureyes.PolicyExecutor(), policy.ActBulk: w.cfg.Care.Executor(), policy.ActRules: w.cfg.Risk.RuleExecutor(), policy.ActFinding: w.cfg.Risk.Executor(), policy.ActPortfolio: w.cfg.Vault.PortfolioExecutor()},
	}
	w.http, err = console.New(w.cfg)
	must(err)
	t.Cleanup(func() {
		w.work.Wait()
		if t.Failed() && logs.Len() > 0 {
			t.Log(logs)
		}
	})
	return w
}

// join gives somebody a login and a browser that is not logged in yet.
func (w *world) join(login string, role staff.Role) *person {
	w.Helper()
	m, inv, err := w.cfg.Staff.Create(w.Context(), cli, staff.New{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Role: role})
	if err != nil {
		w.Fatal(err)
	}
	e, err := w.cfg.Staff.Enrollment(w.Context(), inv.Code)
	if err != nil {
		w.Fatal(err)
	}
	p := &person{w: w, id: m, app: app(w, e.Secret), cook: map[string]*http.Cookie{}}
	if _, ok, err := w.cfg.Staff.Enroll(w.Context(), staff.Setup{Invitation: inv.Code, Password: password, Code: p.code()}); err != nil || !ok {
		w.Fatalf("enroll: %v, %v", ok, err)
	}
	return p
}

// app is an authenticator app with a key as it is shown.
func app(t testing.TB, secret string) *oath.TOTP {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	totp, err := oath.NewTOTP(key, oath.TOTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return totp
}

// code is what the app shows. Each works once, so time moves on to the next.
func (p *person) code() string {
	p.w.Helper()
	if !p.w.clock.Now().After(p.fresh.Add(30 * time.Second)) {
		p.w.clock.Advance(31 * time.Second)
	}
	p.fresh = p.w.clock.Now()
	code, err := p.app.Code(p.fresh)
	if err != nil {
		p.w.Fatal(err)
	}
	return code
}

// answer is what the browser got.
type answer struct {
	code int
	to   string // where it was led
	head http.Header
	body string
	page *webtest.Node // nil for what is no page
}

// send sends a request as the person's browser does, without following.
func (p *person) send(r *http.Request) answer {
	p.w.Helper()
	for _, c := range p.cook {
		r.AddCookie(c)
	}
	if p.lang != "" {
		r.Header.Set("Accept-Language", p.lang)
	}
	rec := httptest.NewRecorder()
	p.w.http.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if p.cook[c.Name] = c; c.MaxAge < 0 {
			delete(p.cook, c.Name)
		}
	}
	a := answer{code: rec.Code, to: rec.Header().Get("Location"), head: rec.Header(), body: rec.Body.String()}
	if strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") && a.to == "" {
		a.page = webtest.Parse(p.w, a.body)
	}
	return a
}

func (p *person) get(path string) answer {
	p.w.Helper()
	return p.send(httptest.NewRequest(http.MethodGet, path, nil))
}

func (p *person) post(path string, form url.Values) answer {
	p.w.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.send(r)
}

// open gets a page that must be there.
func (p *person) open(path string) *webtest.Node {
	p.w.Helper()
	a := p.get(path)
	if a.code != http.StatusOK || a.page == nil {
		p.w.Fatalf("GET %s as %s: %d, led to %q\n%s", path, p.id.Role, a.code, a.to, a.body)
	}
	return a.page
}

// login logs in by the page.
func (p *person) login() *person {
	p.w.Helper()
	a := p.post("/login", url.Values{"login": {p.id.Login}, "password": {password}, "code": {p.code()}})
	if a.code != http.StatusSeeOther || a.to != "/" {
		p.w.Fatalf("login of %s: %d, led to %q: %s", p.id.Login, a.code, a.to, a.body)
	}
	return p
}

// stale waits until the proof of the session is too old for what matters.
func (p *person) stale() {
	p.w.Helper()
	p.w.clock.Advance(staff.FreshFor + time.Second)
}

// customer creates a customer of the bank.
func (w *world) customer(number, name string) customer.Customer {
	w.Helper()
	c, err := w.cfg.Customers.Create(w.Context(), cli, customer.New{Number: number, Name: name, Contacts: []customer.NewContact{
		{Kind: customer.Phone, Value: "+4791234567", Verified: true}, {Kind: customer.Email, Value: strings.ToLower(number) + "@example.com"},
	}})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// seed is the seed of the token with a serial number.
func seed(serial string) []byte { return []byte(fmt.Sprintf("%-20s", serial))[:20] }

// csv writes an OATH CSV file.
func csv(serials ...string) string {
	var b strings.Builder
	for _, s := range serials {
		b.WriteString(s + "," + hex.EncodeToString(seed(s)) + ",HOTP\n")
	}
	return b.String()
}

// tokens imports tokens into stock, behind the console's back.
func (w *world) tokens(serials ...string) {
	w.Helper()
	text := csv(serials...)
	s, err := w.cfg.Tokens.ImportFile(w.Context(), cli, token.Import{
		Name: "box.csv", Set: w.cfg.Policies.Active(), Now: w.clock.Now(), Options: pskc.Options{Hash: pskc.SHA1},
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil },
	})
	if err != nil || s.Imported != int64(len(serials)) {
		w.Fatalf("import: %+v, %v", s, err)
	}
}

// register registers a token for a customer by its steps.
func (w *world) register(c customer.Customer, serial string) {
	w.Helper()
	w.registerCode(c, serial, func() string { return hotp(w, serial, 0) })
}

// registerCode registers a token by a first code.
func (w *world) registerCode(c customer.Customer, serial string, first func() string) {
	w.Helper()
	ctx, desk := w.Context(), w.cfg.Desk
	code, err := desk.Issue(ctx, cli, c.ID, registration.Issue{Policy: "secure-code"})
	if err != nil {
		w.Fatal(err)
	}
	r, err := desk.Begin(ctx, cli, registration.Begin{CustomerNumber: c.Number, ActivationCode: code.Value, Policy: "secure-code", Channel: "web"})
	if err != nil || r.Refused != "" {
		w.Fatalf("begin: %+v, %v", r, err)
	}
	if r, err = desk.Token(ctx, cli, r.Handle, serial); err != nil || r.Refused != "" {
		w.Fatalf("token: %+v, %v", r, err)
	}
	if r, err = desk.Confirm(ctx, cli, r.Handle, registration.Confirm{Code: first(), PIN: pin(r)}); err != nil || r.Refused != "" {
		w.Fatalf("confirm: %+v, %v", r, err)
	}
}

func pin(r registration.Registration) string {
	if r.Token != nil && r.Token.ChoosePIN {
		return "4711"
	}
	return ""
}

func hotp(t testing.TB, serial string, counter uint64) string {
	t.Helper()
	h, err := oath.NewHOTP(seed(serial), oath.HOTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return h.Code(counter)
}

// attempt tries to log a customer in with a code.
func (w *world) attempt(c customer.Customer, code string) hub.Outcome {
	w.Helper()
	o, err := w.cfg.Hub.Start(w.Context(), cli, hub.Start{CustomerNumber: c.Number, Purpose: "login", Channel: "web", Proof: &hub.Proof{Policy: "secure-code", Code: code}})
	if err != nil {
		w.Fatal(err)
	}
	return o
}

// status is a customer's state.
func (w *world) status(c customer.Customer) customer.Status {
	w.Helper()
	got, err := w.cfg.Customers.Get(w.Context(), c.ID)
	if err != nil {
		w.Fatal(err)
	}
	return got.Status
}

// audited lists the records of a kind, newest first.
func (w *world) audited(kind string) []audit.Entry {
	w.Helper()
	page, err := w.cfg.Audit.Find(w.Context(), audit.Filter{Kind: kind}, "", 100)
	if err != nil {
		w.Fatal(err)
	}
	return page.Entries
}

// actor is the person as the log names them.
func (p *person) actor() string { return audit.Staff(p.id.ID, "").String() }

// rowsOf is what a role may do.
func rowsOf(role staff.Role) (rows []console.Row) {
	for _, rt := range console.Table() {
		if !rt.Open && (rt.Need == "" || staff.Can(role, rt.Need)) {
			rows = append(rows, rt)
		}
	}
	return rows
}

// totp is what a token with a clock shows.
func totp(t testing.TB, serial string, at time.Time) string {
	t.Helper()
	h, err := oath.NewTOTP(seed(serial), oath.TOTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	code, err := h.Code(at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}
