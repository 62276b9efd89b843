package passcode_test

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"slices"
	"strings"
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
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/sms"
)

var ann = audit.Staff(ident.Derive("ann"), "ann")

// rules are small numbers, so that every bound is reached soon.
const rules = `policies:
  - {code: pw, method: password, failures: {max: 5, cool_down: 15m}}
  - {code: sms, method: passcode, failures: {max: 3, cool_down: 15m}, passcode: {digits: 6, ttl: 5m, resend: 30s, codes: 4, requests: 5, parts: 2}}
  - {code: pay, method: passcode, use: sign, failures: {max: 3, cool_down: 15m}, passcode: {digits: 8, ttl: 5m, resend: 30s, codes: 4, requests: 5, parts: 2}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[pw], [sms]]}
  - {purpose: login, channel: sms, ttl: 10m, texts_first: true, steps: [[sms], [pw]]}
  - {purpose: payment, channel: web, ttl: 10m, sca: true, steps: [[pw], [pay]]}
registration: {code_length: 16, code_valid: 168h, attempts: {max: 5, cool_down: 15m}, resume: 30m, token_tries: {max: 5, cool_down: 15m}, pin_length: 4}
sms: {host: bank.example, region: "NO", countries: ["NO", "DE"], prefix_digits: 5, hold: 24h, number: 50, source: 60, prefix: 500, hour: 1000, day: 9000, conversion: {sent: 100, alarm: 40, cut_off: 15, pause: 6h}}
`

// world is a bank that sends codes to phones, and the phones.
type world struct {
	*testing.T
	d         *db.DB
	clock     *dbtest.Clock
	ring      *keyring.Ring
	customers *customer.Register
	box       *outbox.Outbox
	texts     *sms.Desk
	budget    *sms.Budget
	p         *passcode.Passcodes
	set       *policy.Set
	desk      *identification.Desk
	book      *policy.Book
	phones    *phones
}

// phones are a gateway that delivers at once.
type phones struct {
	mu  sync.Mutex
	got []sms.Outgoing
}

func (p *phones) Name() string { return "phones" }

func (p *phones) Submit(_ context.Context, o sms.Outgoing) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, o)
	return nil, nil
}

// forget empties the phones of a class of texts.
func (p *phones) forget(class string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = slices.DeleteFunc(p.got, func(o sms.Outgoing) bool { return o.Class == class })
}

func each(t *testing.T, f func(w *world)) {
	t.Helper()
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) { f(newWorld(t, d, clock)) })
}

func newWorld(t *testing.T, d *db.DB, clock *dbtest.Clock) *world {
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
		T: t, d: d, clock: clock, ring: ring, set: set, book: book, phones: &phones{},
		customers: &customer.Register{DB: d, Ring: ring, Rand: rand.Reader},
		box:       outbox.New(d, ring, outbox.Config{Now: clock.Now, Rand: rand.Reader}),
		budget:    &sms.Budget{Ring: ring},
		desk:      &identification.Desk{DB: d, Policies: book, Rand: rand.Reader},
	}
	w.texts = &sms.Desk{DB: d, Ring: ring, Outbox: w.box, Now: clock.Now, Rand: rand.Reader, Gateways: []sms.Gateway{w.phones}}
	w.p = w.node(d)
	return w
}

// node is the method over a connection of its own.
func (w *world) node(d *db.DB) *passcode.Passcodes {
	return passcode.New(passcode.Config{DB: d, Ring: w.ring, Rand: rand.Reader, Customers: w.customers, Texts: w.texts, Budget: w.budget, Outbox: w.box})
}

// customer creates a customer with a verified phone number that codes go to.
func (w *world) customer(number, phone string) customer.Customer {
	w.Helper()
	c := w.bare(number, phone)
	if _, err := w.p.Register(w.Context(), ann, w.set, w.act(c.ID), w.contacts(c.ID)[0].ID); err != nil {
		w.Fatal(err)
	}
	w.deliver()
	w.phones.forget(sms.ClassNotice)
	return c
}

