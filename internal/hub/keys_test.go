package hub_test

import (
	"bytes"
	"context"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/authenticator"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/hub"
)

// TestKeyOfAnotherProof: a key stands for one proof; another one under it is a
// conflict, and neither counted nor spent.
func TestKeyOfAnotherProof(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		o := w.begun(hub.Start{CustomerNumber: "100", Channel: "choice"})
		proof := hub.Proof{Policy: "secure-code", Code: wrong("PLAIN100"), Key: "k"}
		first := w.must(w.step(o.Handle, proof))
		challenge, err := w.hub.Challenge(t.Context(), by(), o.Handle, "secure-code")
		if err != nil {
			t.Fatal(err)
		}
		for name, change := range map[string]func(*hub.Proof){
			"code":      func(p *hub.Proof) { p.Code = code("PLAIN100", 0) },
			"policy":    func(p *hub.Proof) { p.Policy = "second" },
			"challenge": func(p *hub.Proof) { p.Challenge = challenge.ID.String() },
			"form":      func(p *hub.Proof) { p.Code = "no code at all" },
		} {
			p := proof
			change(&p)
			if got, err := w.step(o.Handle, p); !fault.Is(err, "authentication.key_reused") {
				t.Errorf("another %s: %+v, %v", name, got, err)
			}
		}
		if again := w.must(w.step(o.Handle, proof)); !cmp.Equal(again, first) {
			t.Errorf("the proof again: %s", cmp.Diff(first, again))
		}
		if a := w.holds(c.ID, "secure-code"); a.Failures.Count != 1 || a.Successes != 0 || w.holds(c.ID, "second").Failures.Count != 0 {
			t.Errorf("one proof, and four under its key, counted as %+v", a)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Policy: "secure-code", Code: code("PLAIN100", 0), Key: "fresh"})); got.State != hub.Granted {
			t.Errorf("the right code under a fresh key: %+v", got)
		}
		if _, err := w.step(o.Handle, hub.Proof{Policy: "secure-code", Code: wrong("PLAIN100"), Key: "fresh"}); !fault.Is(err, "authentication.key_reused") {
			t.Errorf("another proof under the key of the end: %v", err)
		}
	})
}

// TestKeyOfAnotherStart: the key of a start stands for its proof, too, and for
// having none.
func TestKeyOfAnotherStart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		right, bad := &hub.Proof{Code: code("PLAIN100", 0)}, &hub.Proof{Code: wrong("PLAIN100"), Key: "not that of the start"}
		with := hub.Start{CustomerNumber: "100", Key: "with", Proof: bad}
		first := w.must(w.start(with))
		without := hub.Start{CustomerNumber: "100", Key: "without"}
		o := w.begun(without)
		for name, in := range map[string]hub.Start{
			"another proof":         {CustomerNumber: "100", Key: "with", Proof: right},
			"no proof":              {CustomerNumber: "100", Key: "with"},
			"a proof where none is": {CustomerNumber: "100", Key: "without", Proof: right},
			"another channel":       {CustomerNumber: "100", Key: "without", Channel: "strict"},
		} {
			if got, err := w.start(in); !fault.Is(err, "authentication.key_reused") {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		if _, err := w.step(o.Handle, hub.Proof{Code: right.Code, Key: "without"}); !fault.Is(err, "authentication.key_reused") {
			t.Errorf("a step under the key of the start: %v", err)
		}
		if again := w.must(w.start(with)); !cmp.Equal(again, first) {
			t.Errorf("again with its proof: %s", cmp.Diff(first, again))
		}
		if again := w.begun(without); !cmp.Equal(again, o) {
			t.Errorf("again without: %s", cmp.Diff(o, again))
		}
		if a := w.holds(c.ID, "secure-code"); a.Failures.Count != 1 || a.Successes != 0 {
			t.Errorf("one proof was counted as %+v", a)
		}
		if got := w.must(w.step(o.Handle, hub.Proof{Code: right.Code, Key: "fresh"})); got.State != hub.Granted {
			t.Errorf("a step under a fresh key: %+v", got)
		}
		if again := w.must(w.start(without)); again.State != hub.Granted || again.Handle != o.Handle {
			t.Errorf("the start again, after the end: %+v", again)
		}
	})
}

// TestEarlierKey: a proof that comes again after others came is no new attempt.
func TestEarlierKey(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		o := w.begun(hub.Start{CustomerNumber: "100"})
		proof := func(key string) hub.Proof { return hub.Proof{Code: wrong("PLAIN100"), Key: key} }
		for _, key := range []string{"a", "b", "c", ""} {
			w.must(w.step(o.Handle, proof(key)))
		}
		before := w.get(o.Handle)
		for _, key := range []string{"a", "b", "c"} { // the newest had none
			if got, err := w.step(o.Handle, proof(key)); !fault.Is(err, "authentication.superseded") {
				t.Errorf("the key %s again: %+v, %v", key, got, err)
			}
			if got, err := w.step(o.Handle, hub.Proof{Code: code("PLAIN100", 0), Key: key}); !fault.Is(err, "authentication.key_reused") {
				t.Errorf("another proof under the key %s: %+v, %v", key, got, err)
			}
		}
		if d := cmp.Diff(before, w.get(o.Handle)); d != "" || w.holds(c.ID, "secure-code").Failures.Count != 4 {
			t.Errorf("repeating changed something: %s, %+v", d, w.holds(c.ID, "secure-code"))
		}
		start := hub.Start{CustomerNumber: "100", Key: "start", Proof: &hub.Proof{Code: wrong("PLAIN100")}}
		s := w.must(w.start(start))
		w.must(w.step(s.Handle, proof("d")))
		if got, err := w.start(start); !fault.Is(err, "authentication.superseded") {
			t.Errorf("the start again, after a step: %+v, %v", got, err)
		}
	})
}

