package token_test

import (
	"encoding/hex"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/token"
	"github.com/countersign-auth/countersign/pskc"
)

// resynced has staff resynchronize a token.
func (w *world) resynced(serial string, codes ...string) token.Resynced {
	w.t.Helper()
	out, err := w.upkeep().Resync(w.t.Context(), by(), sure{}, token.Resync{Target: w.target(serial), Codes: codes})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) resync(serial string, codes ...string) bool {
	w.t.Helper()
	return w.resynced(serial, codes...).Outcome == token.Synchronized
}

// hotps are consecutive codes.
func hotps(serial string, from uint64, n int) (codes []string) {
	for i := range n {
		codes = append(codes, hotp(serial, from+uint64(i)))
	}
	return codes
}

func TestResyncEvents(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		c := w.assigned("R1", "HOTP")
		for name, codes := range map[string][]string{
			"not consecutive": {hotp("R1", 500), hotp("R1", 502)},
			"turned round":    {hotp("R1", 501), hotp("R1", 500)},
			"beyond":          {hotp("R1", 2000), hotp("R1", 2001)},
			"one wrong":       {hotp("R1", 500), "000000"},
		} {
			if got := w.resynced("R1", codes...); got.Outcome != token.NoMatch {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if got := w.verify(c, hotp("R1", 0)); got != authenticator.Accepted {
			t.Fatalf("a refused resynchronization changed something: %q", got)
		}
		if got := w.resynced("R1", hotps("R1", 500, 3)...); got != (token.Resynced{Outcome: token.Synchronized, Moved: 502}) {
			t.Fatalf("three consecutive codes: %+v", got)
		}
		for counter, want := range map[uint64]authenticator.Reason{501: authenticator.Wrong, 502: authenticator.Replayed} {
			if got := w.verify(c, hotp("R1", counter)); got != want {
				t.Errorf("a code of the resynchronization, %d: %q", counter, got)
			}
		}
		for name, codes := range map[string][]string{"spent codes": hotps("R1", 500, 2), "a spent code and a fresh one": hotps("R1", 502, 2)} {
			if w.resync("R1", codes...) {
				t.Errorf("%s resynchronized it again", name)
			}
		}
		if got := w.verify(c, hotp("R1", 503)); got != authenticator.Accepted {
			t.Errorf("the next code: %q", got)
		}
		if ok, no := w.count("journal WHERE kind = $1", token.AuditResynced), w.count("journal WHERE kind = $1", token.AuditResyncFail); ok != 1 || no != 6 {
			t.Errorf("%d records of success, %d of refusals", ok, no)
		}
	})
}

// TestResyncTime: both ways within max_drift, and the token works afterwards.
func TestResyncTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const step = 30 * time.Second
		for serial, off := range map[string]time.Duration{"A1": 15 * step, "B1": -15 * step} {
			c := w.assigned(serial, "TOTP")
			if got := w.verify(c, totp(serial, w.clock.Now())); got != authenticator.Accepted {
				t.Fatal(got)
			}
			w.clock.Advance(20 * step) // a clock that went back gives codes of steps that are spent until then
			far := w.clock.Now().Add(time.Duration(w.policy.Time.MaxDrift+5) * step)
			if w.resync(serial, totp(serial, far), totp(serial, far.Add(step))) {
				t.Error("a drift beyond max_drift was learned; no code would be right afterwards")
			}
			at := w.clock.Now().Add(off)
			if got := w.verify(c, totp(serial, at)); got != authenticator.Wrong {
				t.Fatalf("out of step: %q", got)
			}
			got := w.resynced(serial, totp(serial, at.Add(-step)), totp(serial, at))
			if got != (token.Resynced{Outcome: token.Synchronized, Drift: off}) {
				t.Fatalf("two consecutive codes: %+v", got)
			}
			for _, spent := range []time.Time{at.Add(-step), at} {
				if got := w.verify(c, totp(serial, spent)); got == authenticator.Accepted {
					t.Error("a code of the resynchronization was accepted")
				}
			}
			w.clock.Advance(5 * step)
			if got := w.verify(c, totp(serial, w.clock.Now().Add(off))); got != authenticator.Accepted {
				t.Errorf("afterwards: %q", got)
			}
		}
	})
}

