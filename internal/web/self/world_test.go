package self_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/interaction"
	"github.com/countersign-auth/countersign/internal/issuing"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/mobileid"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/risk/exemption"
	"github.com/countersign-auth/countersign/internal/sim"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/internal/vault"
	"github.com/countersign-auth/countersign/internal/web/self"
	"github.com/countersign-auth/countersign/internal/web/webtest"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// suite is that of tokens that ask for a number.
const suite = "OCRA-1:HOTP-SHA1-6:C-QN08"

// signSuite is that of tokens that sign.
const signSuite = "OCRA-1:HOTP-SHA256-8:C-QN64"

func cli() audit.Actor { return audit.System("cli") }

// world is a bank with self-service pages.
type world struct {
	testing.TB

	cfg       self.Config
	db        *db.DB
	customers *customer.Register
	clock     *dbtest.Clock
	http      http.Handler
	logs      *strings.Builder

	registrations *registration.Desk
	secrets       *password.Passwords
	codes         *passcode.Passcodes
	desk          *sms.Desk
	outbox        *outbox.Outbox
	phones        *phones // where text messages arrive
}

func newWorld(t testing.TB) *world {
	t.Helper()
	clock := dbtest.NewClock()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now})
	ring := keyringtest.Open(t, d)
	w := &world{TB: t, db: d, clock: clock, logs: &strings.Builder{}, customers: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}}
	log := slog.New(slog.NewJSONHandler(w.logs, nil))
	book, err := policy.Open(t.Context(), d, log)
	w.must(err)
	tokens, err := token.New(d, ring, rand.Reader)
	w.must(err)
	trail, err := audit.New(d, ring, audit.Config{Origin: "test/self", Now: clock.Now})
	w.must(err)
	w.texts(ring, book, tokens)
	mobiles, err := mobiletoken.New(mobiletoken.Config{DB: d, Ring: ring, Policies: book, Outbox: w.outbox, Rand: rand.Reader})
	w.must(err)
	exemptions := &exemption.Desk{DB: d, Policies: book, Rand: rand.Reader}
	w.cfg = self.Config{
		Interactions: &interaction.Desk{DB: d, Ring: ring, Policies: book, Rand: rand.Reader}, Companions: &companion.Desk{DB: d, Ring: ring, Policies: book, Rand: rand.Reader}, Mobile: mobiles, MobileIDs: mobileid.New(mobileid.Config{
			DB: d, Ring: ring, Policies: book, Outbox: w.outbox, Cards: mobileid.SIMs{Sims: &sim.Desk{DB: d, Ring: ring, Outbox: w.outbox, Now: w.clock.Now, Rand: rand.Reader}}, Rand: rand.Reader,
		}), MobileURL: "https://mobile.bank.example",
		Hub: hub.New(hub.Config{DB: d, Exemptions: exemptions, Ring: ring, Policies: book, Rand: rand.Reader, Methods: map[policy.Method]authenticator.Method{
			policy.MethodMobile: mobiles, policy.MethodToken: tokens, policy.MethodPassword: w.secrets, policy.MethodPasscode: w.codes,
		}}),
		Secrets: &password.Desk{DB: d, Passwords: w.secrets, Policies: book}, Passcodes: w.codes, Texts: w.desk, Exemptions: exemptions,
		Sessions: &customer.Sessions{DB: d, Rand: rand.Reader}, Tokens: tokens, Care: token.NewCare(tokens, book.Active), Upkeep: token.NewUpkeep(tokens, book.Active),
		Authenticators: &authenticator.Keeper{DB: d, Policies: book}, Policies: book, Audit: trail, Now: clock.Now, Rand: rand.Reader, Log: log,
	}
	w.cfg.Vault = &vault.Desk{DB: d, Ring: ring, Rand: rand.Reader}
	w.cfg.Issuing = &issuing.Desk{DB: d, Ring: ring, Vault: w.cfg.Vault, Rand: rand.Reader}
	w.http, err = self.New(w.cfg)
	w.must(err)
	t.Cleanup(func() {
		if t.Failed() && w.logs.Len() > 0 {
			t.Log(w.logs)
		}
	})
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// activate changes the policies in force.
func (w *world) activate(change func(*policy.Set)) {
	w.Helper()
	set := policy.Version0()
	change(set)
	doc, err := set.Format()
	w.must(err)
	v, err := w.cfg.Policies.Store(w.Context(), cli(), doc)
	w.must(err)
	w.must(w.cfg.Policies.Activate(w.Context(), cli(), w.cfg.Policies.Active().Version, v))
}

