package password_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/password"
)

var _ authenticator.Method = (*password.Passwords)(nil)

// Hashes of "correct horse" and of "lètmein", cheap ones.
const (
	horseBcrypt = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"
	horseOther  = "$2y$06$saltsaltsaltsaltsaltsOHOIPeJADVvaR1mftr/rYx4LtJcw2owy"
	letBcrypt   = "$2b$04$abcdefghijklmnopqrstuuanVo7Xut1CH8VGIGlz1JovQh9GJbbtG"
	xPBKDF2     = "$pbkdf2$1000$c2FsdDEyMzQ$O6iitgSGW7Um5jUoSj8iGTKw4wo"
)

// TestRehash: the first right password makes the hash ours; a wrong one does not.
// From then on the password is the same on every keyboard.
func TestRehash(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.imported("c", letBcrypt)
		before := w.stored(c)
		if got := w.login(c, "letmein"); got != authenticator.Wrong || w.stored(c) != before || !w.entry(c).Imported {
			t.Errorf("a wrong password: %q, %+v", got, w.entry(c))
		}
		w.clock.Advance(time.Minute)
		f := w.check(c, "lètmein")
		if !f.Right || f.Factors != authenticator.Knowledge || !f.Device.IsZero() || w.stored(c) != before {
			t.Errorf("a check changed something, or found %+v", f)
		}
		if got := w.settle(c, f); got != authenticator.Accepted {
			t.Errorf("the right password: %q", got)
		}
		e := w.entry(c)
		if after := w.stored(c); !strings.HasPrefix(after, "$argon2id$v=19$m=64,t=1,p=1$") || e.Imported || !e.Used.Equal(w.clock.Now()) || e.Changed.Equal(e.Used) {
			t.Errorf("not re-hashed: %+v", e)
		}
		decomposed := "le\u0300tmein"
		for typed, want := range map[string]authenticator.Reason{"lètmein": authenticator.Accepted, decomposed: authenticator.Accepted, "letmein": authenticator.Wrong} {
			if got := w.login(c, typed); got != want {
				t.Errorf("%q after the first login: %q", typed, got)
			}
		}
	})
}

// TestLongPasswordOfBcrypt: bcrypt takes in 72 bytes. Who types more is let in, as
// at the server before, and not held to a tail that nobody has checked.
func TestLongPasswordOfBcrypt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		long := "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		c := w.imported("c", "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui")
		if got := w.login(c, long+"chars after 72 are ignored"); got != authenticator.Accepted || !w.entry(c).Imported {
			t.Errorf("%q, %+v", got, w.entry(c))
		}
		if got := w.login(c, long); got != authenticator.Accepted || w.entry(c).Imported {
			t.Errorf("exactly 72 bytes: %q, %+v", got, w.entry(c))
		}
	})
}

// TestEqualWork: whoever asks costs the same computations and the same reading, so
// that the time of an answer tells nothing (SCA-61).
func TestEqualWork(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		fresh, moved := w.imported("fresh", horseBcrypt), w.imported("moved", horseBcrypt)
		if got := w.login(moved, "correct horse"); got != authenticator.Accepted || w.entry(moved).Imported {
			t.Fatalf("%q", got)
		}
		work := func(c ident.ID, typed string) (all []string) {
			w.passwords.Watch(func(s string) { all = append(all, s) })
			before := w.d.Stats()
			w.check(c, typed)
			if n := w.d.Stats().Reads - before.Reads; n != 2 {
				t.Errorf("a check of %q took %d statements", typed, n)
			}
			return all
		}
		want := []string{"$2b$04", "ours"}
		for name, got := range map[string][]string{
			"imported, right": work(fresh, "correct horse"), "imported, wrong": work(fresh, "wrong horse"),
			"ours, right": work(moved, "correct horse"), "ours, wrong": work(moved, "wrong horse"),
			"nobody": work(ident.Derive("nobody"), "correct horse"),
		} {
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		// Once the last imported hash is gone, nobody pays for one.
		if got := w.login(fresh, "correct horse"); got != authenticator.Accepted {
			t.Fatalf("%q", got)
		}
		for _, c := range []ident.ID{fresh, moved, ident.Derive("nobody")} {
			if got := work(c, "correct horse"); !slices.Equal(got, []string{"ours"}) {
				t.Errorf("with nothing imported left: %v", got)
			}
		}
	})
}

// TestDecoysAreDrawnByWeight: strangers look like customers also where several
// schemes were imported, each always alike.
func TestDecoysAreDrawnByWeight(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.imported("p", xPBKDF2)
		for _, name := range []string{"a", "b", "c"} {
			w.imported(name, horseBcrypt)
		}
		count := map[string]int{}
		var last string
		w.passwords.Watch(func(s string) {
			if s != "ours" {
				last = s
			}
		})
		for i := range 200 {
			c := ident.Derive("nobody", string(rune('A'+i)))
			w.check(c, "x")
			first := last
			w.check(c, "y")
			if last != first {
				t.Fatalf("a stranger costs %s, then %s", first, last)
			}
			count[first]++
		}
		if n := count["$2b$04"]; n < 120 || n > 180 || n+count["$pbkdf2-sha1$i=1000,l=20"] != 200 {
			t.Errorf("drawn: %v; three in four should be bcrypt", count)
		}
	})
}

