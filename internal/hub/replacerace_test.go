package hub_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
)

// TestReplaceAgain: the same request under the same key has its answer; under another
// one there is nothing to replace any more; the key stands for nothing else.
func TestReplaceAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		aging(t, w)
		o := w.begun(hub.Start{CustomerNumber: "100"})
		w.must(w.step(o.Handle, hub.Proof{Code: staple, Key: "old"}))
		in := hub.Replacement{Secret: lumber, Key: "new"}
		first, _, err := w.replace(o.Handle, in)
		if err != nil || !first.Replaced {
			t.Fatalf("%+v, %v", first, err)
		}
		again, _, err := w.replace(o.Handle, in)
		if d := cmp.Diff(first, again); err != nil || d != "" {
			t.Errorf("again: %v: %s", err, d)
		}
		if _, _, err := w.replace(o.Handle, hub.Replacement{Secret: fresco, Key: "other"}); !fault.Is(err, "authentication.nothing_to_replace") {
			t.Errorf("another one: %v", err)
		}
		if _, err := w.step(o.Handle, hub.Proof{Code: lumber, Key: "new"}); !fault.Is(err, "authentication.key_reused") {
			t.Errorf("a proof under its key: %v", err)
		}
		if _, _, err := w.replace(o.Handle, hub.Replacement{Secret: fresco, Key: "old"}); !fault.Is(err, "authentication.key_reused") {
			t.Errorf("a replacement under a proof's key: %v", err)
		}
		w.must(w.step(o.Handle, hub.Proof{Code: lumber, Key: "shown"}))
		if _, _, err := w.replace(o.Handle, in); !fault.Is(err, "authentication.superseded") {
			t.Errorf("after the proof: %v", err)
		}
	})
}

// TestReplaceRaces: of many replacements at once one is stored, and exactly that one
// opens the step afterwards.
func TestReplaceRaces(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, _ := aging(t, w)
		o := w.begun(hub.Start{CustomerNumber: "100"})
		w.must(w.step(o.Handle, hub.Proof{Code: staple}))
		const n = 8
		won := make([]bool, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				got, _, err := w.hub.Replace(t.Context(), by(), o.Handle, hub.Replacement{Secret: fmt.Sprintf("%s %d", lumber, i)})
				won[i] = err == nil && got.Replaced
				if err != nil && !fault.Is(err, "authentication.nothing_to_replace") && !fault.Is(err, "authentication.busy") {
					t.Errorf("%d: %v", i, err)
				}
			})
		}
		wg.Wait()
		right := 0
		for i := range n {
			got := w.must(w.start(hub.Start{CustomerNumber: "100", Channel: "branch", Proof: &hub.Proof{Code: fmt.Sprintf("%s %d", lumber, i)}}))
			if got.Accepted != won[i] {
				t.Errorf("replacement %d won %v, and opens %v", i, won[i], got.Accepted)
			}
			if won[i] {
				right++
			}
		}
		if right != 1 || w.count("password_former WHERE customer = $1", c.ID) != 1 {
			t.Errorf("%d of %d replacements won", right, n)
		}
	})
}

// TestReplaceActs: whatever is done in whatever order, a step is never completed by
// a secret that is out of date, and nothing is replaced but after the right one.
func TestReplaceActs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c, desk := aging(t, w)
		now, due, serial := staple, true, 0
		rapid.Check(t, func(rt *rapid.T) {
			o := w.begun(hub.Start{CustomerNumber: "100", Channel: "web"})
			shown := false // the right one, out of date, as the last proof
			open := true
			for range rapid.IntRange(1, 8).Draw(rt, "acts") {
				if !open {
					break
				}
				switch rapid.SampledFrom([]string{"right", "wrong", "replace", "unfit", "demand"}).Draw(rt, "act") {
				case "right":
					got := w.must(w.step(o.Handle, hub.Proof{Code: now}))
					if got.Accepted == due || (got.Replace != "") != due || (got.Step == 2) == due {
						rt.Fatalf("due %v: %+v", due, got)
					}
					shown, open = due, due
				case "wrong":
					if got := w.must(w.step(o.Handle, hub.Proof{Code: "nobody's password"})); got.Accepted || got.Replace != "" {
						rt.Fatalf("a wrong one: %+v", got)
					}
					shown = false
				case "replace":
					serial++
					next := fmt.Sprintf("%s %d", fresco, serial)
					_, _, err := w.hub.Replace(t.Context(), by(), o.Handle, hub.Replacement{Secret: next})
					if (err == nil) != shown {
						rt.Fatalf("shown %v: %v", shown, err)
					}
					if shown {
						now, due, shown = next, false, false
					}
				case "unfit":
					if got, bad, err := w.hub.Replace(t.Context(), by(), o.Handle, hub.Replacement{Secret: "x"}); (err == nil) != shown || shown && (len(bad) == 0 || got.Replace == "") {
						rt.Fatalf("shown %v: %+v, %v, %v", shown, got, bad, err)
					}
				case "demand":
					if err := desk.Demand(t.Context(), by(), c.ID, "a reason"); err == nil {
						due = true
					}
				}
			}
		})
	})
}
