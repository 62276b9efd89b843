package hub_test

import (
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/argon"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/password"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// alone is a login by a password alone, with a token where risk asks for more.
var alone = strings.Replace(judged, "models:", `  - {purpose: login, channel: app, ttl: 10m, steps: [[password]], risk: {on: true, step_up: [secure-code]}}
  - {purpose: login, channel: kiosk, ttl: 10m, steps: [[password]]}
models:`, 1)

// TestReplacedIsAStepUp is F-6.6.12: after an expired password was replaced, the new one is
// not enough, even where risk allows a login with a password alone; the next login is as
// before. Where the engine is not asked, the journey is as the bank wrote it.
func TestReplacedIsAStepUp(t *testing.T) {
	const own = `
  - {code: password, name: Password, method: password, secret: {max_age: 24h, history: 2, strength: 1}, failures: {max: 100, cool_down: 15m, max_blocks: 10}}
`
	rules := strings.Replace(alone, "\njourneys:", own+"journeys:", 1)
	each(t, func(t *testing.T, w *world) {
		w.activate(rules)
		ring := keyringtest.Open(t, w.d)
		passwords := password.New(w.d, ring, argon.New(argon.Options{Params: argon.Params{Memory: 64, Time: 1, Threads: 1}, Rand: rand.Reader, Waiting: 1000})).Knowing(w.customers.Words)
		w.hub = hub.New(hub.Config{
			DB: w.d, Ring: ring, Policies: w.policies, Rand: rand.Reader,
			Risk:    &risk.Desk{DB: w.d, Ring: ring, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Preset: &oracle{decision: score.Allow}},
			Methods: map[policy.Method]authenticator.Method{policy.MethodToken: w.tokens, policy.MethodPassword: passwords},
		})
		c := w.customer("100", "PLAIN")
		w.know(passwords, c.ID, staple)
		at := uint64(0)
		for range 3 { // until the engine knows them
			out := w.must(w.start(hub.Start{CustomerNumber: "100", Channel: "app", Risk: home(0), Proof: &hub.Proof{Policy: "password", Code: staple}}))
			if out.State == hub.Open {
				out = w.must(w.step(out.Handle, hub.Proof{Code: code("PLAIN100", at)}))
				at++
			}
			if out.State != hub.Granted {
				t.Fatalf("a login: %+v", out)
			}
		}
		login := func(channel, secret string) hub.Outcome {
			return w.must(w.start(hub.Start{CustomerNumber: "100", Channel: channel, Risk: home(0), Proof: &hub.Proof{Policy: "password", Code: secret}}))
		}
		if got := login("app", staple); got.State != hub.Granted || got.Risk != score.Allow {
			t.Fatalf("a known customer: %+v", got)
		}

		w.clock.Advance(24 * time.Hour)
		out := login("app", staple)
		if out.Replace != "password" {
			t.Fatalf("expired: %+v", out)
		}
		if got, bad, err := w.replace(out.Handle, hub.Replacement{Secret: lumber}); err != nil || len(bad) > 0 || !got.Replaced || got.Risk != score.StepUp || got.Steps != 2 {
			t.Fatalf("replaced: %+v, %v, %v", got, bad, err)
		}
		got := w.must(w.step(out.Handle, hub.Proof{Code: lumber}))
		if got.State != hub.Open || !got.Accepted || !slices.Equal(got.Policies, []string{"secure-code"}) {
			t.Fatalf("the new one alone: %+v", got)
		}
		if got = w.must(w.step(out.Handle, hub.Proof{Code: code("PLAIN100", at)})); got.State != hub.Granted {
			t.Errorf("with a code: %+v", got)
		}
		if got := login("app", lumber); got.State != hub.Granted || got.Risk != score.Allow {
			t.Errorf("the next login: %+v", got)
		}

		w.clock.Advance(24 * time.Hour)
		out = login("kiosk", lumber)
		if got, bad, err := w.replace(out.Handle, hub.Replacement{Secret: fresco}); err != nil || len(bad) > 0 || got.Risk != "" {
			t.Fatalf("replaced where risk is not asked: %+v, %v, %v", got, bad, err)
		}
		if got := w.must(w.step(out.Handle, hub.Proof{Code: fresco})); got.State != hub.Granted {
			t.Errorf("where risk is not asked: %+v", got)
		}
	})
}
