package hub_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
)

func TestStartThenStep(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		o := w.begun(hub.Start{CustomerNumber: "100"})
		if d := cmp.Diff([]string{"secure-code"}, o.Policies); d != "" || o.Steps != 1 || o.Version != 1 || !o.Expires.Equal(w.clock.Now().Add(10*time.Minute)) {
			t.Errorf("%+v %s", o, d)
		}
		bad, err := w.step(o.Handle, hub.Proof{Code: wrong("PLAIN100")})
		if err != nil || bad.State != hub.Open || bad.Accepted || bad.Reason != authenticator.Wrong {
			t.Fatalf("a wrong code: %+v, %v", bad, err)
		}
		good, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})
		if err != nil || good.State != hub.Granted || !good.Accepted || good.Factors != authenticator.Possession || good.Policies != nil {
			t.Fatalf("the right code: %+v, %v", good, err)
		}
		if d := cmp.Diff(good, w.get(o.Handle)); d != "" {
			t.Errorf("looked at again: %s", d)
		}
		if _, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 1)}); !fault.Is(err, "authentication.over") {
			t.Errorf("a proof for an ended authentication: %v", err)
		}
		for kind, n := range map[string]int{hub.AuditStarted: 1, hub.AuditRefused: 1, hub.AuditGranted: 1} {
			if got := w.count("journal WHERE kind = $1", kind); got != n {
				t.Errorf("%d records %s, want %d", got, kind, n)
			}
		}
	})
}

func TestOneShot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		o, err := w.start(hub.Start{CustomerNumber: " 100 ", Proof: &hub.Proof{Code: code("PLAIN100", 0)}})
		if err != nil || o.State != hub.Granted || !o.Accepted {
			t.Fatalf("%+v, %v", o, err)
		}
		again, err := w.start(hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: code("PLAIN100", 0)}})
		if err != nil || again.State != hub.Open || again.Reason != authenticator.Replayed || again.Handle == o.Handle {
			t.Fatalf("the same code again: %+v, %v", again, err)
		}
		if got := w.count("authentication"); got != 2 {
			t.Errorf("%d authentications, want 2", got)
		}
	})
}

func TestTwoSteps(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN", "PINNED")
		in := hub.Start{CustomerNumber: "100", Purpose: "consent", Channel: "twice"}
		o := w.begun(in)
		if _, err := w.step(o.Handle, hub.Proof{Policy: "second", Code: code("PLAIN100", 0)}); !fault.Is(err, "authentication.policy") {
			t.Errorf("the second step first: %v", err)
		}
		first, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0), Key: "a"})
		if err != nil || first.State != hub.Open || !first.Accepted || first.Step != 2 || first.Steps != 2 || !cmp.Equal(first.Policies, []string{"second"}) {
			t.Fatalf("after the first step: %+v, %v", first, err)
		}
		if again, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0), Key: "a"}); err != nil || !cmp.Equal(again, first) {
			t.Errorf("the first step repeated: %+v, %v", again, err)
		}
		if bad, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)}); err != nil || bad.Accepted || bad.Step != 2 || bad.Reason != authenticator.Replayed {
			t.Errorf("one code for two steps: %+v, %v", bad, err)
		}
		last, err := w.step(o.Handle, hub.Proof{Code: code("PINNED100", 0)})
		if err != nil || last.State != hub.Granted || last.Factors != authenticator.Possession|authenticator.Knowledge {
			t.Fatalf("after the second step: %+v, %v", last, err)
		}
	})
}

// TestOneFactorIsNotSCA: the proofs are right, and yet not two elements.
func TestOneFactorIsNotSCA(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		w.customer("200", "PINNED")
		one := hub.Start{CustomerNumber: "100", Purpose: "consent", Proof: &hub.Proof{Code: code("PLAIN100", 0)}}
		if o, err := w.start(one); err != nil || o.State != hub.Denied || o.Reason != hub.NoSCA {
			t.Errorf("one factor: %+v, %v", o, err)
		}
		two := hub.Start{CustomerNumber: "200", Purpose: "consent", Proof: &hub.Proof{Code: code("PINNED200", 0)}}
		if o, err := w.start(two); err != nil || o.State != hub.Granted {
			t.Errorf("two factors: %+v, %v", o, err)
		}
		twice := w.begun(hub.Start{CustomerNumber: "100", Purpose: "consent", Channel: "twice"})
		for c := range uint64(2) {
			o, err := w.step(twice.Handle, hub.Proof{Code: code("PLAIN100", c+1)})
			if want := []hub.State{hub.Open, hub.Denied}[c]; err != nil || o.State != want {
				t.Errorf("the same factor %d times: %+v, %v", c+1, o, err)
			}
		}
		if n := w.count("journal WHERE kind = $1", hub.AuditDenied); n != 2 {
			t.Errorf("%d records of two denials", n)
		}
	})
}

func TestExpiry(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		o := w.begun(hub.Start{CustomerNumber: "100"})
		w.clock.Advance(10 * time.Minute)
		if got := w.get(o.Handle); got.State != hub.Open {
			t.Errorf("at its last moment: %+v", got)
		}
		w.clock.Advance(time.Microsecond)
		if got := w.get(o.Handle); got.State != hub.Expired || got.Policies != nil {
			t.Errorf("after it: %+v", got)
		}
		if _, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)}); !fault.Is(err, "authentication.over") {
			t.Errorf("a proof: %v", err)
		}
		if _, err := w.hub.Challenge(context.Background(), by(), o.Handle, ""); !fault.Is(err, "authentication.over") {
			t.Errorf("a challenge: %v", err)
		}
		w.clock.Advance(31 * 24 * time.Hour)
		for _, want := range []int64{1, 0} {
			if n, end, err := w.hub.Sweep(context.Background(), 10); n != want || !end || err != nil {
				t.Errorf("swept %d, the end: %t, %v; want %d and the end", n, end, err, want)
			}
		}
		if _, err := w.hub.Get(context.Background(), by(), o.Handle); !fault.Is(err, "authentication.unknown") {
			t.Errorf("a swept one: %v", err)
		}
	})
}