// TestKeysAreBounded: the first key and the newest ones are known, however many
// there were.
func TestKeysAreBounded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.customer("100", "PLAIN")
		start := hub.Start{CustomerNumber: "100", Key: "0", Proof: &hub.Proof{Code: wrong("PLAIN100")}}
		o := w.must(w.start(start))
		for i := 1; i < 20; i++ {
			w.must(w.step(o.Handle, hub.Proof{Code: wrong("PLAIN100"), Key: strconv.Itoa(i)}))
		}
		if n := w.count("authentication WHERE length(last_key) > 256"); n != 0 {
			t.Error("what is kept of the keys grows without an end")
		}
		if got, err := w.start(start); !fault.Is(err, "authentication.superseded") {
			t.Errorf("the first: %+v, %v", got, err)
		}
		for i := 5; i < 19; i++ {
			if got, err := w.step(o.Handle, hub.Proof{Code: wrong("PLAIN100"), Key: strconv.Itoa(i)}); !fault.Is(err, "authentication.superseded") {
				t.Errorf("key %d of 20: %+v, %v", i, got, err)
			}
		}
		if a := w.holds(c.ID, "secure-code"); a.Failures.Count != 20 {
			t.Errorf("20 proofs, and repetitions, counted %d", a.Failures.Count)
		}
		w.must(w.step(o.Handle, hub.Proof{Code: wrong("PLAIN100"), Key: "1"})) // forgotten
		if a := w.holds(c.ID, "secure-code"); a.Failures.Count != 21 {
			t.Errorf("a proof under a forgotten key counted %d", a.Failures.Count-20)
		}
	})
}

// TestTwoProofsUnderOneKeyAtOnce: one of them is taken, and whoever sent the other
// learns that it was not.
func TestTwoProofsUnderOneKeyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 6 {
			number := strconv.Itoa(100 + round)
			c := w.customer(number, "PLAIN")
			proofs := [2]hub.Proof{{Code: wrong("PLAIN" + number), Key: "k"}, {Code: code("PLAIN"+number, 0), Key: "k"}}
			take := func(i int) (hub.Outcome, error) {
				return w.start(hub.Start{CustomerNumber: number, Key: "k", Proof: &proofs[i%2]})
			}
			if round%2 == 0 {
				o := w.begun(hub.Start{CustomerNumber: number})
				take = func(i int) (hub.Outcome, error) { return w.step(o.Handle, proofs[i%2]) }
			}
			var answered, refused [2]int
			var mu sync.Mutex
			var all sync.WaitGroup
			for i := range 16 {
				all.Go(func() {
					got, err := take(i)
					mu.Lock()
					defer mu.Unlock()
					switch {
					case err == nil && got.Accepted == (i%2 == 1):
						answered[i%2]++
					case fault.Is(err, "authentication.key_reused"):
						refused[i%2]++
					default:
						t.Errorf("proof %d: %+v, %v", i%2, got, err)
					}
				})
			}
			all.Wait()
			a := w.holds(c.ID, "secure-code")
			if won := int(a.Successes); answered[won] != 8 || refused[1-won] != 8 || a.Failures.Count != 1-won {
				t.Errorf("round %d: answered %v, refused %v, %+v", round, answered, refused, a.Failures)
			}
		}
	})
}

// TestStolenKeysTellNothing: what is stored of a key and its proof depends on a key
// of the installation, so nobody can try codes on it.
func TestStolenKeysTellNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		stored := func(w *world) (kept []byte) {
			w.customer("100", "PLAIN")
			in := hub.Start{CustomerNumber: "nobody", Key: "k", Proof: &hub.Proof{Code: "123456"}} // an id that both worlds give
			if o := w.must(w.start(in)); o.Reason != authenticator.None {
				t.Fatalf("%+v", o)
			}
			err := w.d.Read(context.Background(), func(tx *db.Tx) error {
				return tx.Row("SELECT last_key FROM authentication").Scan(&kept)
			})
			if err != nil || len(kept) != 16 {
				t.Fatalf("%d bytes are kept of a key and its proof, %v", len(kept), err)
			}
			return kept
		}
		one, two := stored(w), stored(w.fresh(t))
		if bytes.Equal(one[:8], two[:8]) || bytes.Equal(one[8:], two[8:]) {
			t.Errorf("two installations keep %x and %x of the same key and code", one, two)
		}
	})
}