// bare creates a customer with a verified phone number.
func (w *world) bare(number, phone string) customer.Customer {
	w.Helper()
	c, err := w.customers.Create(w.Context(), ann, customer.New{Number: number, Contacts: []customer.NewContact{{Kind: customer.Phone, Value: phone, Verified: true}}})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) contacts(id ident.ID) []customer.Contact {
	w.Helper()
	all, err := w.customers.Contacts(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// act is what staff do after they have identified the customer.
func (w *world) act(id ident.ID) passcode.Act {
	w.Helper()
	var answers []identification.Answer
	for _, q := range policy.Version0().Identification.Questions[:3] {
		answers = append(answers, identification.Answer{Question: q.Code, Right: true})
	}
	i, err := w.desk.Record(w.Context(), ann, identification.Attempt{Customer: id, Way: identification.Call, Answers: answers})
	if err != nil {
		w.Fatal(err)
	}
	return passcode.Act{Customer: id, Reason: "the customer called", Identified: i.ID}
}

// request is a login of the customer; every name is another one.
func (w *world) request(id ident.ID, name string) authenticator.Request {
	p, _ := w.set.Policy("sms")
	return authenticator.Request{Authentication: ident.Derive(name), Customer: id, Policy: p, Set: w.set, Now: w.clock.Now()}
}

// ask asks for a code.
func (w *world) ask(r authenticator.Request) authenticator.Challenge {
	w.Helper()
	c, err := w.tryAsk(r)
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) tryAsk(r authenticator.Request) (c authenticator.Challenge, err error) {
	err = w.d.Settle(w.Context(), r.Customer, func(tx *db.Tx) error {
		c, err = w.p.Begin(tx, r)
		return err
	})
	return c, err
}

// deliver has the outbox do what is due, and returns all texts that arrived so far.
func (w *world) deliver() []sms.Outgoing {
	w.Helper()
	for {
		n, err := w.box.Deliver(w.Context(), map[string]outbox.Handler{sms.Kind: w.texts, passcode.Kind: outbox.HandlerFunc(passcode.Nothing)})
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	w.phones.mu.Lock()
	defer w.phones.mu.Unlock()
	return w.phones.got
}

var lastLine = regexp.MustCompile(`\n@bank\.example #([0-9]{6,10})$`)

// codeIn reads a code off a text.
func codeIn(text string) string {
	if m := lastLine.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// code is the newest code that arrived.
func (w *world) code() string {
	w.Helper()
	all := w.deliver()
	for i := len(all) - 1; i >= 0; i-- {
		if c := codeIn(all[i].Body); c != "" {
			return c
		}
	}
	w.Fatal("no code arrived")
	return ""
}

// wrong is another code than the newest.
func (w *world) wrong() string {
	w.Helper()
	c := []byte(w.code())
	c[0] = '0' + (c[0]-'0'+1)%10
	return string(c)
}

// try submits a code and settles it.
func (w *world) try(r authenticator.Request, code string) authenticator.Reason {
	w.Helper()
	r.Now = w.clock.Now()
	f, err := w.p.Check(w.Context(), r, authenticator.Proof{Code: code})
	if err != nil {
		w.Fatal(err)
	}
	why, err := w.settle(r, f)
	if errors.Is(err, authenticator.ErrLost) {
		why, err = w.settle(r, authenticator.Lost())
	}
	if err != nil {
		w.Fatal(err)
	}
	return why
}

func (w *world) settle(r authenticator.Request, f authenticator.Finding) (why authenticator.Reason, err error) {
	err = w.d.Settle(w.Context(), r.Customer, func(tx *db.Tx) error {
		why, err = authenticator.Settle(tx, ann, r.Customer, r.Policy, f)
		return err
	})
	return why, err
}

func (w *world) later(d time.Duration) { w.clock.Advance(d) }

// count counts rows.
func (w *world) count(from string, args ...any) (n int) {
	w.Helper()
	if err := w.d.Read(w.Context(), func(tx *db.Tx) error { return tx.Row("SELECT COUNT(*) FROM "+from, args...).Scan(&n) }); err != nil {
		w.Fatal(err)
	}
	return n
}

func (w *world) sql(statement string, args ...any) {
	w.Helper()
	if err := w.d.Write(w.Context(), func(tx *db.Tx) error { _, err := tx.Exec(statement, args...); return err }); err != nil {
		w.Fatal(err)
	}
}

// records counts audit records of a kind.
func (w *world) records(kind string) int { return w.count("journal WHERE kind = $1", kind) }

func wantFault(t testing.TB, what string, err error, code string) {
	t.Helper()
	var f *fault.Error
	switch {
	case code == "" && err != nil:
		t.Errorf("%s: %v", what, err)
	case code != "" && (!errors.As(err, &f) || f.Code != code):
		t.Errorf("%s: got %v, want the fault %s", what, err, code)
	}
}

// bodies are the texts that arrived, one a line.
func bodies(all []sms.Outgoing) string {
	var b strings.Builder
	for _, o := range all {
		b.WriteString(o.To + " " + strings.ReplaceAll(o.Body, "\n", "|") + "\n")
	}
	return b.String()
}
