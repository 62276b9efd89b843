package limit_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/limit"
)

var counter = limit.In("activation_attempts", "", "customer")

// fixture is one counter row.
type fixture struct {
	d  *db.DB
	id ident.ID
}

func newFixture(t rapidT, d *db.DB, name string) fixture {
	f := fixture{d, ident.Derive(name)}
	f.write(t, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO activation_attempts (customer, failures, blocks, blocked_until) VALUES ($1, 0, 0, NULL)", f.id)
		return err
	})
	return f
}

type rapidT interface {
	Helper()
	Fatal(args ...any)
}

func (f fixture) write(t rapidT, do func(*db.Tx) error) {
	t.Helper()
	if err := f.d.Settle(context.Background(), f.id, do); err != nil {
		t.Fatal(err)
	}
}

func (f fixture) claim(t rapidT, rule limit.Rule) (ok bool) {
	t.Helper()
	f.write(t, func(tx *db.Tx) (err error) {
		ok, err = counter.Claim(tx, rule, f.id)
		return err
	})
	return ok
}

func (f fixture) state(t rapidT) (s limit.State) {
	t.Helper()
	f.write(t, func(tx *db.Tx) error {
		return tx.Row("SELECT "+limit.Columns+" FROM activation_attempts WHERE customer = $1", f.id).Scan(s.Dest()...)
	})
	return s
}

func (f fixture) clear(t rapidT) {
	t.Helper()
	f.write(t, func(tx *db.Tx) error {
		_, err := counter.Clear(tx, f.id)
		return err
	})
}

func TestStates(t *testing.T) {
	t.Parallel()
	dbtest.EachWithClock(t, func(t *testing.T, d *db.DB, clock *dbtest.Clock) {
		rule := limit.Rule{Max: 3, CoolDown: time.Minute, MaxBlocks: 2}
		f := newFixture(t, d, "states")
		for i := range 3 {
			if s := f.state(t); s.Count != i || s.Left(rule, clock.Now()) != 3-i {
				t.Fatalf("after %d claims: %+v", i, s)
			}
			if !f.claim(t, rule) {
				t.Fatalf("claim %d was refused", i+1)
			}
		}
		blocked := f.state(t)
		if !blocked.Blocked(clock.Now()) || blocked.Held() || blocked.Count != 3 || blocked.Blocks != 1 || blocked.Left(rule, clock.Now()) != 0 {
			t.Fatalf("at the threshold: %+v", blocked)
		}
		clock.Advance(59 * time.Second)
		if f.claim(t, rule) || f.state(t) != blocked {
			t.Fatal("a claim during the block counted or lengthened it")
		}
		clock.Advance(2 * time.Second)
		if s := f.state(t); s.Left(rule, clock.Now()) != 3 {
			t.Fatalf("cooled: %+v", s)
		}
		if !f.claim(t, rule) || f.state(t).Count != 1 {
			t.Fatalf("after the cool-down counting starts again: %+v", f.state(t))
		}
		f.claim(t, rule)
		f.claim(t, rule)
		if s := f.state(t); !s.Held() || s.Blocks != 2 {
			t.Fatalf("the second block must be permanent: %+v", s)
		}
		clock.Advance(1000 * time.Hour)
		if f.claim(t, rule) {
			t.Fatal("a permanent block opened by itself")
		}
		f.clear(t)
		if s := f.state(t); s != (limit.State{}) || !f.claim(t, rule) {
			t.Fatalf("cleared: %+v", s)
		}
	})
}

func TestZeroCoolDownIsPermanent(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d, "permanent")
		if f.claim(t, limit.Rule{Max: 1}); !f.state(t).Held() {
			t.Errorf("got %+v", f.state(t))
		}
	})
}

func TestMissingRowRefuses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if (fixture{d, ident.Derive("nobody")}).claim(t, limit.Rule{Max: 5}) {
			t.Error("a counter that does not exist was claimed")
		}
	})
}

// TestParallelClaims is invariant 2: N parallel wrong guesses count N and never
// pass the threshold.
func TestParallelClaims(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, n := range []int{3, 64} {
			rule := limit.Rule{Max: 5, CoolDown: time.Hour}
			f := newFixture(t, d, "parallel"+time.Duration(n).String())
			var won atomic.Int32
			var wg sync.WaitGroup
			for range n {
				wg.Go(func() {
					if f.claim(fatal{t}, rule) {
						won.Add(1)
					}
				})
			}
			wg.Wait()
			want := min(n, rule.Max)
			if s := f.state(t); int(won.Load()) != want || s.Count != want {
				t.Errorf("%d parallel claims: %d won, state %+v; want %d", n, won.Load(), s, want)
			}
		}
	})
}

// fatal reports from goroutines that may not stop the test.
type fatal struct{ t *testing.T }

func (f fatal) Helper()           { f.t.Helper() }
func (f fatal) Fatal(args ...any) { f.t.Error(args...) }

// TestModel compares random acts with a plain model of the package comment.
func TestModel(t *testing.T) {
	t.Parallel()
	clock := dbtest.NewClock()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.SQLite), Now: clock.Now})
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		rule := limit.Rule{Max: rapid.IntRange(1, 4).Draw(t, "max"), MaxBlocks: rapid.IntRange(0, 3).Draw(t, "blocks"), CoolDown: time.Duration(rapid.IntRange(0, 2).Draw(t, "cool")) * time.Minute}
		n++
		f := newFixture(t, d, time.Duration(n).String())
		var m limit.State
		t.Repeat(map[string]func(*rapid.T){
			"claim": func(t *rapid.T) {
				want := !m.Blocked(clock.Now())
				if want {
					if !m.BlockedUntil.IsZero() {
						m.Count, m.BlockedUntil = 0, time.Time{}
					}
					if m.Count++; m.Count >= rule.Max {
						m.Blocks++
						m.BlockedUntil = clock.Now().Add(rule.CoolDown)
						if rule.CoolDown == 0 || rule.MaxBlocks > 0 && m.Blocks >= rule.MaxBlocks {
							m.BlockedUntil = limit.Forever
						}
					}
				}
				if got := f.claim(t, rule); got != want {
					t.Fatalf("claim gave %v, the model %v at %+v", got, want, m)
				}
			},
			"clear": func(t *rapid.T) { f.clear(t); m = limit.State{} },
			"wait":  func(*rapid.T) { clock.Advance(40 * time.Second) },
			"": func(t *rapid.T) {
				got := f.state(t)
				if got.Count != m.Count || got.Blocks != m.Blocks || !got.BlockedUntil.Equal(m.BlockedUntil.Truncate(time.Microsecond)) {
					t.Fatalf("state %+v, the model %+v", got, m)
				}
			},
		})
	})
}
