package password_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

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

// TestOutdated is what makes a password count no more by itself.
func TestOutdated(t *testing.T) {
	eachBank(t, "max_age: 48h", func(t *testing.T, b *bank) {
		c := b.someone("100", horse)
		outdated := func() string {
			t.Helper()
			f, err := b.passwords.Check(t.Context(), b.ask(c), authenticator.Proof{Code: horse})
			if err != nil || !f.Right {
				t.Fatalf("%+v, %v", f, err)
			}
			return f.Outdated
		}
		b.clock.Advance(48*time.Hour - time.Microsecond)
		if got := outdated(); got != "" {
			t.Errorf("in the last moment: %q", got)
		}
		b.clock.Advance(time.Microsecond)
		if got := outdated(); got == "" {
			t.Error("it never runs out")
		}
		b.rules("")
		if got := outdated(); got != "" {
			t.Errorf("without a maximum age: %q", got)
		}
		for _, bad := range []string{"", " ", strings.Repeat("x", 201), "a\x00"} {
			if err := b.desk.Demand(t.Context(), by(), c, bad); !fault.Is(err, "password.reason") {
				t.Errorf("the reason %q: %v", bad, err)
			}
		}
		if err := b.desk.Demand(t.Context(), by(), ident.Derive("nobody"), "seen"); !fault.Is(err, "password.none") {
			t.Errorf("nobody: %v", err)
		}
		if err := b.desk.Demand(t.Context(), by(), c, "seen"); err != nil || outdated() == "" {
			t.Errorf("demanded: %v", err)
		}
		if err := b.desk.Demand(t.Context(), by(), c, "seen"); !fault.Is(err, "password.due") {
			t.Errorf("twice: %v", err)
		}
		b.change(c, horse, lumber)
		if f, err := b.passwords.Check(t.Context(), b.ask(c), authenticator.Proof{Code: lumber}); err != nil || !f.Right || f.Outdated != "" {
			t.Errorf("after the change: %+v, %v", f, err)
		}
	})
}

// TestCancelAndErase: what is cancelled opens nothing and does not come again; what is
// erased is gone.
func TestCancelAndErase(t *testing.T) {
	eachBank(t, "history: 1", func(t *testing.T, b *bank) {
		c := b.someone("100", horse)
		cancel := func() (was bool) {
			b.write(func(tx *db.Tx) (err error) { was, err = b.passwords.Cancel(tx, by(), c); return err })
			return was
		}
		if !cancel() || b.is(c, horse) || cancel() {
			t.Error("it was not cancelled once")
		}
		if got, err := b.passwords.Prove(t.Context(), b.ask(c), authenticator.Proof{Code: horse}); err != nil || !slices.Equal(mistakes(got.Mistakes), []string{password.UsedBefore}) {
			t.Errorf("the forgotten one: %+v, %v", got, err)
		}
		b.set(c, lumber)
		b.change(c, lumber, fresco)
		if err := b.customers.Close(t.Context(), by(), c, "x"); err != nil {
			t.Fatal(err)
		}
		if err := b.customers.Erase(t.Context(), by(), c); err != nil {
			t.Fatal(err)
		}
		b.write(func(tx *db.Tx) error {
			var n int
			if err := tx.Row("SELECT (SELECT COUNT(*) FROM password WHERE customer = $1) + (SELECT COUNT(*) FROM password_former WHERE customer = $1)", c).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d rows are left, %v", n, err)
			}
			return nil
		})
	})
}

// TestKeyedPIN: a PIN is kept under a key, so that a thief who has the database opened
// cannot try them all; another key takes its place at the next login.
func TestKeyedPIN(t *testing.T) {
	eachBank(t, "kind: pin, key: 1, history: 1", func(t *testing.T, b *bank) {
		c := b.someone("100", "730518")
		first := b.stored(c)
		if !strings.HasPrefix(first, "$hmac-sha256$k=1$argon2id$") {
			t.Fatalf("the stored form is %.30s", first)
		}
		plain := "$argon2id$" + strings.SplitN(first, "$argon2id$", 2)[1]
		h, err := password.ReadHash(plain)
		if err != nil {
			t.Fatal(err)
		}
		if fits, err := password.Fits(h, "730518"); err != nil || fits {
			t.Errorf("without the key it is found by trying: %v, %v", fits, err)
		}
		if !b.is(c, "730518") || b.is(c, "730519") {
			t.Error("the PIN is not known")
		}
		b.rules("kind: pin, key: 2, history: 1")
		if got := b.login(c, "730519"); got != authenticator.Wrong || b.stored(c) != first {
			t.Errorf("a wrong one: %s", got)
		}
		if got := b.login(c, "730518"); got != authenticator.Accepted || !strings.HasPrefix(b.stored(c), "$hmac-sha256$k=2$") {
			t.Errorf("the next login: %s, %.30s", got, b.stored(c))
		}
		again := b.stored(c)
		if got := b.login(c, "730518"); got != authenticator.Accepted || b.stored(c) != again {
			t.Errorf("and the one after: %s", got)
		}
		b.change(c, "730518", "264093")
		if got := b.change(c, "264093", "730518"); got.Done || !slices.Equal(mistakes(got.Mistakes), []string{password.UsedBefore}) {
			t.Errorf("a former one under another key: %+v", got)
		}
	})
}

