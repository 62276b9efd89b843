package hub_test

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sms"
)

// texting are the policies of a bank that sends codes to phones, after a token's code or
// before anything else.
const texting = `
policies:
  - {code: token, name: Token, method: token, failures: {max: 100, cool_down: 15m}, events: {window: 10, first_use: 10, resync: 100}, time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}, challenge: {length: 8, ttl: 3m, max: 8}}
  - {code: sms, method: passcode, failures: {max: 3, cool_down: 15m}, passcode: {digits: 6, ttl: 5m, resend: 30s, codes: 4, requests: 50, parts: 2}}
  - {code: pay, method: passcode, use: sign, failures: {max: 3, cool_down: 15m}, passcode: {digits: 6, ttl: 5m, resend: 30s, codes: 4, requests: 50, parts: 2}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, steps: [[token], [sms]]}
  - {purpose: login, channel: sms, ttl: 10m, texts_first: true, steps: [[sms]]}
  - {purpose: payment, channel: web, ttl: 10m, steps: [[token], [pay]]}
models:
  - {code: plain, name: Button, manufacturer: oath.PLAIN, policies: [token]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
sms: {host: bank.example, countries: ["NO"], prefix_digits: 5, hold: 0s, number: 100, source: 60, prefix: 500, hour: 1000, day: 9000, conversion: {sent: 100, alarm: 40, cut_off: 15, pause: 6h}}
`

// texts is a world whose customers have phones too.
type texts struct {
	*world
	desk *sms.Desk
	mu   sync.Mutex
	got  []sms.Outgoing
	ph   *passcode.Passcodes
}

func (x *texts) Name() string { return "phones" }

func (x *texts) Submit(_ context.Context, o sms.Outgoing) ([]string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.got = append(x.got, o)
	return nil, nil
}

func newTexts(w *world) *texts {
	w.t.Helper()
	x := &texts{world: w}
	x.activate(texting)
	x.hub, x.ph, x.desk = x.node(w.d)
	x.desk.Gateways = []sms.Gateway{x}
	return x
}

// node is a hub with connections of its own.
func (x *texts) node(d *db.DB) (*hub.Hub, *passcode.Passcodes, *sms.Desk) {
	x.t.Helper()
	ring := keyringtest.Open(x.t, d)
	box := outbox.New(d, ring, outbox.Config{Now: x.clock.Now, Rand: rand.Reader})
	desk := &sms.Desk{DB: d, Ring: ring, Outbox: box, Now: x.clock.Now, Rand: rand.Reader}
	p := passcode.New(passcode.Config{DB: d, Ring: ring, Rand: rand.Reader, Customers: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader}, Texts: desk, Budget: &sms.Budget{Ring: ring}, Outbox: box})
	book, err := policy.Open(x.t.Context(), d, nil)
	if err != nil {
		x.t.Fatal(err)
	}
	return hub.New(hub.Config{DB: d, Ring: ring, Policies: book, Rand: rand.Reader, Methods: map[policy.Method]authenticator.Method{
		policy.MethodToken: x.tokens, policy.MethodPasscode: p, policy.MethodPassword: password.New(d, ring, argon.New(argon.Options{Rand: rand.Reader})),
	}}), p, desk
}

// phone gives a customer a phone that codes go to.
func (x *texts) phone(number, phone string) customer.Customer {
	x.t.Helper()
	c := x.customer(number, "PLAIN")
	id, err := x.customers.AddContact(x.t.Context(), by(), c.ID, customer.NewContact{Kind: customer.Phone, Value: phone, Verified: true})
	if err != nil {
		x.t.Fatal(err)
	}
	x.sql("INSERT INTO passcode_phone (customer, id, contact, status, failures, blocks, created_at) VALUES ($1, $2, $2, 'active', 0, 0, 0)", c.ID, id)
	return c
}

// arrived has the outbox do what is due and returns the texts so far.
func (x *texts) arrived() []sms.Outgoing {
	x.t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = x.desk.Outbox.Deliver(x.t.Context(), map[string]outbox.Handler{sms.Kind: x.desk, passcode.Kind: outbox.HandlerFunc(passcode.Nothing)}); err != nil {
			x.t.Fatal(err)
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.got
}

func (x *texts) code() string {
	x.t.Helper()
	all := x.arrived()
	if len(all) == 0 {
		x.t.Fatal("no text arrived")
	}
	return regexp.MustCompile(`[0-9]{6}$`).FindString(all[len(all)-1].Body)
}

func (x *texts) ask(handle string, in hub.Ask) (authenticator.Challenge, error) {
	return x.hub.Ask(context.Background(), by(), handle, in)
}

func eachTexts(t *testing.T, f func(t *testing.T, x *texts)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) { f(t, newTexts(w)) })
}

