package mobiletoken_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/identification"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/mobiletoken"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/oath"
)

// rules are small numbers, so that every bound is reached soon.
const rules = `policies:
  - {code: mobile-code, method: mobile, failures: {max: 5, cool_down: 15m}, time: {skew: 1, first_use: 2, max_drift: 20}}
  - {code: other-code, method: mobile, failures: {max: 5, cool_down: 15m}, time: {skew: 1, first_use: 2, max_drift: 20}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[mobile-code]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
applications:
  - {code: bank, name: Bank, download: "https://bank.example/app", tokens: 3, keys: {digits: 9, sign: "OCRA-1:HOTP-SHA256-8:QH64-T1M"}, activation: {attempts: {max: 3, cool_down: 15m}, max_extend: 2}, policies: [mobile-code]}
  - {code: split, name: Split, download: "https://bank.example/app", activation: {split: true}, policies: [mobile-code]}
  - {code: same, name: Same key, download: "https://bank.example/app", redistribution: {same_key: true}, policies: [other-code]}
  - {code: events, name: Events, download: "https://bank.example/app", keys: {code: hotp}, policies: [other-code]}
`

// inForce is the policies of a test.
type inForce struct{ *policy.Set }

func (f inForce) Active() *policy.Set { return f.Set }

// world is a bank with mobile tokens.
type world struct {
	testing.TB

	d     *db.DB
	clock *dbtest.Clock
	ring  *keyring.Ring
	set   *policy.Set
	box   *outbox.Outbox
	known *identification.Desk
	desk  *mobiletoken.Desk
	cards *customer.Register

	mu   sync.Mutex
	news []mobiletoken.News
	runs int
}

var ann, system = audit.Staff(ident.Derive("ann"), "ann"), audit.System("test")

func each(t *testing.T, f func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	set, err := policy.Parse([]byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	book, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		TB: t, d: d, clock: clock, ring: ring, set: set, box: outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader}),
		known: &identification.Desk{DB: d, Policies: book, Rand: rand.Reader}, cards: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader},
	}
	w.desk = w.node(d)
	return w
}

// node is a desk over a connection of its own.
func (w *world) node(d *db.DB) *mobiletoken.Desk {
	w.Helper()
	desk, err := mobiletoken.New(mobiletoken.Config{
		DB: d, Ring: w.ring, Policies: inForce{w.set}, Outbox: w.box, Rand: rand.Reader,
		Tell: func(_ *db.Tx, _ audit.Actor, n mobiletoken.News) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.news = append(w.news, n)
			return nil
		},
	})
	if err != nil {
		w.Fatal(err)
	}
	return desk
}

func (w *world) customer(number string) ident.ID {
	w.Helper()
	c, err := w.cards.Create(w.Context(), ann, customer.New{Number: number})
	if err != nil {
		w.Fatal(err)
	}
	return c.ID
}

// identify has ann identify a customer.
func (w *world) identify(id ident.ID) {
	w.Helper()
	var answers []identification.Answer
	for _, q := range policy.Version0().Identification.Questions[:3] {
		answers = append(answers, identification.Answer{Question: q.Code, Right: true})
	}
	if _, err := w.known.Record(w.Context(), ann, identification.Attempt{Customer: id, Way: identification.Call, Answers: answers}); err != nil {
		w.Fatal(err)
	}
}

// phone is a device: it holds what it was given.
type phone struct {
	key []byte
	app policy.Application
}

// code is the secure code that the phone shows now.
func (w *world) code(p phone) string { return w.codeAt(p, w.clock.Now()) }