// customer creates a customer with event-based tokens of these serial numbers; one
// that begins with Q asks for a number.
func (w *world) customer(number string, serials ...string) customer.Customer {
	w.Helper()
	c, err := w.customers.Create(w.Context(), cli(), customer.New{Number: number, Name: "Ada Palmer"})
	w.must(err)
	w.must(w.db.Write(w.Context(), func(tx *db.Tx) error {
		return authenticator.Enroll(tx, cli(), c.ID, w.cfg.Policies.Active().Policies[0])
	}))
	for _, s := range serials {
		w.give(c, s, time.Time{})
	}
	return c
}

// give imports a token and gives it to a customer.
func (w *world) give(c customer.Customer, serial string, ends time.Time) {
	w.Helper()
	w.box(serial, ends)
	d := w.device(serial)
	w.must(w.db.Write(w.Context(), func(tx *db.Tx) error { _, err := device.Assign(tx, d.ID, c.ID, 0); return err }))
}

// box imports a token.
func (w *world) box(serial string, ends time.Time) {
	w.Helper()
	p := &pskc.KeyPackage{Device: pskc.Device{Manufacturer: "oath.ALDR", SerialNo: serial, Model: "b110", ExpiryDate: ends}, Key: pskc.Key{
		ID: serial, Secret: pskc.NewSecret(seed(serial)), Counter: pskc.Some(0), Algorithm: pskc.AlgorithmHOTP, Profile: pskc.ProfileHOTP,
		Response: &pskc.ResponseFormat{Encoding: pskc.Decimal, Length: 6},
	}}
	if strings.HasPrefix(serial, "P") {
		p.Device.Model = "k300"
	}
	if strings.HasPrefix(serial, "Q") {
		p.Device.Model = "k300"
		p.Key.Algorithm, p.Key.Profile, p.Key.Suite = pskc.AlgorithmOCRA, pskc.ProfileOCRA, suite
	}
	var b bytes.Buffer
	key := bytes.Repeat([]byte{7}, 32)
	x, err := pskc.NewWriter(&b, pskc.WriterOptions{ID: "box", Key: key, KeyName: "key"})
	w.must(err)
	w.must(x.WritePackage(p))
	if strings.HasPrefix(serial, "P") { // it signs, too
		p.Key = pskc.Key{
			ID: serial + "-sign", Secret: pskc.NewSecret(seed(serial)), Counter: pskc.Some(0), Algorithm: pskc.AlgorithmOCRA, Profile: pskc.ProfileOCRA,
			Suite: signSuite, Policy: pskc.Policy{Usage: pskc.UseIntegrity},
		}
		w.must(x.WritePackage(p))
	}
	w.must(x.Close())
	s, err := w.cfg.Tokens.ImportFile(w.Context(), cli(), token.Import{
		Name: "box", Set: w.cfg.Policies.Active(), Now: w.clock.Now(), Options: pskc.Options{Key: key},
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b.Bytes())), nil },
	})
	if err != nil || s.Refused > 0 {
		w.Fatalf("import of %s: %+v, %v", serial, s, err)
	}
}

func (w *world) device(serial string) device.Device {
	w.Helper()
	all, err := w.cfg.Tokens.BySerial(w.Context(), serial)
	if err != nil || len(all) != 1 {
		w.Fatalf("%d tokens %s, %v", len(all), serial, err)
	}
	return all[0].Device
}

// seed is the seed of the token with a serial number.
func seed(serial string) []byte { return []byte(fmt.Sprintf("%-20s", serial))[:20] }