// TestACodeAfterTheFirstFactor is F-6.2.7–10 with a token in front: nothing is sent
// before, the destination is told, and the code opens.
func TestACodeAfterTheFirstFactor(t *testing.T) {
	eachTexts(t, func(t *testing.T, x *texts) {
		x.phone("100", "+47 912 34 567")
		o := x.begun(hub.Start{CustomerNumber: "100"})
		_, err := x.ask(o.Handle, hub.Ask{Policy: "sms"})
		wantCode(t, err, "authentication.policy")
		o, err = x.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})
		if err != nil || o.Step != 2 {
			t.Fatalf("%+v, %v", o, err)
		}
		c, err := x.ask(o.Handle, hub.Ask{Source: "::ffff:192.0.2.1", Key: "one"})
		if err != nil || c.To != "+47 ••• 67" || c.Again.IsZero() || len(x.arrived()) != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
		_, err = x.ask(o.Handle, hub.Ask{Source: "here"})
		wantCode(t, err, "authentication.source")
		_, err = x.hub.Ask(context.Background(), other(), o.Handle, hub.Ask{})
		wantCode(t, err, "authentication.unknown")
		if o, err = x.step(o.Handle, hub.Proof{Code: x.code()}); err != nil || o.State != hub.Granted {
			t.Errorf("%+v, %v", o, err)
		}
		_, err = x.ask(o.Handle, hub.Ask{})
		wantCode(t, err, "authentication.over")
		x.clock.Advance(11 * time.Minute)
		late := x.begun(hub.Start{CustomerNumber: "100", Channel: "sms"})
		x.clock.Advance(11 * time.Minute)
		_, err = x.ask(late.Handle, hub.Ask{})
		wantCode(t, err, "authentication.over")
		if n := len(x.arrived()); n != 1 {
			t.Errorf("%d texts", n)
		}
	})
}

// TestNobodyIsAskedLikeSomebody: where texts come first, the answer has the same form for
// all, and the destination is told to none.
func TestNobodyIsAskedLikeSomebody(t *testing.T) {
	eachTexts(t, func(t *testing.T, x *texts) {
		x.phone("100", "+47 912 34 567")
		x.customer("200", "PLAIN")
		for _, number := range []string{"100", "200", "999"} {
			o := x.begun(hub.Start{CustomerNumber: number, Channel: "sms"})
			c, err := x.ask(o.Handle, hub.Ask{})
			if err != nil || c.To != "" || c.ID.IsZero() || c.Again.IsZero() || c.Expires.IsZero() {
				t.Errorf("%s: %+v, %v", number, c, err)
			}
			again, err := x.ask(o.Handle, hub.Ask{})
			if err != nil || again != c {
				t.Errorf("%s: %+v, then %+v, %v", number, c, again, err)
			}
		}
		if n := len(x.arrived()); n != 1 {
			t.Errorf("%d texts", n)
		}
	})
}

// TestOneTextForADecision: a hundred requests at once on two nodes of one database, while
// proofs arrive; none is sent after the end, and a proof is never kept out.
func TestOneTextForADecision(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			clock, dsn := dbtest.NewClock(), dbtest.DSN(t, dialect)
			x := newTexts(newWorld(t, dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now}), clock))
			second, _, _ := x.node(dbtest.Open(t, db.Config{DSN: dsn, Now: clock.Now}))
			hubs := [2]*hub.Hub{x.hub, second}
			for round := range 3 {
				number := strconv.Itoa(100 + round)
				x.phone(number, "+479123456"+strconv.Itoa(round))
				o := x.begun(hub.Start{CustomerNumber: number, Channel: "sms"})
				if ids := x.crowd(hubs, o.Handle); len(ids) != 1 || len(x.arrived()) != round+1 {
					t.Fatalf("round %d: %d codes, %d texts", round, len(ids), len(x.arrived()))
				}
				code := x.code()
				clock.Advance(time.Minute) // another one may be asked for now
				var wg sync.WaitGroup
				wg.Go(func() { x.crowd(hubs, o.Handle) })
				granted, err := x.step(o.Handle, hub.Proof{Code: code})
				wg.Wait()
				if err != nil || granted.State != hub.Granted && granted.Reason != authenticator.Wrong && granted.Reason != authenticator.Replayed {
					t.Errorf("round %d: %+v, %v", round, granted, err)
				}
				x.got = x.arrived()[:round+1] // at most one more, and only before the end
			}
		})
	}
}

// crowd asks a hundred times at once and returns the codes that were answered.
func (x *texts) crowd(hubs [2]*hub.Hub, handle string) map[ident.ID]bool {
	var mu sync.Mutex
	var wg sync.WaitGroup
	ids := map[ident.ID]bool{}
	for i := range 100 {
		wg.Go(func() {
			c, err := hubs[i%2].Ask(context.Background(), by(), handle, hub.Ask{})
			mu.Lock()
			defer mu.Unlock()
			var f *fault.Error
			switch {
			case err == nil:
				ids[c.ID] = true
			case !errors.As(err, &f) || f.Kind != fault.Conflict:
				x.t.Error(err)
			}
		})
	}
	wg.Wait()
	return ids
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	if f := new(fault.Error); !errors.As(err, &f) || f.Code != code {
		t.Errorf("got %v, want the fault %s", err, code)
	}
}