// TestSettleIsForThePasswordThatWasChecked: two first logins at once are both right;
// a check of a password that was changed meanwhile is worth nothing.
func TestSettleIsForThePasswordThatWasChecked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.imported("c", horseBcrypt)
		one, two, late := w.check(c, "correct horse"), w.check(c, "correct horse"), w.check(c, "correct horse")
		if a, b := w.settle(c, one), w.settle(c, two); a != authenticator.Accepted || b != authenticator.Accepted {
			t.Errorf("two first logins at once: %q, %q", a, b)
		}
		if got := w.login(c, "correct horse"); got != authenticator.Accepted {
			t.Errorf("after them: %q", got)
		}
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE password SET generation = generation + 1 WHERE customer = $1", c)
			return err
		})
		if got := w.settle(c, late); got != authenticator.Replayed {
			t.Errorf("checked before the password was changed: %q", got)
		}
	})
}

// TestFirstLoginsAtOnce: many at once, right and wrong; the right ones all pass, or
// meet the counter, and the hash is ours afterwards.
func TestFirstLoginsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.imported("c", horseOther)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				f, err := w.passwords.Check(context.Background(), w.request(c), authenticator.Proof{Code: "correct horse"})
				if err != nil || !f.Right {
					t.Errorf("%+v, %v", f, err)
					return
				}
				err = w.d.Settle(context.Background(), c, func(tx *db.Tx) error {
					reason, err := authenticator.Settle(tx, by(), c, w.policy, f)
					if reason != authenticator.Accepted {
						t.Errorf("%q", reason)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if w.entry(c).Imported || w.login(c, "correct horse") != authenticator.Accepted {
			t.Errorf("%+v", w.entry(c))
		}
	})
}

// TestNewCosts: a hash of ours is made anew when ours cost more.
func TestNewCosts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.imported("c", horseBcrypt)
		w.login(c, "correct horse")
		w.passwords = w.with(argon.Params{Memory: 128, Time: 1, Threads: 1})
		if got := w.login(c, "correct horse"); got != authenticator.Accepted || !strings.HasPrefix(w.stored(c), "$argon2id$v=19$m=128,") {
			t.Errorf("%q", got)
		}
	})
}

func TestImportOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.imported("c", horseBcrypt)
		h, err := password.ReadHash(xPBKDF2)
		if err != nil {
			t.Fatal(err)
		}
		w.write(func(tx *db.Tx) error {
			if done, err := w.passwords.Import(tx, by(), c, h); done || err != nil {
				t.Errorf("over another one: %t, %v", done, err)
			}
			var n int
			if err := tx.Row("SELECT COUNT(*) FROM password_scheme").Scan(&n); err != nil || n != 1 {
				t.Errorf("%d schemes, %v", n, err)
			}
			return nil
		})
		if got := w.login(c, "correct horse"); got != authenticator.Accepted {
			t.Errorf("%q", got)
		}
		w.write(func(tx *db.Tx) error { // sealed: nothing of a hash is in the clear
			var n int
			err := tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1", password.AuditImported).Scan(&n)
			if n != 1 {
				t.Errorf("%d audit records", n)
			}
			return err
		})
	})
}

// TestPasswordForms: what can be no password is refused for everybody, and counts
// against nobody.
func TestPasswordForms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.imported("c", horseBcrypt)
		for _, typed := range []string{"", "\xff\xfe", strings.Repeat("x", 257), strings.Repeat("ﷺ", 200)} {
			for _, id := range []ident.ID{c, ident.Derive("nobody")} {
				_, err := w.passwords.Check(t.Context(), w.request(id), authenticator.Proof{Code: typed})
				if !fault.Is(err, "password.form") || fault.KindOf(err) != fault.Invalid {
					t.Errorf("%.10q: %v", typed, err)
				}
			}
		}
		if got := w.login(c, strings.Repeat("x", 256)); got != authenticator.Wrong {
			t.Errorf("256 characters: %q", got)
		}
		w.write(func(tx *db.Tx) error {
			if _, err := w.passwords.Begin(tx, w.request(c)); !fault.Is(err, "password.no_challenge") {
				t.Errorf("%v", err)
			}
			return nil
		})
		if w.passwords.Factor() != authenticator.Knowledge {
			t.Error("a password is knowledge")
		}
	})
}

// TestAFullLineIsNoAnswer: whoever meets a full line is told to come back, and
// nothing is said about the password.
func TestAFullLineIsNoAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.imported("c", horseOther)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		f, err := w.passwords.Check(ctx, w.request(c), authenticator.Proof{Code: "correct horse"})
		if err == nil || f.Right {
			t.Errorf("a caller who has gone: %+v, %v", f, err)
		}
	})
}
