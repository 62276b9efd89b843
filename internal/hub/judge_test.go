package hub_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/keyring/keyringtest"
	"github.com/countersign-auth/countersign/internal/policy"
	"github.com/countersign-auth/countersign/internal/risk"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// judged is rules of which the login asks the risk engine.
const judged = `
policies:
  - {code: secure-code, name: First, method: token, failures: {max: 100, cool_down: 15m, max_blocks: 10}, events: {window: 10, first_use: 10, resync: 100}, time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}, challenge: {length: 8, ttl: 3m, max: 8}}
  - {code: second, name: Second, method: token, failures: {max: 100, cool_down: 15m, max_blocks: 10}, events: {window: 10, first_use: 10, resync: 100}, time: {skew: 1, first_use: 20, resync: 120, max_drift: 20}, challenge: {length: 8, ttl: 3m, max: 8}}
journeys:
  - {purpose: login, channel: web, ttl: 10m, steps: [[secure-code]], risk: {on: true, step_up: [second]}}
  - {purpose: login, channel: branch, ttl: 10m, steps: [[secure-code]], risk: {on: true}}
  - {purpose: login, channel: mobile, ttl: 10m, steps: [[secure-code]]}
models:
  - {code: plain, name: Button, manufacturer: oath.PLAIN, policies: [secure-code, second]}
registration: {code_length: 16, code_valid: 168h, max_extend: 3, attempts: {max: 5, cool_down: 15m, max_blocks: 4}, resume: 30m, token_tries: {max: 5, cool_down: 15m, max_blocks: 2}, pin_length: 4}
`

// oracle are rules that say what a test wants.
type oracle struct{ decision score.Decision }

func (o *oracle) Settings() score.Settings {
	return score.Settings{Base: -3500, Thresholds: score.Thresholds{StepUp: 998, Block: 999, Channel: 1000}}
}

func (o *oracle) Evaluate(*score.Facts) score.Verdict {
	return score.Verdict{Demands: []score.Demand{{Code: "oracle", Decision: o.decision}}}
}

// asking gives a world whose logins are judged, and what it is judged by.
func asking(t *testing.T, w *world, change func(*hub.Config)) (*risk.Desk, *oracle) {
	t.Helper()
	w.activate(judged)
	o := &oracle{decision: score.Allow}
	ring := keyringtest.Open(t, w.d)
	desk := &risk.Desk{DB: w.d, Ring: ring, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Preset: o}
	c := hub.Config{
		DB: w.d, Ring: ring, Policies: w.policies, Rand: rand.Reader, Risk: desk, Untold: func(_ context.Context, err error) { t.Error(err) },
		Methods: map[policy.Method]authenticator.Method{policy.MethodToken: w.tokens},
	}
	if change != nil {
		change(&c)
	}
	w.hub = hub.New(c)
	return desk, o
}

// known lets a customer log in until the engine knows them: a new customer is stepped up.
func (w *world) known(number, serial string, from int) (next int) {
	w.t.Helper()
	for i := range 3 {
		out := w.must(w.start(hub.Start{CustomerNumber: number, Proof: &hub.Proof{Code: code(serial, uint64(from))}, Risk: home(i)}))
		from++
		if out.State == hub.Open {
			out = w.must(w.step(out.Handle, hub.Proof{Code: code(serial, uint64(from))}))
			from++
		}
		if out.State != hub.Granted {
			w.t.Fatalf("login %d: %+v", i, out)
		}
	}
	return from
}

func home(int) hub.Circumstances {
	return hub.Circumstances{Address: "192.0.2.10", Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0", Tag: "tag"}
}

// TestRiskDecides: allow needs the journey's steps, step-up one more, block ends it; and
// the engine learns how it ended.
func TestRiskDecides(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		desk, o := asking(t, w, nil)
		c := w.customer("100", "PLAIN")
		at := w.known("100", "PLAIN100", 0)
		proof := func() *hub.Proof {
			at++
			return &hub.Proof{Code: code("PLAIN100", uint64(at-1))}
		}
		state := func(out hub.Outcome) risk.State {
			e, err := desk.Find(t.Context(), c.ID, out.Event)
			if err != nil {
				t.Fatal(err)
			}
			return e.State
		}
		one := w.must(w.start(hub.Start{CustomerNumber: "100", Proof: proof(), Risk: home(0)}))
		if one.State != hub.Granted || one.Risk != score.Allow || one.Steps != 1 || state(one) != risk.Completed {
			t.Errorf("allowed: %+v, %s", one, state(one))
		}

		o.decision = score.StepUp
		two := w.must(w.start(hub.Start{CustomerNumber: "100", Proof: proof(), Risk: home(0)}))
		if two.State != hub.Open || two.Risk != score.StepUp || two.Step != 2 || two.Steps != 2 || !slices.Equal(two.Policies, []string{"second"}) || state(two) != risk.Created {
			t.Errorf("stepped up: %+v", two)
		}
		same := hub.Start{CustomerNumber: "100", Key: "stepped", Proof: proof(), Risk: home(0)}
		up := w.must(w.start(same))
		if again := w.must(w.start(same)); up.State != hub.Open || cmp.Diff(up, again) != "" {
			t.Errorf("stepped up, and the same request again: %s", cmp.Diff(up, again))
		}
		if got := w.must(w.step(two.Handle, *proof())); got.State != hub.Granted || state(got) != risk.Completed {
			t.Errorf("stepped up and shown: %+v", got)
		}
		alone := w.must(w.start(hub.Start{CustomerNumber: "100", Channel: "branch", Proof: proof(), Risk: home(0)}))
		if alone.State != hub.Denied || alone.Reason != hub.NoSCA || state(alone) != risk.Rejected {
			t.Errorf("stepped up, and one factor is all there is: %+v", alone)
		}

		o.decision = score.Block
		spent := at
		shut := w.must(w.start(hub.Start{CustomerNumber: "100", Key: "shut", Proof: proof(), Risk: home(0)}))
		if shut.State != hub.Denied || shut.Reason != hub.Blocked || shut.Accepted || state(shut) != risk.Rejected {
			t.Errorf("blocked: %+v", shut)
		}
		o.decision = score.Allow
		at = spent // the code was not looked at
		if again := w.must(w.start(hub.Start{CustomerNumber: "100", Key: "shut", Proof: proof(), Risk: home(0)})); cmp.Diff(shut, again) != "" {
			t.Errorf("the same request again: %s", cmp.Diff(shut, again))
		}
		at = spent
		if fresh := w.must(w.start(hub.Start{CustomerNumber: "100", Proof: proof(), Risk: home(0)})); fresh.State != hub.Granted {
			t.Errorf("the code of a blocked start in a new one: %+v", fresh)
		}
	})
}

