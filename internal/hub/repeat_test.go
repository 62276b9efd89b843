package hub_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
)

// all runs f n times at once and returns the outcomes.
func (w *world) all(n int, f func(i int) (hub.Outcome, error)) []hub.Outcome {
	w.t.Helper()
	out := make([]hub.Outcome, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			var err error
			if out[i], err = f(i); err != nil {
				w.t.Errorf("request %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	return out
}

func TestRepeatedStart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.customer("100", "PLAIN")
		first := w.begun(hub.Start{CustomerNumber: "100", Key: "k"})
		if again := w.begun(hub.Start{CustomerNumber: "100", Key: "k"}); !cmp.Equal(again, first) {
			t.Errorf("again: %s", cmp.Diff(first, again))
		}
		if other := w.begun(hub.Start{CustomerNumber: "100", Key: "l"}); other.Handle == first.Handle {
			t.Error("another key gave the same authentication")
		}
		foreign, err := w.hub.Start(t.Context(), other(), hub.Start{CustomerNumber: "100", Key: "k", Purpose: "login", Channel: "web"})
		if err != nil || foreign.Handle == first.Handle {
			t.Errorf("another application's key gave the same authentication: %v", err)
		}
		if _, err := w.start(hub.Start{CustomerNumber: "100", Key: "k", Purpose: "consent"}); !fault.Is(err, "authentication.key_reused") {
			t.Errorf("the key of another authentication: %v", err)
		}
		shot := hub.Start{CustomerNumber: "100", Key: "m", Proof: &hub.Proof{Code: code("PLAIN100", 0)}}
		one, err := w.start(shot)
		if err != nil || one.State != hub.Granted {
			t.Fatalf("%+v, %v", one, err)
		}
		if two, err := w.start(shot); err != nil || !cmp.Equal(one, two) {
			t.Errorf("one shot again: %+v, %v", two, err)
		}
	})
}

// TestRepeatedStartAtOnce: 32 equal requests are one authentication; the code is
// consumed once, nothing counts as a failure, and all get the same answer.
func TestRepeatedStartAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 8 {
			number := strconv.Itoa(100 + round)
			c := w.customer(number, "PLAIN")
			in := hub.Start{CustomerNumber: number, Key: "k", Proof: &hub.Proof{Code: code("PLAIN"+number, 0)}}
			before := w.count("authentication")
			out := w.all(32, func(int) (hub.Outcome, error) { return w.start(in) })
			for _, o := range out {
				if !cmp.Equal(o, out[0]) || o.State != hub.Granted || !o.Accepted {
					t.Fatalf("two answers:\n%+v\n%+v", out[0], o)
				}
			}
			a := w.holds(c.ID, "secure-code")
			if n := w.count("authentication") - before; n != 1 || a.Successes != 1 || a.Failures.Count != 0 {
				t.Fatalf("%d authentications, %+v", n, a)
			}
			if n := w.count("journal WHERE customer = $1 AND kind = $2", c.ID, hub.AuditGranted); n != 1 {
				t.Fatalf("%d records of one login", n)
			}
		}
	})
}

func TestRepeatedStepAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 8 {
			number := strconv.Itoa(100 + round)
			c := w.customer(number, "PLAIN")
			o := w.begun(hub.Start{CustomerNumber: number, Purpose: "consent", Channel: "twice"})
			out := w.all(32, func(int) (hub.Outcome, error) {
				return w.step(o.Handle, hub.Proof{Code: code("PLAIN"+number, 0), Key: "k"})
			})
			for _, got := range out {
				if !cmp.Equal(got, out[0]) || !got.Accepted || got.Step != 2 {
					t.Fatalf("two answers:\n%+v\n%+v", out[0], got)
				}
			}
			if a := w.holds(c.ID, "secure-code"); a.Successes != 1 || a.Failures.Count != 0 {
				t.Fatalf("%+v", a)
			}
		}
	})
}

