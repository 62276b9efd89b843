package prompt_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/payment"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/prompt"
	"github.com/countersign-auth/countersign/oath"
)

// rules are small numbers, so that every bound is reached soon.
const rules = `policies:
  - {code: code, method: mobile, failures: {max: 5, cool_down: 15m}, time: {skew: 1, first_use: 2, max_drift: 20}}
  - {code: app, method: approval, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank, ttl: 2m, resend: 30s, pending: 2, prompts: 4, window: 10m}}
  - {code: app-sign, method: approval, use: sign, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank, ttl: 2m, resend: 30s, pending: 2, prompts: 4, window: 10m}}
  - {code: shown, method: approval, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank, control: shown}}
  - {code: picture, method: picture, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank}}
  - {code: picture-sign, method: picture, use: sign, failures: {max: 5, cool_down: 15m}, approval: {bank: Example Bank}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[app, picture]]}
  - {purpose: login, channel: mobile, ttl: 10m, sca: true, steps: [[shown]]}
  - {purpose: login, channel: branch, ttl: 10m, sca: true, steps: [[code], [app]]}
  - {purpose: payment, channel: web, ttl: 10m, sca: true, steps: [[app-sign, picture-sign]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
applications:
  - {code: bank, name: Bank, download: "https://bank.example/app", tokens: 9, keys: {sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"}, activation: {attempts: {max: 3, cool_down: 15m}}, policies: [code, app, app-sign, shown, picture, picture-sign]}
  - {code: codes, name: Codes only, download: "https://bank.example/app", policies: [code]}
`

// world is a bank whose customers approve on their phones.
type world struct {
	testing.TB

	d        *db.DB
	clock    *dbtest.Clock
	book     *policy.Book
	box      *outbox.Outbox
	register *customer.Register
	tokens   *mobiletoken.Desk
	desk     *prompt.Desk
	issuer   *evidence.Issuer
	hub      *hub.Hub

	runs    atomic.Int64
	refused atomic.Int64 // that the desk has told of
}

func app() audit.Actor { return audit.Client(ident.Derive("an application"), "online banking") }

var system = audit.System("test")

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	w := node(t, d, clock)
	v, err := w.book.Store(t.Context(), system, []byte(rules))
	if err == nil {
		err = w.book.Activate(t.Context(), system, w.book.Active().Version, v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// node is a server over a connection of its own.
func node(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	book, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		TB: t, d: d, clock: clock, book: book, box: outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader}),
		register: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader, Forget: []func(*db.Tx, ident.ID) error{prompt.Erase}},
		issuer:   evidence.New(evidence.Config{DB: d, Ring: ring, Now: clock.Now, Name: "https://bank.example"}),
	}
	w.tokens, err = mobiletoken.New(mobiletoken.Config{
		DB: d, Ring: ring, Policies: book, Outbox: w.box, Rand: rand.Reader,
		Moved: func(tx *db.Tx, c, from, to ident.ID) error { return w.desk.Moved(tx, c, from, to) },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.desk = prompt.New(prompt.Config{
		DB: d, Policies: book, Outbox: w.box, Devices: prompt.Mobile{Tokens: w.tokens}, Pictures: w.issuer, Rand: rand.Reader,
		Refused: func(tx *db.Tx, by audit.Actor, p prompt.Prompt) error {
			w.refused.Add(1)
			why := hub.Declined
			if p.Status == prompt.Reported {
				why = hub.Disowned
			}
			_, err := w.hub.Refuse(tx, by, p.Customer, p.Authentication, why)
			return err
		},
	})
	w.hub = hub.New(hub.Config{DB: d, Ring: ring, Policies: book, Rand: rand.Reader, Evidence: w.issuer, Methods: map[policy.Method]authenticator.Method{
		policy.MethodMobile: w.tokens, policy.MethodApproval: prompt.Online{Desk: w.desk}, policy.MethodPicture: prompt.Offline{Desk: w.desk},
	}})
	return w
}

// check fails on an error.
func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// customer creates one, with tokens in as many phones.
func (w *world) customer(number string, phones int) (ident.ID, []phone) {
	w.Helper()
	c, err := w.register.Create(w.Context(), system, customer.New{Number: number})
	w.check(err)
	var all []phone
	for range phones {
		all = append(all, w.phone(c.ID, "bank"))
	}
	return c.ID, all
}

// phone is what an application holds: the key that it was given.
type phone struct {
	w               *world
	key             []byte
	customer, token ident.ID
}

// phone enrolls a token of an application.
func (w *world) phone(c ident.ID, app string) phone {
	w.Helper()
	t, out, err := w.tokens.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: c, Application: app})
	w.check(err)
	return w.redeem(t, out.ClientID)
}