func (w *world) codeAt(p phone, at time.Time) string {
	w.Helper()
	t, err := oath.NewTOTP(p.key, oath.TOTPOptions{Digits: p.app.Keys.Digits, Step: p.app.Keys.Step})
	if err != nil {
		w.Fatal(err)
	}
	c, err := t.Code(at)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// wrong is a code that no phone of the test shows.
func (w *world) wrong(p phone) string {
	n, _ := strconv.Atoi(w.code(p))
	for {
		n = (n + 1) % int(math.Pow10(p.app.Keys.Digits))
		c := fmt.Sprintf("%0*d", p.app.Keys.Digits, n)
		fits := false
		for step := -30; step <= 30; step++ {
			fits = fits || w.codeAt(p, w.clock.Now().Add(time.Duration(step)*30*time.Second)) == c
		}
		if !fits {
			return c
		}
	}
}

// redeem runs a device through the protocol with an activation code.
func (w *world) redeem(clientID string) (phone, mobiletoken.Token, bool) {
	w.Helper()
	p, t, done, err := w.tryRedeem(w.Context(), clientID)
	if err != nil {
		w.Fatal(err)
	}
	return p, t, done
}

func (w *world) tryRedeem(ctx context.Context, clientID string) (p phone, t mobiletoken.Token, done bool, err error) {
	a, err := w.desk.Attempt(ctx, clientID)
	if err != nil || a.Standing != mobiletoken.Usable {
		return p, t, false, err
	}
	p = phone{key: make([]byte, 20), app: a.Application}
	if _, err := rand.Read(p.key); err != nil {
		return p, t, false, err
	}
	if a.Move != nil {
		p.key = a.Move
	}
	t, done, err = w.desk.Provision(ctx, mobiletoken.Provisioned{ClientID: clientID, Key: p.key, Moved: a.Move != nil, Model: "Phone 7", Session: w.session(), New: true})
	return p, t, done, err
}

// session is a run in two passes.
func (w *world) session() mobiletoken.Session {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs++
	id := "run " + strconv.Itoa(w.runs)
	return mobiletoken.Session{ID: id, Digest: sha256.Sum256([]byte(id)), Body: []byte("answer of " + id), Expires: w.clock.Now().Add(time.Hour)}
}

// enroll makes a token and leaves it with its code.
func (w *world) enroll(c ident.ID, app string) (mobiletoken.Token, mobiletoken.Issued) {
	w.Helper()
	t, out, err := w.desk.Enroll(w.Context(), system, mobiletoken.Enrollment{Customer: c, Application: app})
	if err != nil {
		w.Fatal(err)
	}
	return t, out
}

// active makes an active token, and the phone that it is in.
func (w *world) active(c ident.ID, app string) (mobiletoken.Token, phone) {
	w.Helper()
	t, out := w.enroll(c, app)
	p, _, done := w.redeem(out.ClientID)
	if !done {
		w.Fatal("not provisioned")
	}
	w.confirm(t, p, mobiletoken.Accepted)
	return w.get(t), p
}

// confirm gives the first code of a phone.
func (w *world) confirm(t mobiletoken.Token, p phone, want mobiletoken.Reason) mobiletoken.Confirmed {
	w.Helper()
	out, err := w.desk.Confirm(w.Context(), system, t.Customer, t.ID, w.code(p))
	if err != nil || out.Reason != want {
		w.Fatalf("confirmed: %q, %v; want %q", out.Reason, err, want)
	}
	return out
}

func (w *world) get(t mobiletoken.Token) mobiletoken.Token {
	w.Helper()
	it, err := w.desk.Get(w.Context(), t.Customer, t.ID)
	if err != nil {
		w.Fatal(err)
	}
	return it.Token
}

func order(t mobiletoken.Token) mobiletoken.Order {
	return mobiletoken.Order{Customer: t.Customer, Token: t.ID, Reason: "a test", Warned: true}
}

// login tries a secure code, as the hub does.
func (w *world) login(ctx context.Context, desk *mobiletoken.Desk, c ident.ID, code string) (authenticator.Reason, error) {
	p, _ := w.set.Policy("mobile-code")
	f, err := desk.Check(ctx, authenticator.Request{Customer: c, Policy: p, Set: w.set, Now: w.clock.Now()}, authenticator.Proof{Code: code})
	if err != nil {
		return "", err
	}
	var out authenticator.Reason
	err = w.d.Settle(ctx, c, func(tx *db.Tx) error {
		out, err = authenticator.Settle(tx, system, c, p, f)
		return err
	})
	if errors.Is(err, authenticator.ErrLost) {
		return authenticator.Replayed, nil
	}
	return out, err
}

// count is how many rows a condition finds.
func (w *world) count(what string, args ...any) (n int) {
	w.Helper()
	if err := w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+what, args...).Scan(&n) }); err != nil {
		w.Fatal(err)
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

func auditOf(t mobiletoken.Token) audit.Actor { return audit.Customer(t.Customer) }

// between checks a code, lets something happen, and consumes what was found.
func (w *world) between(x mobiletoken.Token, p phone, happen func(mobiletoken.Token) error) (won bool, err error) {
	pol, _ := w.set.Policy("mobile-code")
	f, err := w.desk.Check(w.Context(), authenticator.Request{Customer: x.Customer, Policy: pol, Set: w.set, Now: w.clock.Now()}, authenticator.Proof{Code: w.code(p)})
	if err != nil || !f.Right {
		return false, fmt.Errorf("not right: %w", err)
	}
	if happen != nil {
		if err := happen(x); err != nil {
			return false, err
		}
	}
	err = w.d.Settle(w.Context(), x.Customer, func(tx *db.Tx) error {
		won, err = f.Consume(tx)
		return err
	})
	return won, err
}