// TestChangesAtOnce: of many changes from one password one is made; logins meanwhile
// are right with the old one or the new one, never with both.
func TestChangesAtOnce(t *testing.T) {
	eachBank(t, "history: 2", func(t *testing.T, b *bank) {
		c := b.someone("100", horse)
		stale := b.check(c, horse)
		const n = 4 // fewer than failures that block
		done := make([]bool, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				got, err := b.desk.Change(t.Context(), audit.Customer(c), phone, password.Change{Customer: c, Current: horse, New: fmt.Sprintf("%s %d", lumber, i)})
				if err != nil {
					t.Errorf("%d: %v", i, err)
				}
				done[i] = got.Done
			})
		}
		wg.Wait()
		won := 0
		for i := range n {
			if b.is(c, fmt.Sprintf("%s %d", lumber, i)) != done[i] {
				t.Errorf("change %d is done: %v, and its password is not the one that counts", i, done[i])
			}
			if done[i] {
				won++
			}
		}
		if won != 1 || b.is(c, horse) {
			t.Errorf("%d changes were made", won)
		}
		if got := b.settle(c, stale); got == authenticator.Accepted {
			t.Error("a login that checked the old one was let in after the change")
		}
	})
}

// TestActs: whatever happens in whatever order, exactly one secret is right, a secret
// that was replaced is not, and a demand lasts until the change.
func TestActs(t *testing.T) {
	eachBank(t, "history: 2", func(t *testing.T, b *bank) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			c := b.someone(fmt.Sprint("c", n), horse)
			known := []string{horse} // newest last; "" when cancelled
			due := false
			for range rapid.IntRange(1, 8).Draw(rt, "acts") {
				now := known[len(known)-1]
				switch rapid.SampledFrom([]string{"change", "wrong", "again", "demand", "cancel", "set"}).Draw(rt, "act") {
				case "change":
					if now == "" {
						break // wrong ones add up to a block
					}
					next := fmt.Sprintf("%s %d", violet, len(known))
					got, err := b.desk.Change(context.Background(), audit.Customer(c), phone, password.Change{Customer: c, Current: now + " ", New: next})
					if err != nil || got.Done {
						rt.Fatalf("with another one: %+v, %v", got, err)
					}
					if got := b.change(c, now, next); !got.Done {
						rt.Fatalf("%+v", got)
					}
					known, due = append(known, next), false
				case "wrong":
					if b.is(c, "nobody's password") {
						rt.Fatal("a wrong one is right")
					}
				case "again":
					if now != "" && b.change(c, now, now).Done {
						rt.Fatal("the same one was taken")
					}
				case "demand":
					err := b.desk.Demand(context.Background(), by(), c, "x")
					if (err == nil) != (now != "" && !due) {
						rt.Fatalf("due %v: %v", due, err)
					}
					due = now != ""
				case "cancel":
					b.write(func(tx *db.Tx) error {
						was, err := b.passwords.Cancel(tx, by(), c)
						if was != (now != "") {
							rt.Fatalf("cancelled: %v", was)
						}
						return err
					})
					if now != "" {
						known = append(known, "")
					}
					due = false
				case "set":
					next := fmt.Sprintf("%s %d", fresco, len(known))
					b.set(c, next)
					known, due = append(known, next), false
				}
			}
			for i, s := range known {
				if s != "" && b.is(c, s) != (i == len(known)-1) {
					rt.Fatalf("%q, of %q, is right: %v", s, known, i != len(known)-1)
				}
			}
		})
	})
}

// TestNews: the customer hears of every new and every cancelled secret, and of nothing that
// did not happen; the text fits one message and its key is its own.
func TestNews(t *testing.T) {
	eachBank(t, "history: 1", func(t *testing.T, b *bank) {
		var told []password.News
		var fail error
		b.passwords.Telling(func(_ *db.Tx, _ audit.Actor, n password.News) error {
			told = append(told, n)
			return fail
		})
		c := b.someone("100", horse)
		b.change(c, "wrong", lumber)
		b.change(c, horse, horse)
		b.change(c, horse, lumber)
		b.write(func(tx *db.Tx) error { _, err := b.passwords.Cancel(tx, by(), c); return err })
		b.set(c, fresco)
		var kinds []string
		keys := map[string]bool{}
		for _, n := range told {
			kinds, keys[n.Key()] = append(kinds, n.Kind), true
			for _, locale := range []string{"en", "de-AT", "xx", ""} {
				if text := n.Text(locale); text == "" || len(text) > 160 || strings.Contains(text, lumber) {
					t.Errorf("%s in %q: %q", n.Kind, locale, text)
				}
			}
			if n.Text("de") == n.Text("en") || n.Text("nb") != n.Text("en") {
				t.Errorf("%s: the languages", n.Kind)
			}
		}
		// Settlements may run again when their group is redone: what counts is the order.
		if !slices.Equal(slices.Compact(kinds), []string{password.AuditSet, password.AuditChanged, password.AuditCancelled, password.AuditSet}) || len(keys) != 4 {
			t.Errorf("told: %v, %v", kinds, keys)
		}
		fail = errors.New("cannot be told")
		if _, err := b.desk.Change(t.Context(), by(), phone, password.Change{Customer: c, Current: fresco, New: violet}); !errors.Is(err, fail) || !b.is(c, fresco) {
			t.Errorf("what nobody can be told of: %v", err)
		}
	})
}