// redeem runs a phone through the protocol, and gives its first code.
func (w *world) redeem(t mobiletoken.Token, clientID string) phone {
	w.Helper()
	p := phone{w: w, key: make([]byte, 20), customer: t.Customer, token: t.ID}
	_, err := rand.Read(p.key)
	w.check(err)
	_, err = w.tokens.Attempt(w.Context(), clientID)
	w.check(err)
	id := "run " + strconv.FormatInt(w.runs.Add(1), 10) + clientID
	_, done, err := w.tokens.Provision(w.Context(), mobiletoken.Provisioned{
		ClientID: clientID, Key: p.key, New: true,
		Session: mobiletoken.Session{ID: id, Digest: sha256.Sum256([]byte(id)), Body: []byte("answer"), Expires: w.clock.Now().Add(time.Hour)},
	})
	if err != nil || !done {
		w.Fatal(done, err)
	}
	w.confirm(p)
	return p
}

func (w *world) confirm(p phone) {
	w.Helper()
	got, err := w.tokens.Confirm(w.Context(), system, p.customer, p.token, p.code())
	if err != nil || got.Reason != mobiletoken.Accepted {
		w.Fatal(got, err)
	}
}

// code is the secure code that the phone shows now.
func (p phone) code() string {
	p.w.Helper()
	totp, err := oath.NewTOTP(p.key, oath.TOTPOptions{Digits: 6, Step: 30 * time.Second})
	p.w.check(err)
	code, err := totp.Code(p.w.clock.Now())
	p.w.check(err)
	return code
}

// sign is what the phone answers to a content, computed from the definition and not by the
// package that checks it.
func (p phone) sign(content, control string) string {
	p.w.Helper()
	key, err := mobiletoken.Secret(p.key, mobiletoken.UseSign)
	p.w.check(err)
	suite, err := oath.ParseSuite("OCRA-1:HOTP-SHA256-8:QH64-T1M")
	p.w.check(err)
	o, err := oath.NewOCRA(suite, key)
	p.w.check(err)
	h := sha256.New()
	h.Write([]byte(content))
	h.Write([]byte{0x0a})
	h.Write([]byte(control))
	digits, err := o.Code(oath.Input{Question: strings.ToUpper(hex.EncodeToString(h.Sum(nil))), Time: p.w.clock.Now()})
	p.w.check(err)
	return digits
}

// other is an answer that the phone does not give now.
func other(digits string) string {
	n, _ := strconv.Atoi(digits)
	s := strconv.Itoa((n + 1) % 100_000_000)
	return strings.Repeat("0", 8-len(s)) + s
}

func (p phone) actor() audit.Actor { return audit.Customer(p.customer) }

func (p phone) inbox() []prompt.Prompt {
	p.w.Helper()
	all, err := p.w.desk.Inbox(p.w.Context(), p.customer, p.token)
	p.w.check(err)
	return all
}

// approve answers a prompt as its owner does who reads the digits off the bank's page.
func (p phone) approve(ctx context.Context, x prompt.Prompt, control string) (prompt.Outcome, error) {
	return p.w.desk.Approve(ctx, p.actor(), prompt.Answer{Customer: p.customer, Token: p.token, Prompt: x.ID, Digits: p.sign(x.Content, control), Control: control})
}