// TestNumberOfCodes: the policy says how many, for customers and for the help desk.
func TestNumberOfCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		w.assigned("N1", "HOTP")
		next := uint64(100)
		for _, c := range []struct {
			self, desk, given int
			by                audit.Actor
			ok                bool
		}{
			{2, 1, 0, by(), false},
			{2, 1, 1, by(), true},
			{2, 1, 2, by(), true},
			{2, 1, 3, by(), true},
			{2, 1, 4, by(), false},
			{2, 2, 1, by(), false},
			{2, 3, 2, by(), false},
			{2, 3, 3, by(), true},
			{2, 1, 1, audit.Customer(w.target("N1").Customer), false},
			{2, 3, 2, audit.Customer(w.target("N1").Customer), true},
			{3, 1, 2, audit.Customer(w.target("N1").Customer), false},
			{3, 1, 3, audit.Customer(w.target("N1").Customer), true},
		} {
			w.policy.Resync.SelfService, w.policy.Resync.HelpDesk = c.self, c.desk
			out, err := w.upkeep().Resync(t.Context(), c.by, sure{}, token.Resync{Target: w.target("N1"), Codes: hotps("N1", next, c.given)})
			if c.ok && (err != nil || out.Outcome != token.Synchronized) || !c.ok && !fault.Is(err, "token.resync_codes") {
				t.Errorf("%+v: %+v, %v", c, out, err)
			}
			next += 10
		}
	})
}

// TestResyncRefuses: what cannot be resynchronized is said, and counts nothing.
func TestResyncRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		owner := w.assigned("R3", "HOTP")
		w.owned("R4", ocra(plainSuite))
		w.owned("R5", func(p *pskc.KeyPackage) { p.Key.Policy.Usage = pskc.UseUnlock })
		w.owned("R6", ocra("OCRA-1:HOTP-SHA1-6:C-QN08"))
		w.assigned("R7", "HOTP")
		w.csv("R8," + hex.EncodeToString(key("R8")) + ",HOTP")
		w.owned("R9", func(p *pskc.KeyPackage) { p.Device.ExpiryDate = w.clock.Now().Add(time.Minute) })
		w.clock.Advance(time.Hour)
		w.status("R7", device.Suspended)
		for name, c := range map[string]struct {
			r    token.Resync
			code string
		}{
			"no code":               {token.Resync{Target: w.target("R3")}, "token.resync_codes"},
			"four codes":            {token.Resync{Target: w.target("R3"), Codes: []string{"1234", "1234", "1234", "1234"}}, "token.resync_codes"},
			"no code at all":        {token.Resync{Target: w.target("R3"), Codes: []string{"123456", "12345a"}}, "token.code_form"},
			"a code with its PIN":   {token.Resync{Target: w.target("R3"), Codes: []string{"1234123456"}}, "token.resync_length"},
			"challenges":            {token.Resync{Target: w.target("R3"), Codes: []string{"123456"}, Challenges: []ident.ID{{1}}}, "token.resync_challenge"},
			"another policy":        {token.Resync{Target: w.target("R3"), Policy: "sms", Codes: []string{"123456"}}, "token.policy"},
			"challenge-response":    {token.Resync{Target: w.target("R4"), Codes: []string{"123456", "123456"}}, "token.resync_nothing"},
			"no code key":           {token.Resync{Target: w.target("R5"), Codes: []string{"123456"}}, "token.no_key"},
			"without challenge":     {token.Resync{Target: w.target("R6"), Codes: []string{"123456"}}, "token.resync_challenge"},
			"an unknown challenge":  {token.Resync{Target: w.target("R6"), Codes: []string{"123456"}, Challenges: []ident.ID{{1}}}, "token.resync_challenge"},
			"one challenge twice":   {token.Resync{Target: w.target("R6"), Codes: []string{"123456", "123456"}, Challenges: []ident.ID{{1}, {1}}}, "token.resync_challenge"},
			"a suspended token":     {token.Resync{Target: w.target("R7"), Codes: []string{"123456"}}, "token.state"},
			"one past its life":     {token.Resync{Target: w.target("R9"), Codes: []string{"123456"}}, "token.expired"},
			"somebody else's":       {token.Resync{Target: token.Target{Device: w.device("R4").ID, Customer: owner}, Codes: []string{"123456"}}, "token.not_theirs"},
			"one taken for stock":   {token.Resync{Target: token.Target{Device: w.device("R4").ID}, Codes: []string{"123456"}}, "token.not_theirs"},
			"one in stock for hers": {token.Resync{Target: token.Target{Device: w.device("R8").ID, Customer: owner}, Codes: []string{"123456"}}, "token.not_theirs"},
			"a device of nowhere":   {token.Resync{Target: token.Target{Device: ident.Derive("nothing")}, Codes: []string{"123456"}}, "token.unknown"},
		} {
			if out, err := w.upkeep().Resync(t.Context(), by(), sure{}, c.r); !fault.Is(err, c.code) || out != (token.Resynced{}) {
				t.Errorf("%s: %+v, %v", name, out, err)
			}
		}
		if n := w.count("token_attempt") + w.count("journal WHERE kind = $1", token.AuditResyncFail) + w.authenticator(owner).Failures.Count; n != 0 {
			t.Errorf("%d were counted", n)
		}
		// A token in stock is nobody's, and works all the same.
		if !w.resync("R8", hotps("R8", 300, 2)...) {
			t.Error("a token in stock")
		}
	})
}

