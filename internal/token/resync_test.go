package token_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

func (w *world) resync(serial string, codes ...string) bool {
	w.t.Helper()
	done, err := w.tokens.Resync(w.t.Context(), by(), w.device(serial).ID, codes, w.policy)
	if err != nil {
		w.t.Fatal(err)
	}
	return done
}

func TestResyncEvents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("R1", "HOTP")
		for name, codes := range map[string][]string{
			"not consecutive": {hotp("R1", 500), hotp("R1", 502)},
			"turned round":    {hotp("R1", 501), hotp("R1", 500)},
			"beyond":          {hotp("R1", 2000), hotp("R1", 2001)},
			"one wrong":       {hotp("R1", 500), "000000"},
		} {
			if w.resync("R1", codes...) {
				t.Errorf("%s was accepted", name)
			}
		}
		if got := w.verify(c, hotp("R1", 0)); got != authenticator.Accepted {
			t.Fatalf("a refused resynchronization changed something: %q", got)
		}
		if !w.resync("R1", hotp("R1", 500), hotp("R1", 501), hotp("R1", 502)) {
			t.Fatal("three consecutive codes were refused")
		}
		for counter, want := range map[uint64]authenticator.Reason{501: authenticator.Wrong, 502: authenticator.Replayed} {
			if got := w.verify(c, hotp("R1", counter)); got != want {
				t.Errorf("a code of the resynchronization, %d: %q", counter, got)
			}
		}
		if w.resync("R1", hotp("R1", 500), hotp("R1", 501)) {
			t.Error("spent codes resynchronized it again")
		}
		if got := w.verify(c, hotp("R1", 503)); got != authenticator.Accepted {
			t.Errorf("the next code: %q", got)
		}
		if ok, no := w.count("journal WHERE kind = $1", token.AuditResynced), w.count("journal WHERE kind = $1", token.AuditResyncFail); ok != 1 || no != 5 {
			t.Errorf("%d records of success, %d of refusals", ok, no)
		}
	})
}

// TestResyncTime: within max_drift, and the token works afterwards.
func TestResyncTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("R2", "TOTP")
		if got := w.verify(c, totp("R2", w.clock.Now())); got != authenticator.Accepted {
			t.Fatal(got)
		}
		step := 30 * time.Second
		far := w.clock.Now().Add(time.Duration(w.policy.Time.MaxDrift+5) * step)
		if w.resync("R2", totp("R2", far), totp("R2", far.Add(step))) {
			t.Error("a drift beyond max_drift was learned; no code would be right afterwards")
		}
		off := w.clock.Now().Add(15 * step)
		if got := w.verify(c, totp("R2", off)); got != authenticator.Wrong {
			t.Fatalf("out of step: %q", got)
		}
		if !w.resync("R2", totp("R2", off), totp("R2", off.Add(step))) {
			t.Fatal("two consecutive codes were refused")
		}
		if got := w.verify(c, totp("R2", off.Add(step))); got == authenticator.Accepted {
			t.Error("a code of the resynchronization was accepted")
		}
		w.clock.Advance(5 * step)
		if got := w.verify(c, totp("R2", off.Add(6*step))); got != authenticator.Accepted {
			t.Errorf("afterwards: %q", got)
		}
	})
}

func TestResyncRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.assigned("R3", "HOTP")
		w.owned("R4", ocra(plainSuite))
		w.owned("R5", func(p *pskc.KeyPackage) { p.Key.Policy.Usage = pskc.UseUnlock })
		id := w.device("R3").ID
		for name, c := range map[string]struct {
			device ident.ID
			codes  []string
			code   string
		}{
			"one code":            {id, []string{"123456"}, "token.resync_codes"},
			"four codes":          {id, []string{"1234", "1234", "1234", "1234"}, "token.resync_codes"},
			"no code at all":      {id, []string{"123456", "12345a"}, "token.code_form"},
			"challenge-response":  {w.device("R4").ID, []string{"123456", "123456"}, "token.resync_ocra"},
			"no code key":         {w.device("R5").ID, []string{"123456", "123456"}, "token.no_key"},
			"a device of nowhere": {ident.Derive("nothing"), []string{"123456", "123456"}, "token.no_key"},
		} {
			if done, err := w.tokens.Resync(t.Context(), by(), c.device, c.codes, w.policy); done || !fault.Is(err, c.code) {
				t.Errorf("%s: %t, %v", name, done, err)
			}
		}
	})
}

// TestResyncRacesLogin: a code is spent by a resynchronization or by a login, and
// never by both.
func TestResyncRacesLogin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		c := w.assigned("R6", "HOTP")
		id := w.device("R6").ID
		for round := range uint64(8) {
			at := round * 4
			var spent atomic.Int32
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					if done, err := w.tokens.Resync(t.Context(), by(), id, []string{hotp("R6", at), hotp("R6", at+1)}, w.policy); err != nil {
						t.Error(err)
					} else if done {
						spent.Add(1)
					}
				})
				wg.Go(func() {
					reason, err := w.tryVerify(c, hotp("R6", at+1), authenticator.Challenge{})
					if err != nil {
						t.Error(err)
					} else if reason == authenticator.Accepted {
						spent.Add(1)
					}
				})
			}
			wg.Wait()
			if spent.Load() != 1 {
				t.Fatalf("round %d: spent %d times", round, spent.Load())
			}
		}
	})
}
