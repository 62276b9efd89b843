package token_test

import (
	"flag"
	"fmt"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// keep copies the tokens' counters to a table, as a backup would have them.
func (w *world) keep() {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		if _, err := tx.Exec("DROP TABLE IF EXISTS kept"); err != nil {
			return err
		}
		if _, err := tx.Exec("CREATE TABLE kept AS SELECT device, key_id, next_value, drift, proven, uses FROM token_key"); err != nil {
			return err
		}
		_, err := tx.Exec("CREATE UNIQUE INDEX kept_key ON kept (device, key_id)")
		return err
	})
}

// restore puts the copy back and takes it into service; no token gave more than
// spent codes since.
func (w *world) restore(spent int) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		for _, column := range []string{"next_value", "drift", "proven", "uses"} {
			if _, err := tx.Exec("UPDATE token_key SET " + column + " = (SELECT k." + column +
				" FROM kept k WHERE k.device = token_key.device AND k.key_id = token_key.key_id)"); err != nil {
				return err
			}
		}
		if err := token.Restored(w.set, spent)(tx, audit.Recovery{}); err != nil {
			return err
		}
		if err := authenticator.Restored(tx, audit.Recovery{}); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE authenticator SET failures = 0, blocks = 0, blocked_until = NULL")
		return err
	})
}

// courses is how many a run of the tests takes through a database: few, or as many
// as -rapid.checks asks for.
func courses() int {
	const usual, few = "100", 8
	f := flag.Lookup("rapid.checks")
	if n, err := strconv.Atoi(f.Value.String()); err == nil && f.Value.String() != usual {
		return n
	}
	return few
}

// TestNoSpentCodeAfterRestore is invariant 1 across a restore, as a property: after
// any course of logins, a backup somewhere within it, more logins, and a restore,
// no code that was ever accepted is accepted again, at whatever time.
func TestNoSpentCodeAfterRestore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		serial, failed := 0, false
		rapid.Check(t, func(r *rapid.T) {
			if serial++; serial > courses() && !failed {
				return
			}
			defer func() { failed = failed || r.Failed() }() // it is run again, to find a shorter course
			event, timed := fmt.Sprint("E", serial), fmt.Sprint("T", serial)
			x := &course{w: w, customers: map[string]ident.ID{event: w.lasting(event, "HOTP"), timed: w.lasting(timed, "TOTP")}}
			w.loosen()
			x.first(event, timed)
			x.drift = rapid.IntRange(-10, 10).Draw(r, "drift")
			x.logins(r, event, timed, "before")
			w.keep()
			// The token's clock may gain since the backup, and staff may have resynchronized.
			x.drift += rapid.IntRange(-8, 8).Draw(r, "gain")
			x.resync(timed)
			x.logins(r, event, timed, "after")
			w.restore(40)
			for range 24 { // twelve minutes: longer than max_drift
				for code, s := range x.spent {
					if got := w.verify(x.customers[s], code); got == authenticator.Accepted {
						r.Fatalf("the spent code %s of %s was accepted after the restore", code, s)
					}
				}
				w.loosen()
				w.clock.Advance(30 * time.Second)
			}
		})
	})
}

// course is one run of the property.
type course struct {
	w         *world
	customers map[string]ident.ID
	spent     map[string]string // code -> serial
	next      uint64
	drift     int // of the timed token, in steps
}

// first uses each token once, as a registration does.
func (x *course) first(event, timed string) {
	x.spent = map[string]string{}
	x.login(event, hotp10(event, 0))
	x.login(timed, totp10(timed, x.w.clock.Now()))
	x.next = 1
}

func (x *course) login(serial, code string) {
	if x.w.verify(x.customers[serial], code) == authenticator.Accepted {
		x.spent[code] = serial
	}
}

// logins moves on and shows codes of both tokens.
func (x *course) logins(r *rapid.T, event, timed, when string) {
	for range rapid.IntRange(0, 4).Draw(r, when) {
		x.w.clock.Advance(time.Duration(rapid.IntRange(0, 4).Draw(r, "pause")) * 30 * time.Second)
		x.login(timed, totp10(timed, x.clock()))
		x.next += uint64(rapid.IntRange(0, 5).Draw(r, "skip"))
		x.login(event, hotp10(event, x.next))
		x.next++
	}
}

// clock is the timed token's.
func (x *course) clock() time.Time {
	return x.w.clock.Now().Add(time.Duration(x.drift) * 30 * time.Second)
}

func (x *course) resync(serial string) {
	a, b := totp10(serial, x.clock()), totp10(serial, x.clock().Add(30*time.Second))
	if x.w.resync(serial, a, b) {
		x.spent[a], x.spent[b] = serial, serial
	}
}

// loosen forgets failures, which are not what is tested.
func (w *world) loosen() {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE authenticator SET failures = 0, blocks = 0, blocked_until = NULL")
		return err
	})
}

// TestRestoredTokensComeBack: event-based ones by resynchronization, time-based
// ones by time, and those in stock as they are.
func TestRestoredTokensComeBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		event, timed := w.assigned("E1", "HOTP"), w.assigned("T1", "TOTP")
		counted := w.owned("C1", func(p *pskc.KeyPackage) { ocra("OCRA-1:HOTP-SHA1-6:C-QN08")(p); p.Key.Counter = pskc.Some(1) })
		w.load(box{(&box{}).add("S1", "k", nil)})
		w.verify(event, hotp("E1", 0))
		w.verify(timed, totp("T1", w.clock.Now()))
		w.prove(counted)
		w.keep()
		w.restore(5)
		if got := w.verify(event, hotp("E1", 1)); got != authenticator.Wrong || !w.item("E1").Keys[0].ResyncFirst || w.item("C1").Keys[0].ResyncFirst || w.item("S1").Keys[0].ResyncFirst {
			t.Errorf("an event-based token before it was resynchronized: %q", got)
		}
		if !w.resync("E1", hotp("E1", 16), hotp("E1", 17)) {
			t.Fatal("it cannot be resynchronized")
		}
		if got := w.verify(event, hotp("E1", 18)); got != authenticator.Accepted {
			t.Errorf("after that: %q", got)
		}
		if got := w.verify(timed, totp("T1", w.clock.Now().Add(30*time.Second))); got != authenticator.Wrong {
			t.Errorf("a time-based token at once: %q", got)
		}
		w.clock.Advance(time.Duration(w.policy.Time.MaxDrift+1) * 30 * time.Second)
		if got := w.verify(timed, totp("T1", w.clock.Now())); got != authenticator.Accepted {
			t.Errorf("when max_drift has passed: %q", got)
		}
	})
}

// prove marks the customer's key as used.
func (w *world) prove(customer ident.ID) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE token_key SET proven = 1 WHERE device IN (SELECT id FROM device WHERE customer = $1)", customer)
		return err
	})
}
