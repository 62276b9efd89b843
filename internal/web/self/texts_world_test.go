package self_test

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/keyring"
	"github.com/countersign-auth/countersign/internal/limit"
	"github.com/countersign-auth/countersign/internal/outbox"
	"github.com/countersign-auth/countersign/internal/passcode"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/registration"
	"github.com/countersign-auth/countersign/internal/sms"
	"github.com/countersign-auth/countersign/internal/token"
)

const (
	knownSecret = "lumber and quartz 7"
	otherSecret = "quartz beneath lumber 8"
	oldNumber   = "+4791234567"
	newNumber   = "+4791234599"
)

// phones are a gateway whose messages arrive at once.
type phones struct {
	mu  sync.Mutex
	got []sms.Outgoing
}

func (*phones) Name() string { return "first" }

func (p *phones) Submit(_ context.Context, o sms.Outgoing) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, o)
	return nil, nil
}

// texts opens what customers with a password and a phone need.
func (w *world) texts(ring *keyring.Ring, book *policy.Book, tokens *token.Tokens) {
	w.Helper()
	w.phones = &phones{}
	w.outbox = outbox.New(w.db, ring, outbox.Config{Now: w.clock.Now, Rand: rand.Reader})
	w.desk = &sms.Desk{DB: w.db, Ring: ring, Outbox: w.outbox, Now: w.clock.Now, Rand: rand.Reader, Gateways: []sms.Gateway{w.phones}}
	w.codes = passcode.New(passcode.Config{DB: w.db, Ring: ring, Rand: rand.Reader, Customers: w.customers, Texts: w.desk, Budget: &sms.Budget{Ring: ring}, Outbox: w.outbox})
	hasher := argon.New(argon.Options{Params: argon.Params{Memory: 64, Time: 1, Threads: 1}, Rand: rand.Reader, Waiting: 1000})
	w.secrets = password.New(w.db, ring, hasher).Knowing(w.customers.Words)
	w.registrations = registration.New(registration.Config{
		DB: w.db, Ring: ring, Policies: book, Tokens: tokens, Outbox: w.outbox, Rand: rand.Reader,
		Parts: map[policy.Method]authenticator.Part{policy.MethodPassword: w.secrets, policy.MethodPasscode: w.codes},
	})
}

// texting lets customers choose between a token, and a password with a code by text
// message; another number waits so long.
func (w *world) texting(hold time.Duration) {
	w.Helper()
	w.activate(func(set *policy.Set) {
		set.SMS.Hold = hold
		set.Policies = append(set.Policies, policy.Policy{
			Code: "password", Name: "Password", Method: policy.MethodPassword, Use: policy.UseCode, Secret: policy.DefaultSecret(),
			With: []string{"sms-code"}, Failures: limit.Rule{Max: 5, CoolDown: 15 * time.Minute, MaxBlocks: 10},
		})
		for i := range set.Journeys {
			if j := &set.Journeys[i]; j.Purpose == policy.PurposeLogin || j.Purpose == policy.PurposeSelfService {
				j.Ways = append(j.Ways, policy.Way{Steps: [][]string{{"password"}, {"sms-code"}}})
			}
		}
	})
}

// arrived is the last code that arrived at a number, and how many texts did.
func (w *world) arrived(number string) (code string, n int) {
	w.Helper()
	for {
		did, err := w.outbox.Deliver(w.Context(), map[string]outbox.Handler{sms.Kind: w.desk, passcode.Kind: outbox.HandlerFunc(passcode.Nothing)})
		w.must(err)
		if did == 0 {
			break
		}
	}
	w.phones.mu.Lock()
	defer w.phones.mu.Unlock()
	for _, o := range w.phones.got {
		if o.To != number {
			continue
		}
		n++
		if _, last, ok := strings.Cut(o.Body, "\n@bank.example #"); ok {
			code = last
		}
	}
	return code, n
}

// knower is a customer who has registered a password and a phone (F-6.1).
func (w *world) knower(number string) customer.Customer {
	w.Helper()
	c, err := w.customers.Create(w.Context(), cli(), customer.New{Number: number, Name: "Ada Palmer", Contacts: []customer.NewContact{{Kind: customer.Phone, Value: oldNumber, Verified: true}}})
	w.must(err)
	issued, err := w.registrations.Issue(w.Context(), cli(), c.ID, registration.Issue{Policy: "password"})
	w.must(err)
	r, err := w.registrations.Begin(w.Context(), cli(), registration.Begin{CustomerNumber: number, ActivationCode: issued.Value, Policy: "password", Channel: channel})
	w.must(err)
	r, bad, err := w.registrations.Give(w.Context(), cli(), r.Handle, registration.Given{Value: knownSecret})
	w.must(err)
	if len(bad) > 0 {
		w.Fatal(bad)
	}
	_, _, err = w.registrations.Ask(w.Context(), cli(), r.Handle)
	w.must(err)
	code, _ := w.arrived(oldNumber)
	r, _, err = w.registrations.Give(w.Context(), cli(), r.Handle, registration.Given{Value: code})
	w.must(err)
	if r.State != registration.Done {
		w.Fatalf("the registration is %s", r.State)
	}
	return c
}

const channel = "web"

// knows logs a customer in with a password and the code that is sent then.
func (w *world) knows(number, secret string) *browser {
	w.Helper()
	w.clock.Advance(2 * time.Minute)
	b := w.browser()
	b.post("/login/password", "customer_number", number, "password", secret).leads("/login/answer")
	code, _ := w.arrived(oldNumber)
	b.post("/login/answer", "code", code).leads("/security")
	return b
}

// proves confirms a change with a password and the code that is sent then; it returns
// the proof.
func (w *world) proves(b *browser, what, secret, phone string) string {
	w.Helper()
	return w.provesAt(b, "/security/"+what, secret, phone)
}

// provesAt is proves for a change at another address.
func (w *world) provesAt(b *browser, path, secret, phone string) string {
	w.Helper()
	w.clock.Advance(time.Minute)
	a := b.post(path+"/secret", "password", secret)
	code, _ := w.arrived(phone)
	a = b.post(path+"/proof", "sent", "1", "to", a.hidden("to"), "authentication", a.hidden("authentication"), "code", code)
	return a.hidden("proof")
}

// enrolls gives a customer the policy of tokens.
func (w *world) enrolls(c customer.Customer) {
	w.Helper()
	w.must(w.db.Write(w.Context(), func(tx *db.Tx) error {
		return authenticator.Enroll(tx, cli(), c.ID, w.cfg.Policies.Active().Policies[0])
	}))
}