// code is what a token shows at a counter.
func code(t testing.TB, serial string, counter uint64) string {
	t.Helper()
	h, err := oath.NewHOTP(seed(serial), oath.HOTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return h.Code(counter)
}

// respond is what a token that asks for a number shows.
func respond(t testing.TB, serial, question string, counter uint64) string {
	t.Helper()
	return answered(t, suite, serial, question, counter)
}

// answered is what a key of a suite makes of a question.
func answered(t testing.TB, suite, serial, question string, counter uint64) string {
	t.Helper()
	s, err := oath.ParseSuite(suite)
	if err == nil {
		var o *oath.OCRA
		if o, err = oath.NewOCRA(s, seed(serial)); err == nil {
			var c string
			if c, err = o.Code(oath.Input{Counter: counter, Question: question}); err == nil {
				return c
			}
		}
	}
	t.Fatal(err)
	return ""
}

// wrong is a code that a token does not show.
func wrong(t testing.TB, serial string) string {
	t.Helper()
	for i := range 1000 {
		guess := fmt.Sprintf("%06d", i)
		near := false
		for n := range uint64(200) {
			near = near || code(t, serial, n) == guess
		}
		if !near {
			return guess
		}
	}
	return ""
}

// browser is a person with a browser that follows no redirect by itself.
type browser struct {
	w    *world
	cook map[string]*http.Cookie
	lang string
}

func (w *world) browser() *browser { return &browser{w: w, cook: map[string]*http.Cookie{}} }

// answer is what the browser got.
type answer struct {
	w    *world
	code int
	to   string // where it was led
	head http.Header
	body string
	page *webtest.Node // nil for what is no page
}

func (b *browser) send(r *http.Request) answer {
	b.w.Helper()
	for _, c := range b.cook {
		r.AddCookie(c)
	}
	if b.lang != "" {
		r.Header.Set("Accept-Language", b.lang)
	}
	rec := httptest.NewRecorder()
	b.w.http.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if b.cook[c.Name] = c; c.MaxAge < 0 {
			delete(b.cook, c.Name)
		}
	}
	a := answer{w: b.w, code: rec.Code, to: rec.Header().Get("Location"), head: rec.Header(), body: rec.Body.String()}
	if strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") && a.to == "" {
		a.page = webtest.Parse(b.w, a.body)
	}
	if strings.Contains(a.body, "⟦") {
		b.w.Errorf("%s shows a text that does not exist", r.URL)
	}
	return a
}

func (b *browser) get(path string) answer {
	b.w.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form: pairs of name and value.
func (b *browser) post(path string, pairs ...string) answer {
	b.w.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// shows fails unless the page has this status and heading.
func (a answer) shows(status int, heading string) answer {
	a.w.Helper()
	if a.code != status || a.page == nil {
		a.w.Fatalf("status %d to %q; want %d %q\n%s", a.code, a.to, status, heading, a.body)
	}
	if got := a.page.One(a.w, "h1").Text(); got != heading {
		a.w.Fatalf("the heading is %q; want %q", got, heading)
	}
	return a
}

// leads fails unless the answer is a redirect.
func (a answer) leads(to string) answer {
	a.w.Helper()
	if a.code != http.StatusSeeOther || a.to != to {
		a.w.Fatalf("status %d to %q; want 303 to %q\n%s", a.code, a.to, to, a.body)
	}
	return a
}

// says fails unless the text is in the page.
func (a answer) says(text string) answer {
	a.w.Helper()
	if a.page == nil || !strings.Contains(a.page.One(a.w, "body").Text(), text) {
		a.w.Fatalf("the page does not say %q: status %d to %q\n%s", text, a.code, a.to, a.body)
	}
	return a
}

// wrong fails unless the field's error begins so.
func (a answer) wrong(field, text string) answer {
	a.w.Helper()
	if a.page == nil {
		a.w.Fatalf("status %d to %q; want an error", a.code, a.to)
	}
	if got := a.page.One(a.w, "#f-"+field+"-error").Text(); !strings.HasPrefix(got, "Error: "+text) {
		a.w.Fatalf("the error of %s is %q; want %q", field, got, text)
	}
	return a
}

// hidden is the value of a hidden field.
func (a answer) hidden(name string) string {
	a.w.Helper()
	if a.page == nil {
		a.w.Fatalf("status %d to %q; want a page with the field %s", a.code, a.to, name)
	}
	return a.page.One(a.w, "input[name="+name+"]").Attr["value"]
}

// questions are the numbers to be typed into the token.
func (a answer) questions() (all []string) {
	a.w.Helper()
	for _, n := range a.page.All("output.question-value") {
		all = append(all, strings.ReplaceAll(n.Text(), " ", ""))
	}
	for _, n := range a.page.All(".question-value") {
		if len(all) == 0 {
			all = append(all, strings.ReplaceAll(n.Text(), " ", ""))
		}
	}
	return all
}

// login logs a customer in with the code of a token.
func (w *world) login(number, code string) *browser {
	w.Helper()
	b := w.browser()
	b.post("/login", "customer_number", number, "code", code).leads("/tokens")
	return b
}

// at is the address of a token's page.
func (w *world) at(serial string) string {
	w.Helper()
	return "/tokens/" + w.device(serial).ID.String()
}

// audited lists the records of a kind, newest first.
func (w *world) audited(kind string) []audit.Entry {
	w.Helper()
	page, err := w.cfg.Audit.Find(w.Context(), audit.Filter{Kind: kind}, "", 100)
	w.must(err)
	return page.Entries
}
