package evidence_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/evidence"
	"github.com/countersign-auth/countersign/internal/fault"
)

// states lists the states of all keys, oldest first.
func (w *world) states() (all []evidence.State) {
	for _, k := range w.keys() {
		all = append(all, k.State)
	}
	return all
}

// TestFirstNeed: any number of nodes that need a key at once make one.
func TestFirstNeed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		out := make([]evidence.Assertion, 16)
		var wg sync.WaitGroup
		for i := range out {
			wg.Go(func() {
				var err error
				if out[i], err = w.node().Grant(context.Background(), f); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, a := range out {
			if a.KID == "" || a.KID != out[0].KID {
				t.Errorf("signed by %q and %q", a.KID, out[0].KID)
			}
		}
		if n := w.one("SELECT COUNT(*) FROM evidence_key"); n != 1 {
			t.Errorf("%d keys", n)
		}
		if kinds := w.recorded(); !slices.Equal(kinds, []string{evidence.AuditKeyMade}) {
			t.Errorf("recorded %q", kinds)
		}
	})
}

// TestRotation walks a key through its states. At each place the published set verifies
// every assertion that it should, and the key that signs is the right one.
func TestRotation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		old := w.issue(w.issuer, f, "")
		next := w.rotate(w.issuer, false)
		expect := func(when string, kid string, verify []evidence.Assertion, states ...evidence.State) {
			t.Helper()
			if got := w.states(); !slices.Equal(got, states) {
				t.Errorf("%s: %q, want %q", when, got, states)
			}
			a := w.issue(w.node(), f, "")
			if a.KID != kid {
				t.Errorf("%s: signed by %s, want %s", when, a.KID, kid)
			}
			for _, x := range append(verify, a) {
				judged(t, x.Text, w.keySet(w.node()))
			}
		}
		expect("published", old.KID, nil, evidence.Active, evidence.Pending)
		if n := len(published(t, w.keySet(w.issuer)).Keys); n != 2 {
			t.Errorf("%d keys are published before the new one signs", n)
		}
		if _, err := w.issuer.Rotate(context.Background(), audit.System("cli"), false); !fault.Is(err, "evidence.rotation_pending") {
			t.Errorf("a second rotation: %v", err)
		}
		w.clock.Advance(evidence.Lead - time.Microsecond)
		expect("just before", old.KID, nil, evidence.Active, evidence.Pending)
		w.clock.Advance(time.Microsecond)
		expect("active", next.KID, []evidence.Assertion{old}, evidence.Retired, evidence.Active)
		if w.sweep(); w.one("SELECT COUNT(*) FROM evidence_key WHERE private IS NULL") != 0 {
			t.Error("a private key was destroyed while nodes may still use it")
		}
		w.clock.Advance(time.Hour)
		if w.sweep(); w.one("SELECT number FROM evidence_key WHERE private IS NULL") != 1 {
			t.Error("the private part of the retired key is still there")
		}
		expect("retired", next.KID, []evidence.Assertion{old}, evidence.Retired, evidence.Active)
		w.clock.Advance(evidence.Retention - time.Hour)
		expect("expired", next.KID, nil, evidence.Expired, evidence.Active)
		if set := published(t, w.keySet(w.node())); len(set.Keys) != 1 || set.Keys[0].Kid != next.KID {
			t.Errorf("published: %+v", set)
		}
		archive, err := w.issuer.Archive(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := evidence.Verify(old.Text, archive); err != nil {
			t.Errorf("from the archive: %v", err)
		}
		if kinds := w.recorded(); kinds[0] != evidence.AuditKeyMade || !slices.Contains(kinds, evidence.AuditKeyRotated) {
			t.Errorf("recorded %q", kinds)
		}
	})
}

func (w *world) sweep() {
	w.t.Helper()
	if _, err := w.issuer.Sweep(context.Background(), 100); err != nil {
		w.t.Fatal(err)
	}
}

// TestRotateAtOnce replaces a key that is not trusted any more, and one that is pending.
func TestRotateAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		w.issue(w.issuer, f, "")
		w.rotate(w.issuer, false)
		k := w.rotate(w.issuer, true)
		if a := w.issue(w.issuer, f, ""); a.KID != k.KID {
			t.Errorf("signed by %s, want %s", a.KID, k.KID)
		}
		if got := w.states(); !slices.Equal(got, []evidence.State{evidence.Retired, evidence.Retired, evidence.Active}) {
			t.Errorf("%q", got)
		}
		w.clock.Advance(time.Hour)
		if a := w.issue(w.node(), f, ""); a.KID != k.KID {
			t.Errorf("later signed by %s, want %s", a.KID, k.KID)
		}
		w.sweep()
		if n := w.one("SELECT COUNT(*) FROM evidence_key WHERE private IS NOT NULL"); n != 1 {
			t.Errorf("%d private keys are left", n)
		}
	})
}

// TestOtherNodesFollow: a node that has read the keys before a rotation signs with the
// new key once it is active.
func TestOtherNodesFollow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		other := w.node()
		w.issue(other, f, "")
		k := w.rotate(w.issuer, false)
		w.clock.Advance(evidence.Lead)
		if a := w.issue(other, f, ""); a.KID != k.KID {
			t.Errorf("signed by %s, want %s", a.KID, k.KID)
		}
	})
}