// TestResyncAndTheFailureCounter: a failed one counts as a failure, a right one
// opens what was blocked.
func TestResyncAndTheFailureCounter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("L1", "HOTP")
		w.verify(c, hotp("L1", 0))
		for i := range w.policy.Failures.Max - 1 {
			if w.resync("L1", "123456") {
				t.Fatal("a guess was right")
			}
			if got := w.authenticator(c).Failures.Count; got != i+1 {
				t.Fatalf("after %d failed ones the counter is %d", i+1, got)
			}
		}
		if got := w.verify(c, hotp("L1", 300)); got != authenticator.Wrong {
			t.Fatal(got)
		}
		if a := w.authenticator(c); !a.Failures.Blocked(w.clock.Now()) {
			t.Fatalf("not blocked: %+v", a)
		}
		if got := w.verify(c, hotp("L1", 1)); got != authenticator.Blocked {
			t.Fatal(got)
		}
		if got := w.resynced("L1", hotp("L1", 301)); got.Outcome != token.Synchronized || !got.Unblocked {
			t.Fatalf("%+v", got)
		}
		if a := w.authenticator(c); a.Failures.Count != 0 || a.Failures.Blocks != 0 || a.Failures.Blocked(w.clock.Now()) {
			t.Errorf("still blocked: %+v", a)
		}
		if got := w.verify(c, hotp("L1", 302)); got != authenticator.Accepted {
			t.Errorf("the next code: %q", got)
		}
	})
}

// TestResyncIsLimited: also while the failure counter is blocked and counts
// nothing, guesses end; and a right code of the token forgets them.
func TestResyncIsLimited(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.assigned("L2", "HOTP")
		w.verify(c, hotp("L2", 0))
		limit := func(codes ...string) error {
			_, err := w.upkeep().Resync(t.Context(), by(), sure{}, token.Resync{Target: w.target("L2"), Codes: codes})
			return err
		}
		for range w.policy.Failures.Max {
			if err := limit("123456"); err != nil {
				t.Fatal(err)
			}
		}
		err := limit(hotp("L2", 50))
		if !fault.Is(err, "token.resync_limit") || fault.From(err).RetryAfter != w.policy.Failures.CoolDown {
			t.Fatalf("the right code after too many wrong ones: %v", err)
		}
		if got := w.item("L2").Keys[0].Next; got != 1 {
			t.Fatalf("the counter is %d", got)
		}
		w.loosen()
		if got := w.verify(c, hotp("L2", 1)); got != authenticator.Accepted {
			t.Fatal(got)
		}
		w.clock.Advance(time.Second)
		if got := w.verify(c, hotp("L2", 2)); got != authenticator.Accepted {
			t.Fatal(got)
		}
		if err := limit(hotp("L2", 50)); err != nil {
			t.Errorf("after a right code of the token: %v", err)
		}
	})
}

// TestAmbiguousCodes: one code that stands at two places of the window does not
// synchronize, costs no failure, and does with the next one after it.
func TestAmbiguousCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Events.Resync = 20000
		c := w.assigned("AM", "HOTP")
		first, second := twice(t, "AM", 20000)
		got := w.resynced("AM", hotp("AM", second))
		if got != (token.Resynced{Outcome: token.Ambiguous}) {
			t.Fatalf("the code of %d and %d: %+v", first, second, got)
		}
		if k := w.item("AM").Keys[0]; k.Next != 0 || w.authenticator(c).Failures.Count != 0 {
			t.Errorf("it changed something: %+v", k)
		}
		if !w.resync("AM", hotps("AM", second, 2)...) || w.item("AM").Keys[0].Next != int64(second+2) {
			t.Errorf("with the next code: %+v", w.item("AM").Keys[0])
		}
	})
}