// TestSweepWalksOn: a walk in small steps finds everything that is old, leaves
// what is not, and begins anew at the end.
func TestSweepWalksOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		w.customer("200", "PLAIN")
		for range 4 {
			w.begun(hub.Start{CustomerNumber: "100"})
		}
		w.clock.Advance(31 * 24 * time.Hour)
		var young []string
		for _, number := range []string{"100", "200", "100"} {
			young = append(young, w.begun(hub.Start{CustomerNumber: number}).Handle)
		}
		walk := func() (deleted int64, steps int) {
			for {
				n, end, err := w.hub.Sweep(context.Background(), 2)
				if err != nil {
					t.Fatal(err)
				}
				if deleted, steps = deleted+n, steps+1; end {
					return deleted, steps
				}
			}
		}
		if n, steps := walk(); n != 4 || steps != 4 {
			t.Errorf("of seven, the first walk deleted %d in %d steps of two; want 4 in 4", n, steps)
		}
		if n, steps := walk(); n != 0 || steps != 2 {
			t.Errorf("of three, the second walk deleted %d in %d steps of two; want 0 in 2", n, steps)
		}
		for _, handle := range young {
			if w.get(handle).State == "" {
				t.Error("a young one is gone")
			}
		}
	})
}

func TestRefusedRequests(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		o := w.begun(hub.Start{CustomerNumber: "100", Channel: "choice"})
		madeUp := map[bool]string{true: "B", false: "A"}[o.Handle[0] == 'A'] + o.Handle[1:] // another one for certain
		for name, c := range map[string]struct {
			code string
			do   func() error
		}{
			"journey":          {"authentication.journey", func() error { _, err := w.start(hub.Start{CustomerNumber: "100", Channel: "fax"}); return err }},
			"policy missing":   {"authentication.policy", func() error { _, err := w.step(o.Handle, hub.Proof{Code: "123456"}); return err }},
			"policy elsewhere": {"authentication.policy", func() error { _, err := w.step(o.Handle, hub.Proof{Policy: "strict", Code: "123456"}); return err }},
			"challenge": {"authentication.challenge", func() error {
				_, err := w.step(o.Handle, hub.Proof{Policy: "second", Code: "123456", Challenge: "x"})
				return err
			}},
			"form": {"token.code_form", func() error {
				_, err := w.step(o.Handle, hub.Proof{Policy: "second", Code: "12345678901234567890"})
				return err
			}},
			"handle":        {"authentication.unknown", func() error { _, err := w.step(madeUp, hub.Proof{Code: "123456"}); return err }},
			"handle to get": {"authentication.unknown", func() error { _, err := w.hub.Get(context.Background(), by(), madeUp); return err }},
			"handle to ask": {"authentication.unknown", func() error { _, err := w.hub.Challenge(context.Background(), by(), madeUp, ""); return err }},
		} {
			if err := c.do(); !fault.Is(err, c.code) {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			}
		}
		if got := w.get(o.Handle); !cmp.Equal(got, o) {
			t.Errorf("refused requests changed something: %s", cmp.Diff(o, got))
		}
	})
}

// TestModelServesPolicy: a token opens only what its model may serve.
func TestModelServesPolicy(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "FIRST")
		o := w.begun(hub.Start{CustomerNumber: "100", Channel: "choice"})
		bad, err := w.step(o.Handle, hub.Proof{Policy: "second", Code: code("FIRST100", 0)})
		if err != nil || bad.Accepted || bad.Reason != authenticator.Wrong || w.holds(c.ID, "second").Failures.Count != 1 {
			t.Errorf("under a policy that the model does not serve: %+v, %v", bad, err)
		}
		good, err := w.step(o.Handle, hub.Proof{Policy: "secure-code", Code: code("FIRST100", 0)})
		if err != nil || !good.Accepted {
			t.Errorf("under the one that it serves: %+v, %v", good, err)
		}
	})
}

// TestPolicyChangesUnderway: a step is decided under the version in force, and
// the outcome names it.
func TestPolicyChangesUnderway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		o := w.begun(hub.Start{CustomerNumber: "100"})
		w.activate(rules + "# another version\n")
		got, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)})
		if err != nil || got.State != hub.Granted || o.Version != 1 || got.Version != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

// TestPolicyChangesBetweenSteps: what was shown for the first step of one version
// does not count as the first step of another, whose steps may be others.
func TestPolicyChangesBetweenSteps(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN", "PINNED")
		o := w.begun(hub.Start{CustomerNumber: "100", Purpose: "consent", Channel: "twice"})
		if o, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0)}); err != nil || o.Step != 2 {
			t.Fatalf("the first step: %+v, %v", o, err)
		}
		w.activate(strings.Replace(rules, "[[secure-code], [second]]", "[[second], [secure-code]]", 1))
		if got := w.get(o.Handle); got.State != hub.Expired || got.Policies != nil {
			t.Errorf("after the change: %+v", got)
		}
		if got, err := w.step(o.Handle, hub.Proof{Code: code("PINNED100", 0)}); !fault.Is(err, "authentication.over") {
			t.Errorf("the same policy for both steps: %+v, %v", got, err)
		}
		if _, err := w.hub.Challenge(context.Background(), by(), o.Handle, ""); !fault.Is(err, "authentication.over") {
			t.Errorf("a challenge: %v", err)
		}
	})
}
