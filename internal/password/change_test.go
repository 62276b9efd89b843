package password_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
)

// document has one policy for passwords, in a journey with a token.
const document = `
policies:
  - {code: password, name: Password, method: password, failures: {max: 5, cool_down: 15m, max_blocks: 10}, secret: {%s}}
  - {code: secure-code, name: Code, method: token, failures: {max: 5, cool_down: 15m, max_blocks: 10}, events: {window: 10, first_use: 10, resync: 100}, time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}, challenge: {length: 8, ttl: 3m, max: 8}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, sca: true, steps: [[password], [secure-code]]}
models: []
registration: {code_length: 16, code_valid: 168h, max_extend: 3, attempts: {max: 5, cool_down: 15m, max_blocks: 4}, resume: 30m, token_tries: {max: 5, cool_down: 15m, max_blocks: 2}, pin_length: 4}
`

const (
	horse  = "correct horse battery"
	lumber = "lumber and quartz"
	fresco = "fresco over river"
	violet = "violet snow and ink"
)

// bank is a world with a desk and customers.
type bank struct {
	*world
	desk      *password.Desk
	customers *customer.Register
}

func eachBank(t *testing.T, rules string, f func(t *testing.T, b *bank)) {
	t.Helper()
	each(t, func(t *testing.T, w *world) {
		book, err := policy.Open(t.Context(), w.d, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := &bank{world: w, customers: &customer.Register{DB: w.d, Ring: w.ring, Rand: rand.Reader, Forget: []func(*db.Tx, ident.ID) error{password.Erase}}}
		w.passwords.Knowing(b.customers.Words)
		b.desk = &password.Desk{DB: w.d, Passwords: w.passwords, Policies: book}
		b.rules(rules)
		f(t, b)
	})
}

// rules puts other rules for secrets in force.
func (b *bank) rules(rules string) {
	b.t.Helper()
	book := b.desk.Policies
	v, err := book.Store(b.t.Context(), by(), fmt.Appendf(nil, document, rules))
	if err == nil {
		err = book.Activate(b.t.Context(), by(), book.Active().Version, v)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.policy, _ = book.Active().Policy("password")
}

func (b *bank) ask(c ident.ID) authenticator.Request {
	return authenticator.Request{Customer: c, Policy: b.policy, Set: b.desk.Policies.Active(), Now: b.clock.Now()}
}

// someone is a customer with a secret.
func (b *bank) someone(number, secret string) ident.ID {
	b.t.Helper()
	c, err := b.customers.Create(b.t.Context(), by(), customer.New{Number: number, Name: "Erika Mustermann", Contacts: []customer.NewContact{{Kind: customer.Phone, Value: "+4915112345678"}}})
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(func(tx *db.Tx) error { return authenticator.Enroll(tx, by(), c.ID, b.policy) })
	b.set(c.ID, secret)
	return c.ID
}

// set stores a secret as a registration does.
func (b *bank) set(c ident.ID, secret string) {
	b.t.Helper()
	given, err := b.passwords.Prove(b.t.Context(), b.ask(c), authenticator.Proof{Code: secret})
	if err != nil || !given.Right {
		b.t.Fatalf("%q: %+v, %v", secret, given.Mistakes, err)
	}
	b.write(func(tx *db.Tx) error {
		if done, err := b.passwords.Complete(tx, by(), b.ask(c), given.Kept); err != nil || !done {
			return errors.Join(err, errors.New("it was not stored"))
		}
		return nil
	})
}

func (b *bank) is(c ident.ID, secret string) bool {
	b.t.Helper()
	f, err := b.passwords.Check(b.t.Context(), b.ask(c), authenticator.Proof{Code: secret})
	if err != nil {
		b.t.Fatal(err)
	}
	return f.Right
}

// sure is a warrant that holds.
type sure authenticator.Factor

func (sure) Check(*db.Tx, ident.ID, audit.Actor) error { return nil }
func (s sure) Factors() authenticator.Factor           { return authenticator.Factor(s) }
func (sure) Note() (string, string)                    { return "authentication", "x" }

// unsure is a warrant that does not hold.
type unsure struct{ sure }

func (unsure) Check(*db.Tx, ident.ID, audit.Actor) error {
	return fault.Deniedf("proof.required", "No.")
}

const phone = sure(authenticator.Possession)

func (b *bank) change(c ident.ID, from, to string) password.Changed {
	b.t.Helper()
	got, err := b.desk.Change(b.t.Context(), audit.Customer(c), phone, password.Change{Customer: c, Current: from, New: to})
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

func mistakes(bad []authenticator.Mistake) (all []string) {
	for _, m := range bad {
		all = append(all, m.Code)
	}
	return all
}

// TestChange: the current one and another factor, and nothing less, make a new one.
func TestChange(t *testing.T) {
	eachBank(t, "history: 2", func(t *testing.T, b *bank) {
		c := b.someone("100", horse)
		for name, x := range map[string]struct {
			why   password.Warrant
			id    ident.ID
			code  string
			fault string
		}{
			"no warrant":           {nil, c, "", "password.second_factor"},
			"a warrant of nothing": {sure(0), c, "", "password.second_factor"},
			"the password alone":   {sure(authenticator.Knowledge), c, "", "password.second_factor"},
			"one that is over":     {unsure{phone}, c, "", "proof.required"},
			"nobody":               {phone, ident.Derive("nobody"), "", "customer.not_active"},
			"a policy of tokens":   {phone, c, "secure-code", "password.policy"},
		} {
			_, err := b.desk.Change(t.Context(), by(), x.why, password.Change{Customer: x.id, Policy: x.code, Current: horse, New: lumber})
			if !fault.Is(err, x.fault) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := b.change(c, "wrong", lumber); got.Done || got.Reason != authenticator.Wrong || got.Outlook.Left != 4 {
			t.Errorf("a wrong one: %+v", got)
		}
		if got := b.change(c, horse, "mustermann1"); got.Done || !slices.Contains(mistakes(got.Mistakes), password.Context) || !b.is(c, horse) {
			t.Errorf("a bad one: %+v", got)
		}
		if got := b.change(c, horse, horse); got.Done || !slices.Equal(mistakes(got.Mistakes), []string{password.Unchanged}) {
			t.Errorf("the same one: %+v", got)
		}
		if got := b.change(c, horse, lumber); !got.Done || b.is(c, horse) || !b.is(c, lumber) {
			t.Errorf("changed: %+v", got)
		}
		for range 5 {
			b.change(c, "wrong", fresco)
		}
		if got := b.change(c, lumber, fresco); got.Done || got.Reason != authenticator.Blocked {
			t.Errorf("blocked: %+v", got)
		}
	})
}

// TestHistory: former ones do not come again while they are remembered, and are
// forgotten afterwards.
func TestHistory(t *testing.T) {
	eachBank(t, "history: 2", func(t *testing.T, b *bank) {
		c := b.someone("100", horse)
		b.change(c, horse, lumber)
		b.change(c, lumber, fresco)
		for _, s := range []string{horse, lumber} {
			if got := b.change(c, fresco, s); got.Done || !slices.Equal(mistakes(got.Mistakes), []string{password.UsedBefore}) {
				t.Errorf("%q: %+v", s, got)
			}
		}
		b.change(c, fresco, violet)
		if got := b.change(c, violet, horse); !got.Done {
			t.Errorf("the third but last: %+v", got)
		}
		if n := b.formers(c); n != 2 {
			t.Errorf("%d are remembered", n)
		}
		b.rules("history: 0")
		b.change(c, horse, violet)
		if got := b.change(c, violet, horse); !got.Done || b.formers(c) != 0 {
			t.Errorf("without a history: %+v, %d are remembered", got, b.formers(c))
		}
	})
}

func (b *bank) formers(c ident.ID) (n int) {
	b.t.Helper()
	b.write(func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM password_former WHERE customer = $1", c).Scan(&n)
	})
	return n
}

// TestEqualWorkOfANewOne: how long it takes to judge a new secret tells neither whether
// there is one nor how many there were.
func TestEqualWorkOfANewOne(t *testing.T) {
	eachBank(t, "history: 3", func(t *testing.T, b *bank) {
		c, one := b.someone("100", horse), b.someone("101", horse)
		b.change(c, horse, lumber)
		b.change(c, lumber, fresco)
		var first []string
		for _, id := range []ident.ID{c, one, ident.Derive("nobody")} {
			var work []string
			b.passwords.Watch(func(scheme string) { work = append(work, scheme) })
			if _, bad, err := b.passwords.Prepare(t.Context(), b.ask(id), violet); err != nil || len(bad) > 0 {
				t.Fatalf("%v, %v", bad, err)
			}
			if first == nil {
				first = work
			}
			if !slices.Equal(first, work) || len(work) != 1+4+1 {
				t.Errorf("%v, and %v", first, work)
			}
		}
	})
}