// twice finds two counters below n with one code.
func twice(t *testing.T, serial string, n uint64) (first, second uint64) {
	t.Helper()
	at := map[string]uint64{}
	for c := range n {
		code := hotp(serial, c)
		if before, there := at[code]; there {
			return before, c
		}
		at[code] = c
	}
	t.Fatal("no code comes twice: choose another seed")
	return 0, 0
}

// TestResyncRacesLogin: a code is spent by a resynchronization or by a login, and
// never by both.
func TestResyncRacesLogin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.policy.Failures.Max = 100
		c := w.assigned("R6", "HOTP")
		target := w.target("R6")
		for round := range uint64(8) {
			at := round * 4
			var spent, first atomic.Int32
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					out, err := w.upkeep().Resync(t.Context(), by(), sure{}, token.Resync{Target: target, Codes: hotps("R6", at, 2)})
					if err != nil {
						t.Error(err)
					} else if out.Outcome == token.Synchronized {
						spent.Add(1)
						first.Add(1)
					}
				})
				wg.Go(func() {
					if reason, err := w.tryVerify(c, hotp("R6", at+1), authenticator.Challenge{}); err != nil {
						t.Error(err)
					} else if reason == authenticator.Accepted {
						spent.Add(1)
					}
				})
				wg.Go(func() { // the first of the two codes is no less spent
					if reason, err := w.tryVerify(c, hotp("R6", at), authenticator.Challenge{}); err != nil {
						t.Error(err)
					} else if reason == authenticator.Accepted {
						first.Add(1)
					}
				})
			}
			wg.Wait()
			if spent.Load() != 1 || first.Load() > 1 {
				t.Fatalf("round %d: the second code was spent %d times, the first %d times", round, spent.Load(), first.Load())
			}
			w.loosen()
		}
	})
}

// TestOneClockInAToken: what a key shows of the clock, the others learn.
func TestOneClockInAToken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var b box
		timed := func(step int64) func(*pskc.KeyPackage) {
			return func(p *pskc.KeyPackage) {
				p.Key.Algorithm, p.Key.Profile, p.Key.Interval, p.Key.Counter = pskc.AlgorithmTOTP, pskc.ProfileTOTP, pskc.Some(step), pskc.Int{}
			}
		}
		b.add("CK", "code", timed(30))
		b.add("CK", "sign", func(p *pskc.KeyPackage) { timed(60)(p); p.Key.Policy.Usage = pskc.UseIntegrity })
		b.add("CK", "events", func(p *pskc.KeyPackage) { p.Key.Policy.Usage = pskc.UseIntegrity })
		w.load(b)
		w.assign("CK", ident.Derive("customer", "CK"))
		at := w.clock.Now().Add(10 * time.Minute)
		if !w.resync("CK", totp("CK", at)) {
			t.Fatal("refused")
		}
		drifts := map[string]int{}
		for _, k := range w.item("CK").Keys {
			drifts[k.KeyID] = k.Drift
		}
		if d := cmp.Diff(map[string]int{"code": 20, "sign": 10, "events": 0}, drifts); d != "" {
			t.Error(d)
		}
	})
}

// TestResyncLeavesNoCodes: the audit log tells who, what and why, and no code.
func TestResyncLeavesNoCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.assigned("AU", "HOTP")
		codes := hotps("AU", 70, 2)
		w.resync("AU", codes...)
		w.resync("AU", codes...)
		for kind, want := range map[string][]string{
			token.AuditResynced:   {`"identification":"sure"`, `"codes":2`, `"moved":72`, `"unblocked":false`},
			token.AuditResyncFail: {`"identification":"sure"`, `"reason":"no_match"`},
		} {
			details := w.details(kind)
			for _, part := range want {
				if !strings.Contains(details, part) {
					t.Errorf("%s: %s has no %s", kind, details, part)
				}
			}
			if strings.Contains(details, codes[0]) || strings.Contains(details, codes[1]) {
				t.Errorf("%s: %s has a code", kind, details)
			}
		}
	})
}

// details returns the details of the one audit record of a kind.
func (w *world) details(kind string) (s string) {
	w.t.Helper()
	n := 0
	w.write(func(tx *db.Tx) error {
		return tx.Each("SELECT details FROM journal WHERE kind = $1", []any{kind}, func(r db.Row) error {
			var b []byte
			n++
			err := r.Scan(&b)
			s = string(b)
			return err
		})
	})
	if n != 1 {
		w.t.Errorf("%d records of %s", n, kind)
	}
	return s
}

// status puts a device into a state.
func (w *world) status(serial string, s device.Status) {
	w.t.Helper()
	w.write(func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE device SET status = $2 WHERE serial = $1", serial, string(s))
		return err
	})
}
