package token_test

import (
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
)

// TestSpentCodesDoNotResynchronize: after a restore, two codes that were spent since
// the backup, and what was not spent but cannot be told from it, bring no token
// back; codes beyond do, with the help desk and two of them.
func TestSpentCodesDoNotResynchronize(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		c := w.assigned("SR", "HOTP")
		w.verify(c, hotp("SR", 9))
		w.keep()
		for n := uint64(10); n < 15; n++ {
			if got := w.verify(c, hotp("SR", n)); got != authenticator.Accepted {
				t.Fatal(got)
			}
		}
		const spent = 8
		w.restore(spent) // in the backup 10 was next, 19 in the window: 10…26 may have been used, and 27 is the first that moves on
		for from, skip := range map[uint64]int64{10: 16, 13: 13, 15: 11, 26: 0, 27: 0} {
			if got := w.resynced("SR", hotps("SR", from, 2)...); got != (token.Resynced{Outcome: token.TooEarly, Skip: skip}) {
				t.Errorf("the codes %d and %d: %+v", from, from+1, got)
			}
		}
		if got := w.resynced("SR", hotps("SR", 8, 2)...); got.Outcome != token.NoMatch {
			t.Errorf("codes from before the backup: %+v", got)
		}
		for name, r := range map[string]struct {
			by    audit.Actor
			codes []string
			code  string
		}{
			"one code":   {by(), hotps("SR", 28, 1), "token.resync_codes"},
			"a customer": {audit.Customer(c), hotps("SR", 28, 2), "token.resync_help_desk"},
		} {
			if _, err := w.upkeep().Resync(t.Context(), r.by, sure{}, token.Resync{Target: w.target("SR"), Codes: r.codes}); !fault.Is(err, r.code) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := w.authenticator(c).Failures.Count; n != 1 { // the codes from before the backup
			t.Errorf("%d failures", n)
		}
		w.policy.Resync.Counter = true
		if _, err := w.reads("SR", new(int64(27)), time.Time{}); !fault.Is(err, "token.counter_down") {
			t.Errorf("a counter that may have been used: %v", err)
		}
		if !w.resync("SR", hotps("SR", 28, 2)...) {
			t.Fatal("codes beyond all that were spent")
		}
		if k := w.item("SR").Keys[0]; k.ResyncFirst || k.Next != 30 {
			t.Errorf("%+v", k)
		}
		// It is a token like any other again.
		if !w.resync("SR", hotp("SR", 60)) {
			t.Error("one code, later")
		}
	})
}

// TestTokensAheadOfTheBackup: a token may have shown codes before the backup that
// nobody entered, so that those of today are beyond the backup's counter and the
// number of codes that it gave since. None of them resynchronizes it.
func TestTokensAheadOfTheBackup(t *testing.T) {
	const spent = 3
	for name, c := range map[string]struct {
		ahead, more int  // codes shown before the backup, and those that the operator counts as well
		unproven    bool // in the backup
		resync      bool // by the codes that were spent
	}{
		"in the window":                     {ahead: 9},
		"in the window of first use":        {ahead: 99, unproven: true},
		"out of step, resynchronized since": {ahead: 300, more: 290, resync: true},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				w.policy.Resync.Counter = true
				customer := w.assigned("AH", "HOTP")
				w.logins(customer, "AH", 0, 1)
				if c.unproven {
					if _, err := w.reads("AH", new(int64(1)), time.Time{}); err != nil {
						t.Fatal(err)
					}
				}
				w.keep()
				first := uint64(1 + c.ahead)
				if !c.resync {
					w.logins(customer, "AH", first, spent)
				} else if !w.resync("AH", hotps("AH", first, spent)...) {
					t.Fatal("not resynchronized")
				}
				w.restore(spent + c.more)
				if got := w.resynced("AH", hotps("AH", first+spent-2, 2)...); got.Outcome != token.TooEarly {
					t.Errorf("the last two codes that were spent: %+v", got)
				}
				if !w.resync("AH", hotps("AH", first+spent+1, 2)...) {
					t.Error("two codes after one more")
				}
			})
		})
	}
}

// logins uses n codes.
func (w *world) logins(customer ident.ID, serial string, first uint64, n int) {
	w.t.Helper()
	for i := range uint64(n) {
		if got := w.verify(customer, hotp(serial, first+i)); got != authenticator.Accepted {
			w.t.Fatalf("the code %d: %q", first+i, got)
		}
	}
}

// TestRestoredByHand: a counter read off the token, beyond what may have been used,
// brings it back as well; and one that is in use and unproven is not forgotten.
func TestRestoredByHand(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Resync.Counter = true
		c := w.assigned("SH", "HOTP")
		w.verify(c, hotp("SH", 0))
		for range 2 { // restored twice: the moves add up
			if _, err := w.reads("SH", new(w.item("SH").Keys[0].Next+1), time.Time{}); err != nil {
				t.Fatal(err)
			}
			before := w.item("SH").Keys[0]
			if before.Proven {
				t.Fatal("proven")
			}
			w.keep()
			w.restore(5)
			if k := w.item("SH").Keys[0]; !k.ResyncFirst || k.Next != before.Next+5+int64(w.policy.Events.FirstUse) {
				t.Errorf("an unproven token that was in use: %+v", k)
			}
		}
		next := w.item("SH").Keys[0].Next
		if _, err := w.reads("SH", &next, time.Time{}); err != nil {
			t.Fatal(err)
		}
		if got := w.verify(c, hotp("SH", uint64(next))); got != authenticator.Accepted {
			t.Error(got)
		}
		if n := w.count("token_restored"); n != 0 {
			t.Errorf("%d keys count as restored", n)
		}
	})
}
