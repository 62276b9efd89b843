package hub_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/hub"
)

// warning are rules with a counter that warns soon: two failures, and the second
// block in a row is permanent.
const warning = `
policies:
  - {code: secure-code, name: Soon, method: token, failures: {max: 2, cool_down: 15m, max_blocks: 2}, events: {window: 10, first_use: 10, resync: 100}, time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}, challenge: {length: 8, ttl: 3m, max: 8}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, steps: [[secure-code]]}
models:
  - {code: plain, name: Button, manufacturer: oath.PLAIN, policies: [secure-code]}
registration: {code_length: 16, code_valid: 168h, max_extend: 3, attempts: {max: 5, cool_down: 15m, max_blocks: 4}, resume: 30m, token_tries: {max: 5, cool_down: 15m, max_blocks: 2}, pin_length: 4}
`

// TestTheBankIsWarned: a refused proof says how many are left, and whether the
// next block is one that the help desk must end (RTS Art. 4(4)).
func TestTheBankIsWarned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.activate(warning)
		w.customer("100", "PLAIN")
		for _, c := range []struct {
			when      string
			wait      time.Duration
			reason    authenticator.Reason
			left      int
			permanent bool
		}{
			{"the first", 0, authenticator.Wrong, 1, false},
			{"the second blocks", 0, authenticator.Wrong, 0, true},
			{"during the block", 0, authenticator.Blocked, 0, true},
			{"after it", 15 * time.Minute, authenticator.Wrong, 1, true},
			{"the last", 0, authenticator.Wrong, 0, true},
			{"for good", time.Hour, authenticator.Held, 0, true},
		} {
			w.clock.Advance(c.wait)
			in := hub.Start{CustomerNumber: "100", Key: c.when, Proof: &hub.Proof{Code: wrong("PLAIN100")}}
			got := w.must(w.start(in))
			if want := (authenticator.Outlook{Left: c.left, Permanent: c.permanent}); got.Outlook != want || got.Reason != c.reason || got.Accepted {
				t.Errorf("%s: %q and %+v; want %q and %+v", c.when, got.Reason, got.Outlook, c.reason, want)
			}
			if d := cmp.Diff(got, w.get(got.Handle)); d != "" {
				t.Errorf("%s, looked at again: %s", c.when, d)
			}
		}
	})
}

// TestARepeatIsWarnedAlike: what a proof was told stays its answer, also when the
// counter has moved since.
func TestARepeatIsWarnedAlike(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.activate(warning)
		w.customer("100", "PLAIN")
		in := hub.Start{CustomerNumber: "100", Key: "once", Proof: &hub.Proof{Code: wrong("PLAIN100")}}
		first := w.must(w.start(in))
		w.must(w.start(hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: wrong("PLAIN100")}}))
		if d := cmp.Diff(first, w.must(w.start(in))); d != "" || first.Outlook.Left != 1 {
			t.Errorf("%d left at first; then: %s", first.Outlook.Left, d)
		}
	})
}

// TestNobodyIsWarnedToo: who cannot be counted gets the same fields, and nothing
// is made up for them.
func TestNobodyIsWarnedToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.activate(warning)
		for range 3 {
			got := w.must(w.start(hub.Start{CustomerNumber: "nobody", Proof: &hub.Proof{Code: "123456"}}))
			if got.Reason != authenticator.None || got.Outlook != (authenticator.Outlook{}) {
				t.Errorf("%q and %+v", got.Reason, got.Outlook)
			}
		}
	})
}