// TestRepeatedRefusal: a repeat of a refused proof counts once.
func TestRepeatedRefusal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		o := w.begun(hub.Start{CustomerNumber: "100"})
		w.all(32, func(int) (hub.Outcome, error) { return w.step(o.Handle, hub.Proof{Code: wrong("PLAIN100"), Key: "k"}) })
		if a := w.holds(c.ID, "secure-code"); a.Failures.Count != 1 {
			t.Errorf("one proof, repeated, counted %d", a.Failures.Count)
		}
		if got := w.get(o.Handle); got.State != hub.Open || got.Reason != authenticator.Wrong {
			t.Errorf("%+v", got)
		}
	})
}

// TestDifferentRightCodesAtOnce: two codes of one token race for one
// authentication; it is granted once, and what lost is not burned with it.
func TestDifferentRightCodesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 8 {
			number := strconv.Itoa(100 + round)
			c := w.customer(number, "PLAIN")
			o := w.begun(hub.Start{CustomerNumber: number})
			granted, winner := 0, 0
			var wg sync.WaitGroup
			results := make([]error, 8)
			outcomes := make([]hub.Outcome, 8)
			for i := range 8 {
				wg.Go(func() { outcomes[i], results[i] = w.step(o.Handle, hub.Proof{Code: code("PLAIN"+number, uint64(i))}) })
			}
			wg.Wait()
			for i, err := range results {
				switch {
				case err == nil && outcomes[i].State == hub.Granted:
					granted, winner = granted+1, i
				case !fault.Is(err, "authentication.over"):
					t.Errorf("code %d: %+v, %v", i, outcomes[i], err)
				}
			}
			a := w.holds(c.ID, "secure-code")
			if granted != 1 || a.Successes != 1 || a.Failures.Count != 0 {
				t.Fatalf("%d were granted, %+v", granted, a)
			}
			next, err := w.start(hub.Start{CustomerNumber: number, Proof: &hub.Proof{Code: code("PLAIN"+number, uint64(winner)+1)}})
			if err != nil || !next.Accepted {
				t.Fatalf("the code after the winner's: %+v, %v", next, err)
			}
		}
	})
}

// TestOneCodeManyAuthentications is invariant 1 across authentications: of 64
// that show one code, one is granted, and the others count.
func TestOneCodeManyAuthentications(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		for round := range uint64(8) {
			out := w.all(64, func(int) (hub.Outcome, error) {
				return w.start(hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: code("PLAIN100", round)}})
			})
			granted := 0
			for _, o := range out {
				if o.State == hub.Granted {
					granted++
				}
			}
			if granted != 1 {
				t.Fatalf("round %d: %d were granted", round, granted)
			}
			if a := w.holds(c.ID, "secure-code"); a.Successes != int64(round)+1 || a.Failures.Count >= 64 {
				t.Fatalf("round %d: %+v", round, a)
			}
		}
	})
}

// TestParallelWrongCodes is invariant 2 through the hub: N raise the counter by
// N, and never past the threshold.
func TestParallelWrongCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		w.all(32, func(int) (hub.Outcome, error) {
			return w.start(hub.Start{CustomerNumber: "100", Proof: &hub.Proof{Code: wrong("PLAIN100")}})
		})
		if a := w.holds(c.ID, "secure-code"); a.Failures.Count != 32 {
			t.Errorf("32 wrong codes counted %d", a.Failures.Count)
		}
		out := w.all(32, func(int) (hub.Outcome, error) {
			return w.start(hub.Start{CustomerNumber: "100", Channel: "strict", Proof: &hub.Proof{Code: wrong("PLAIN100")}})
		})
		reasons := map[authenticator.Reason]int{}
		for _, o := range out {
			reasons[o.Reason]++
		}
		if a := w.holds(c.ID, "strict"); a.Failures.Count != 10 || reasons[authenticator.Wrong] != 10 || reasons[authenticator.Blocked] != 22 {
			t.Errorf("threshold 10: %+v, %v", a.Failures, reasons)
		}
	})
}
