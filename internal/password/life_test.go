package password_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/password"
)

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
