package policy_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/policy"
)

func by() audit.Actor { return audit.System("test") }

func open(t *testing.T, d *db.DB) *policy.Book {
	t.Helper()
	b, err := policy.Open(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func store(t *testing.T, b *policy.Book, doc string) int64 {
	t.Helper()
	v, err := b.Store(t.Context(), by(), []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func records(t *testing.T, d *db.DB, kind string) (n int) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.Row("SELECT COUNT(*) FROM journal WHERE kind = $1", kind).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStoreAndActivate(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		if b.Active().Version != 0 {
			t.Fatalf("a new database has version %d", b.Active().Version)
		}
		one, two := store(t, b, good), store(t, b, strings.Replace(good, "max: 8}", "max: 9}", 1))
		if one != 1 || two != 2 || b.Active().Version != 0 {
			t.Fatalf("stored %d and %d; in force %d", one, two, b.Active().Version)
		}
		for _, wrong := range [][2]int64{{0, 3}, {0, 0}, {1, 1}, {1, 2}, {2, 1}} {
			if err := b.Activate(t.Context(), by(), wrong[0], wrong[1]); !fault.Is(err, "policy.not_active") {
				t.Errorf("from %d to %d: %v", wrong[0], wrong[1], err)
			}
		}
		for _, step := range [][2]int64{{0, 2}, {2, 1}} {
			if err := b.Activate(t.Context(), by(), step[0], step[1]); err != nil || b.Active().Version != step[1] {
				t.Errorf("from %d to %d: %v, in force %d", step[0], step[1], err, b.Active().Version)
			}
		}
		for _, stale := range [][2]int64{{0, 2}, {2, 1}, {1, 9}, {1, 1}} {
			if err := b.Activate(t.Context(), by(), stale[0], stale[1]); !fault.Is(err, "policy.not_active") || b.Active().Version != 1 {
				t.Errorf("from %d to %d: %v", stale[0], stale[1], err)
			}
		}
		if s, a := records(t, d, policy.AuditStored), records(t, d, policy.AuditActivated); s != 2 || a != 2 {
			t.Errorf("%d records of storing, %d of activating", s, a)
		}
	})
}

func TestStoreRefusesMistakes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		if _, err := b.Store(t.Context(), by(), []byte("policies: []")); !fault.Is(err, "policy.invalid") || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%v", err)
		}
		if n := records(t, d, policy.AuditStored); n != 0 {
			t.Errorf("%d records of nothing", n)
		}
	})
}

// TestRacingActivations: of many officers who activate from one version, one
// succeeds, and every other is told.
func TestRacingActivations(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		for i := range 16 {
			store(t, b, good+fmt.Sprintf("# %d\n", i))
		}
		from := int64(0)
		for round := range 6 {
			errs := make([]error, 8)
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() { errs[i] = b.Activate(context.Background(), by(), from, int64(round%2*8+i+1)) })
			}
			wg.Wait()
			won := int64(0)
			for i, err := range errs {
				switch {
				case err == nil && won == 0:
					won = int64(round%2*8 + i + 1)
				case !fault.Is(err, "policy.not_active"):
					t.Fatalf("round %d, to %d: %v; version %d was activated", round, i+1, err, won)
				}
			}
			if err := b.Reload(t.Context()); err != nil || won == 0 || b.Active().Version != won {
				t.Fatalf("round %d: %d won, %d is in force, %v", round, won, b.Active().Version, err)
			}
			from = won
		}
	})
}

func TestRacingStores(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		versions := make([]int64, 16)
		var wg sync.WaitGroup
		for i := range versions {
			wg.Go(func() {
				for {
					v, err := b.Store(context.Background(), by(), []byte(good))
					if fault.Is(err, "policy.concurrent") {
						continue
					}
					if versions[i] = v; err != nil {
						t.Error(err)
					}
					return
				}
			})
		}
		wg.Wait()
		seen := map[int64]bool{}
		for _, v := range versions {
			seen[v] = true
		}
		if len(seen) != 16 || !seen[1] || !seen[16] {
			t.Errorf("versions %v", versions)
		}
	})
}

// TestAnotherNodeFollows: what one node activates, the other has after a reload,
// and whole acts keep the set that they began with.
func TestAnotherNodeFollows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		here, there := open(t, d), open(t, d)
		held := there.Active()
		if err := here.Activate(t.Context(), by(), 0, store(t, here, good)); err != nil {
			t.Fatal(err)
		}
		if there.Active().Version != 0 {
			t.Error("the other node has it before it looked")
		}
		if err := there.Reload(t.Context()); err != nil || there.Active().Version != 1 || held.Version != 0 {
			t.Errorf("%v, in force %d, held %d", err, there.Active().Version, held.Version)
		}
		if d := cmp.Diff(here.Active(), there.Active()); d != "" {
			t.Errorf("the nodes differ: %s", d)
		}
		if late := open(t, d); late.Active().Version != 1 {
			t.Errorf("a node that starts later has version %d", late.Active().Version)
		}
	})
}

// TestRunReloadsWithinASecond runs on the test's own time.
func TestRunReloadsWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite)})
		here, there := open(t, d), open(t, d)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { there.Run(ctx); close(done) }()
		if err := here.Activate(t.Context(), by(), 0, store(t, here, good)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1100 * time.Millisecond)
		synctest.Wait()
		if there.Active().Version != 1 {
			t.Errorf("after a second the other node has version %d", there.Active().Version)
		}
		stop()
		<-done
	})
}

// TestUnreadableVersion: a version that this program cannot read (a newer one wrote
// it) leaves the last known one in force, and says so.
func TestUnreadableVersion(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := open(t, d)
		v := store(t, b, good)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE policy_version SET document = $1 WHERE version = $2", "telepathy: true", v)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Activate(t.Context(), by(), 0, v); !fault.Is(err, "policy.unreadable") || b.Active().Version != 0 {
			t.Errorf("%v, in force %d", err, b.Active().Version)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error { return policy.ActivateIn(tx, by(), 0, v, "") })
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Reload(t.Context()); !fault.Is(err, "policy.unreadable") || b.Active().Version != 0 {
			t.Errorf("a node that runs: %v, in force %d", err, b.Active().Version)
		}
		if _, err := policy.Open(t.Context(), d, nil); !fault.Is(err, "policy.unreadable") {
			t.Errorf("a node that starts: %v", err)
		}
		if err := b.Activate(t.Context(), by(), v, store(t, b, good)); err != nil || b.Active().Version != v+1 {
			t.Errorf("the way out: %v, in force %d", err, b.Active().Version)
		}
	})
}

func TestTree(t *testing.T) {
	t.Parallel()
	tree, err := policy.Version0().Tree()
	if err != nil {
		t.Fatal(err)
	}
	r, ok := tree["registration"].(map[string]any)
	if !ok || r["code_valid"] != "168h0m0s" || r["code_length"] != 16 {
		t.Errorf("%v", tree["registration"])
	}
}
