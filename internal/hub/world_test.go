package hub_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/oath"
	"github.com/countersign-auth/countersign/pskc"
)

// world is a bank whose customers have tokens.
type world struct {
	t         testing.TB
	d         *db.DB
	clock     *dbtest.Clock
	customers *customer.Register
	tokens    *token.Tokens
	policies  *policy.Book
	hub       *hub.Hub
	watched   bool // see watch
}

// rules are the policies of these tests: two of them, journeys of one and two
// steps, and tokens that show one factor or two.
const rules = `
policies:
  - &p {code: secure-code, name: First, method: token, failures: {max: 100, cool_down: 15m, max_blocks: 10}, events: {window: 10, first_use: 10, resync: 100}, time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}, challenge: {length: 8, ttl: 3m, max: 8}}
  - {<<: *p, code: second, name: Second}
  - {<<: *p, code: strict, name: Strict, failures: {max: 10, cool_down: 15m, max_blocks: 10}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, steps: [[secure-code]]}
  - {purpose: login, channel: strict, ttl: 10m, steps: [[strict]]}
  - {purpose: login, channel: choice, ttl: 10m, steps: [[secure-code, second]]}
  - {purpose: consent, channel: web, sca: true, ttl: 10m, steps: [[secure-code]]}
  - {purpose: consent, channel: twice, sca: true, ttl: 10m, steps: [[secure-code], [second]]}
models:
  - {code: plain, name: Button, manufacturer: oath.PLAIN, policies: [secure-code, second, strict]}
  - {code: pinned, name: Keypad, manufacturer: oath.PINNED, device_pin: true, policies: [secure-code, second, strict]}
  - {code: first, name: First only, manufacturer: oath.FIRST, policies: [secure-code]}
registration: {code_length: 16, code_valid: 168h, max_extend: 3, attempts: {max: 5, cool_down: 15m, max_blocks: 4}, resume: 30m, token_tries: {max: 5, cool_down: 15m, max_blocks: 2}, pin_length: 4}
`

// by is the application that calls, and other is another one of the same bank.
func by() audit.Actor    { return audit.Client(ident.Derive("an application"), "online banking") }
func other() audit.Actor { return audit.Client(ident.Derive("another application"), "branches") }

func each(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(t, newWorld(t, d, clock)) })
}

func newWorld(t testing.TB, d *db.DB, clock *dbtest.Clock) *world {
	t.Helper()
	ring := keyringtest.Open(t, d)
	tokens, err := token.New(d, ring, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	book, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, clock: clock, tokens: tokens, policies: book, customers: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}}
	w.hub = hub.New(hub.Config{DB: d, Ring: ring, Policies: book, Methods: map[policy.Method]authenticator.Method{policy.MethodToken: tokens}, Rand: rand.Reader})
	w.activate(rules)
	return w
}

// activate puts a policy document in force.
func (w *world) activate(doc string) {
	w.t.Helper()
	v, err := w.policies.Store(w.t.Context(), by(), []byte(doc))
	if err == nil {
		err = w.policies.Activate(w.t.Context(), by(), w.policies.Active().Version, v)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// customer creates a customer with a token of each of the given makes, enrolled
// for all policies. The seeds are those of key.
func (w *world) customer(number string, makes ...string) customer.Customer {
	w.t.Helper()
	c, err := w.customers.Create(w.t.Context(), by(), customer.New{Number: number, Name: "Customer " + number})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range makes {
		w.give(c.ID, m, m+number)
	}
	w.write(func(tx *db.Tx) error {
		for _, p := range w.policies.Active().Policies {
			if err := authenticator.Enroll(tx, by(), c.ID, p); err != nil {
				return err
			}
		}
		return nil
	})
	return c
}

// give imports an event-based token and assigns it.
func (w *world) give(customerID ident.ID, maker, serial string) {
	w.t.Helper()
	_, err := w.tokens.ImportFile(w.t.Context(), by(), token.Import{
		Name: "t.csv", Set: w.policies.Active(), AllOrNothing: true, Now: w.clock.Now(), Options: pskc.Options{Hash: pskc.SHA1, Manufacturer: "oath." + maker},
		Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(serial + "," + hex.EncodeToString(key(serial)) + ",HOTP")), nil
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(func(tx *db.Tx) error {
		all, err := device.BySerial(tx, serial)
		if err != nil || len(all) != 1 {
			return fmt.Errorf("%d tokens %s: %w", len(all), serial, err)
		}
		_, err = device.Assign(tx, all[0].ID, customerID, 0)
		return err
	})
}

func key(serial string) []byte { return []byte(fmt.Sprintf("%-20s", serial))[:20] }

// code is what a token shows at a counter.
func code(serial string, counter uint64) string {
	h, err := oath.NewHOTP(key(serial), oath.HOTPOptions{})
	if err != nil {
		panic(err)
	}
	return h.Code(counter)
}

// wrong is a code that the token does not show within any window.
func wrong(serial string) string {
	near := map[string]bool{}
	for c := range uint64(150) {
		near[code(serial, c)] = true
	}
	for i := 0; ; i++ {
		if s := fmt.Sprintf("%06d", i); !near[s] {
			return s
		}
	}
}

func (w *world) write(f func(*db.Tx) error) {
	w.t.Helper()
	if err := w.d.Write(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) start(in hub.Start) (hub.Outcome, error) {
	if in.Purpose == "" {
		in.Purpose = "login"
	}
	if in.Channel == "" {
		in.Channel = "web"
	}
	return w.hub.Start(context.Background(), by(), in)
}

// begun starts an authentication without a proof.
func (w *world) begun(in hub.Start) hub.Outcome {
	w.t.Helper()
	o, err := w.start(in)
	if err != nil {
		w.t.Fatal(err)
	}
	if o.State != hub.Open || o.Accepted || o.Reason != "" || o.Step != 1 || o.Handle == "" {
		w.t.Fatalf("just begun: %+v", o)
	}
	return o
}

func (w *world) step(handle string, p hub.Proof) (hub.Outcome, error) {
	return w.hub.Step(context.Background(), by(), handle, p)
}

func (w *world) get(handle string) hub.Outcome {
	w.t.Helper()
	o, err := w.hub.Get(context.Background(), by(), handle)
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// count counts the rows of a table that meet a condition.
func (w *world) count(from string, args ...any) (n int) {
	w.t.Helper()
	err := w.d.Read(context.Background(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM "+from, args...).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) holds(c ident.ID, policyCode string) authenticator.Authenticator {
	w.t.Helper()
	all, err := w.hub.Authenticators(context.Background(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, a := range all {
		if a.Policy == policyCode {
			return a
		}
	}
	w.t.Fatalf("the customer has no %s", policyCode)
	return authenticator.Authenticator{}
}