// TestRacingRotations: of many at once, each that succeeds made one key, and the chain has
// no gap and one end.
func TestRacingRotations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.issue(w.issuer, facts(t), "")
		var mu sync.Mutex
		made := 0
		var wg sync.WaitGroup
		for range 12 {
			wg.Go(func() {
				_, err := w.node().Rotate(context.Background(), audit.System("cli"), true)
				if err != nil && !fault.Is(err, "evidence.rotated_meanwhile") {
					t.Error(err)
				}
				if err == nil {
					mu.Lock()
					made++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		keys := w.keys()
		if made == 0 || len(keys) != made+1 || int(keys[made].Number) != made+1 {
			t.Errorf("%d rotations succeeded, and there are %d keys", made, len(keys))
		}
		if n := w.one("SELECT COUNT(*) FROM evidence_key WHERE retired IS NULL"); n != 1 {
			t.Errorf("%d keys have no successor", n)
		}
	})
}

// TestReseal: a rotation of data keys reaches both sealed columns, and skips what is
// destroyed.
func TestReseal(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		w.issue(w.issuer, f, "")
		w.rotate(w.issuer, true)
		w.clock.Advance(time.Hour)
		w.sweep()
		before := w.keySet(w.node())
		if err := w.ring.Rotate(context.Background(), "system:test"); err != nil {
			t.Fatal(err)
		}
		if err := w.ring.Reseal(context.Background(), evidence.Columns(), "system:test", nil); err != nil {
			t.Fatal(err)
		}
		for _, column := range []string{"public", "private"} {
			old := []byte{1, 0, 0, 0, 1}
			if n := w.one("SELECT COUNT(*) FROM evidence_key WHERE substr("+column+", 1, 5) = $1", old); n != 0 {
				t.Errorf("%s: %d values are under the old data key", column, n)
			}
		}
		judged(t, w.issue(w.node(), f, "").Text, before)
	})
}

// TestForgedKeys: who may write to the database, but does not have the key-encryption
// key, can neither publish a key of their own nor make us sign with it.
func TestForgedKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.issue(w.issuer, facts(t), "")
		w.rotate(w.issuer, true)
		good := w.keySet(w.node())
		w.exec("CREATE TABLE kept AS SELECT * FROM evidence_key")
		for what, sql := range map[string]string{
			"plain":             "UPDATE evidence_key SET public = (SELECT substr(public, 34) FROM kept WHERE number = 2) WHERE number = 2",
			"of another row":    "UPDATE evidence_key SET public = (SELECT public FROM kept WHERE number = 1) WHERE number = 2",
			"private as public": "UPDATE evidence_key SET public = private WHERE number = 2",
			"kid":               "UPDATE evidence_key SET kid = 'mine' WHERE number = 2",
			"private swapped":   "UPDATE evidence_key SET private = (SELECT private FROM kept WHERE number = 1) WHERE number = 2",
		} {
			w.exec(sql)
			if set, err := w.node().KeySet(context.Background()); err == nil {
				t.Errorf("%s: published %s", what, set)
			}
			if a, err := w.node().Grant(context.Background(), facts(t)); err == nil || a.Text != "" {
				t.Errorf("%s: signed %s", what, a.Text)
			}
			w.exec("UPDATE evidence_key SET kid = (SELECT kid FROM kept WHERE number = 2), public = (SELECT public FROM kept WHERE number = 2), private = (SELECT private FROM kept WHERE number = 2) WHERE number = 2")
			if got := w.keySet(w.node()); got != good {
				t.Fatalf("%s: not undone: %s", what, got)
			}
		}
	})
}

// TestWithdraw: what a stolen key signed verifies no more, neither with the published set
// nor with the archive; other keys stay.
func TestWithdraw(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := facts(t)
		old := w.issue(w.issuer, f, "")
		for number, why := range map[int64]string{1: "active", 2: "unknown"} {
			if err := w.issuer.Withdraw(context.Background(), audit.System("cli"), number); !fault.Is(err, "evidence.key_unknown") {
				t.Errorf("%s: %v", why, err)
			}
		}
		w.rotate(w.issuer, true)
		if err := w.issuer.Withdraw(context.Background(), audit.System("cli"), 1); err != nil {
			t.Fatal(err)
		}
		if got := w.states(); !slices.Equal(got, []evidence.State{evidence.Withdrawn, evidence.Active}) {
			t.Errorf("%q", got)
		}
		archive, err := w.issuer.Archive(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		set, err := evidence.ParseKeySet([]byte(w.keySet(w.issuer)))
		if err != nil {
			t.Fatal(err)
		}
		next := w.issue(w.issuer, f, "")
		for _, keys := range []jose.JSONWebKeySet{archive, set} {
			if _, _, err := evidence.Verify(old.Text, keys); !fault.Is(err, "evidence.key") {
				t.Errorf("the withdrawn key: %v", err)
			}
			if _, _, err := evidence.Verify(next.Text, keys); err != nil {
				t.Errorf("its successor: %v", err)
			}
		}
		if n := w.one("SELECT COUNT(*) FROM evidence_key WHERE private IS NOT NULL"); n != 1 {
			t.Errorf("%d private keys are left", n)
		}
		if kinds := w.recorded(); !slices.Contains(kinds, evidence.AuditKeyWithdrawn) {
			t.Errorf("recorded %q", kinds)
		}
	})
}