func (p phone) refuse(ctx context.Context, x prompt.Prompt, fraud bool) (prompt.Outcome, error) {
	return p.w.desk.Refuse(ctx, p.actor(), prompt.Refusal{Customer: p.customer, Token: p.token, Prompt: x.ID, Fraud: fraud})
}

// start begins an authentication.
func (w *world) start(number string, pay ...payment.Payment) hub.Outcome {
	w.Helper()
	in := hub.Start{CustomerNumber: number, Purpose: "login", Channel: "web"}
	if len(pay) > 0 {
		in.Purpose, in.Payment = "payment", pay[0]
	}
	o, err := w.hub.Start(w.Context(), app(), in)
	w.check(err)
	return o
}

// ask has the customer asked.
func (w *world) ask(o hub.Outcome, policyCode string) authenticator.Challenge {
	w.Helper()
	c, err := w.hub.Ask(w.Context(), app(), o.Handle, hub.Ask{Policy: policyCode})
	w.check(err)
	return c
}

// asked begins an authentication and has the customer asked: the prompt and the digits.
func (w *world) asked(number string) (hub.Outcome, prompt.Prompt, string) {
	w.Helper()
	o := w.start(number)
	c := w.ask(o, "app")
	return o, w.prompt(c.ID), c.Control
}

func (w *world) prompt(id ident.ID) (p prompt.Prompt) {
	w.Helper()
	w.check(w.d.Read(w.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT customer, id, status, content, control, withheld, token FROM prompt WHERE id = $1", id).Scan(&p.Customer, &p.ID, &p.Status, &p.Content, &p.Control, &p.Withheld, &p.Token)
	}))
	return p
}

func (w *world) status(id ident.ID) prompt.Status { w.Helper(); return w.prompt(id).Status }

// step submits the proof of an approval, as a bank does.
func (w *world) step(o hub.Outcome, policyCode, code string) (hub.Outcome, error) {
	return w.hub.Step(w.Context(), app(), o.Handle, hub.Proof{Policy: policyCode, Code: code})
}

func (w *world) get(o hub.Outcome) hub.Outcome {
	w.Helper()
	got, err := w.hub.Get(w.Context(), app(), o.Handle)
	w.check(err)
	return got
}

// count is how many rows a condition finds.
func (w *world) count(what string, args ...any) (n int) {
	w.Helper()
	w.check(w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+what, args...).Scan(&n) }))
	return n
}

// failures is how many wrong proofs are counted of a customer.
func (w *world) failures(c ident.ID) (n int) {
	w.Helper()
	all, err := w.hub.Authenticators(w.Context(), c)
	w.check(err)
	for _, a := range all {
		n += a.Failures.Count
	}
	return n
}

// want fails unless err is the fault with a code; "" for none.
func want(t testing.TB, err error, code string) {
	t.Helper()
	if code == "" && err != nil || code != "" && !fault.Is(err, code) {
		t.Fatalf("%v; want %q", err, code)
	}
}

// lines reads a content.
func lines(t testing.TB, content string) (c prompt.Content) {
	t.Helper()
	if err := json.Unmarshal([]byte(content), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func pay(t testing.TB, amount, payee string) payment.Payment {
	t.Helper()
	p, err := payment.New(payment.Order{Amount: amount, Currency: "EUR", Payee: payment.Payee{Scheme: payment.IBAN, Account: payee, Name: "Kari Nordmann"}, Reference: "Invoice 7"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// together runs functions at once.
func together(f ...func()) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, g := range f {
		wg.Go(func() { <-start; g() })
	}
	close(start)
	wg.Wait()
}

// exec changes the database behind everybody's back.
func (w *world) exec(sql string, args ...any) {
	w.Helper()
	w.check(w.d.Write(w.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(sql, args...)
		return err
	}))
}