// TestRiskIsAskedAfterEachProof: what the engine learns meanwhile counts before the end, and
// only to be stricter.
func TestRiskIsAskedAfterEachProof(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, o := asking(t, w, nil)
		w.customer("100", "PLAIN")
		at := uint64(w.known("100", "PLAIN100", 0))
		for _, c := range []struct {
			first, then score.Decision
			state       hub.State
			risk        score.Decision
		}{
			{score.Allow, score.Allow, hub.Granted, score.Allow},
			{score.Allow, score.StepUp, hub.Open, score.StepUp},
			{score.Allow, score.Block, hub.Denied, score.Block},
			{score.StepUp, score.Allow, hub.Open, score.StepUp},
			{score.StepUp, score.Block, hub.Denied, score.Block},
		} {
			o.decision = c.first
			out := w.must(w.start(hub.Start{CustomerNumber: "100", Risk: home(0)}))
			o.decision = c.then
			got := w.must(w.step(out.Handle, hub.Proof{Code: code("PLAIN100", at)}))
			at++
			if !got.Accepted || got.State != c.state || got.Risk != c.risk {
				t.Errorf("%s, then %s: %+v", c.first, c.then, got)
			}
			if look, err := w.hub.Get(t.Context(), by(), got.Handle); err != nil || look.Risk != c.risk || look.State != c.state || !slices.Equal(look.Policies, got.Policies) {
				t.Errorf("%s, then %s, looked at: %+v, %v", c.first, c.then, look, err)
			}
		}
	})
}

// deaf is an engine that fails.
type deaf struct{ *risk.Desk }

func (deaf) Session(context.Context, audit.Actor, risk.Call) (risk.Assessment, error) {
	return risk.Assessment{}, errors.New("the engine is away")
}

func (deaf) Again(context.Context, audit.Actor, ident.ID, ident.ID) (risk.Assessment, error) {
	return risk.Assessment{}, errors.New("the engine is away")
}

// TestNoEngineIsAStepUp: without an engine, with one that fails, and for an authentication
// that began before its journey asked, more is needed, never less (SCA-76).
func TestNoEngineIsAStepUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		at := uint64(0)
		for name, change := range map[string]func(*hub.Config){
			"none":  func(c *hub.Config) { c.Risk = nil },
			"fails": func(c *hub.Config) { c.Risk = deaf{c.Risk.(*risk.Desk)} },
		} {
			asking(t, w, change)
			got := w.must(w.start(hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: code("PLAIN100", at)}}))
			at++
			if got.State != hub.Open || got.Risk != score.StepUp || !got.Event.IsZero() {
				t.Errorf("%s: %+v", name, got)
			}
			if got = w.must(w.step(got.Handle, hub.Proof{Code: code("PLAIN100", at)})); got.State != hub.Granted {
				t.Errorf("%s, one more proof: %+v", name, got)
			}
			at++
		}
		w.activate(strings.Replace(judged, "risk: {on: true, step_up: [second]}", "risk: {on: false}", 1))
		before := w.must(w.start(hub.Start{CustomerNumber: "100"}))
		w.activate(judged)
		if got := w.must(w.step(before.Handle, hub.Proof{Code: code("PLAIN100", at)})); got.State != hub.Open || got.Risk != score.StepUp {
			t.Errorf("begun before the journey asked: %+v", got)
		}
	})
}

// TestStrangersAreJudgedAlike: somebody who does not exist gets an event and an answer
// like a customer whom the engine does not know; bad circumstances are the caller's fault.
func TestStrangersAreJudgedAlike(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asking(t, w, nil)
		w.customer("100", "PLAIN")
		for _, number := range []string{"100", "999"} {
			out := w.must(w.start(hub.Start{CustomerNumber: number, Risk: home(0)}))
			if out.Risk != score.StepUp || out.Event.IsZero() || out.Steps != 2 {
				t.Errorf("%s: %+v", number, out)
			}
			if got := w.must(w.step(out.Handle, hub.Proof{Code: "000000"})); got.Accepted || got.Risk != score.StepUp || got.Steps != 2 {
				t.Errorf("%s, a wrong code: %+v", number, got)
			}
		}
		if n := w.count("risk_event"); n != 2 {
			t.Errorf("%d events", n)
		}
		if _, err := w.start(hub.Start{CustomerNumber: "100", Risk: hub.Circumstances{Address: "here"}}); !fault.Is(err, "authentication.address") {
			t.Errorf("an address that is none: %v", err)
		}
		if got := w.must(w.start(hub.Start{CustomerNumber: "100", Channel: "mobile"})); got.Risk != "" || !got.Event.IsZero() {
			t.Errorf("a journey that does not ask: %+v", got)
		}
	})
}
