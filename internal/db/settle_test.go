package db_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
)

// counters makes n rows that can be counted up.
func counters(t *testing.T, d *db.DB, n int) {
	t.Helper()
	exec(t, d, `CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)`)
	write(t, d, func(tx *db.Tx) error {
		var rows [][]any
		for i := range n {
			rows = append(rows, []any{i})
		}
		_, err := tx.Many(`INSERT INTO counter (id, n) VALUES ($1, 0)`, rows)
		return err
	})
}

func countUp(i int) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE counter SET n = n + 1 WHERE id = $1`, i)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d rows changed", n)
		}
		tx.Append(db.Record{Kind: "counted", Actor: "test", Customer: key(i), Object: strconv.Itoa(i)})
		return err
	}
}

// hold keeps every worker busy until release is called, so that what is sent
// meanwhile comes together.
func hold(t *testing.T, d *db.DB, workers int) (release func()) {
	t.Helper()
	door := make(chan struct{})
	var inside, all sync.WaitGroup
	for i := range workers {
		inside.Add(1)
		all.Go(func() {
			var once sync.Once
			err := d.Settle(context.Background(), key(100_000+i), func(*db.Tx) error {
				once.Do(inside.Done)
				<-door
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		inside.Wait()
	}
	return func() { close(door); all.Wait() }
}

// workers is how many settlements can run at once with the default settings.
func workers(d *db.DB) int { return map[db.Dialect]int{db.SQLite: 1, db.Postgres: 2}[d.Dialect()] }

func TestSettleLosesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		counters(t, d, 32)
		var all sync.WaitGroup
		for i := range 320 {
			all.Go(func() {
				if err := d.Settle(t.Context(), key(i%32), countUp(i%32)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := count(t, d, `SELECT COUNT(*) FROM counter WHERE n = 10`); n != 32 {
			t.Errorf("%d counters of 32 stand at 10", n)
		}
		if n := count(t, d, `SELECT COUNT(*) FROM journal WHERE kind = 'counted'`); n != 320 {
			t.Errorf("%d audit records of 320", n)
		}
	})
}

func TestSettlementsShareACommit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		counters(t, d, 40)
		release := hold(t, d, workers(d))
		var all sync.WaitGroup
		before := d.Stats()
		admitted := fill(t, d, &all, 40)
		admitted.Wait()
		release()
		all.Wait()
		s := d.Stats()
		if groups := s.Groups - before.Groups; groups > 4+uint64(workers(d)) {
			t.Errorf("40 settlements that waited together took %d commits", groups)
		}
		if n := count(t, d, `SELECT SUM(n) FROM counter`); n != 40 {
			t.Errorf("%d of 40 counted", n)
		}
	})
}

// fill sends n settlements, which wait behind hold.
func fill(t *testing.T, d *db.DB, all *sync.WaitGroup, n int) *sync.WaitGroup {
	t.Helper()
	var admitted sync.WaitGroup
	for i := range n {
		admitted.Add(1)
		all.Go(func() {
			admitted.Done()
			if err := d.Settle(context.Background(), key(i), countUp(i)); err != nil {
				t.Error(err)
			}
		})
	}
	return &admitted
}

func TestAKeyRunsOnceAtATime(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, func(t *testing.T, d *db.DB) {
		counters(t, d, 1)
		var running, most atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				err := d.Settle(t.Context(), key(0), func(tx *db.Tx) error {
					most.Store(max(most.Load(), running.Add(1)))
					defer running.Add(-1)
					return countUp(0)(tx)
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if most.Load() != 1 {
			t.Errorf("%d functions with one key ran at once", most.Load())
		}
		if n := count(t, d, `SELECT n FROM counter`); n != 50 {
			t.Errorf("counted %d of 50", n)
		}
	})
}

// TestNeighborsInOneGroup puts good and bad units into the very same group.
func TestNeighborsInOneGroup(t *testing.T) {
	t.Parallel()
	fails := errors.New("fails on purpose")
	for name, c := range map[string]struct {
		bad  func(tx *db.Tx) error
		want func(err error, panicked any) bool
	}{
		"error after a change": {
			func(tx *db.Tx) error { return errors.Join(countUp(99)(tx), fails) },
			func(err error, _ any) bool { return errors.Is(err, fails) },
		},
		"error before any change": {
			func(tx *db.Tx) error { return fails },
			func(err error, _ any) bool { return errors.Is(err, fails) },
		},
		"panic after a change": {
			func(tx *db.Tx) error { _ = countUp(99)(tx); panic(fails) },
			func(_ error, p any) bool { return p == any(fails) },
		},
		"panic at once": {
			func(*db.Tx) error { panic(fails) },
			func(_ error, p any) bool { return p == any(fails) },
		},
		"refused statement": {
			func(tx *db.Tx) error {
				_, err := tx.Exec(`INSERT INTO counter (id, n) VALUES (99, 0)`)
				return err
			},
			func(err error, _ any) bool { return db.IsUnique(err) },
		},
		"refused statement, ignored": {
			func(tx *db.Tx) error {
				_, _ = tx.Exec(`INSERT INTO counter (id, n) VALUES (99, 0)`)
				return nil
			},
			func(err error, _ any) bool { return db.IsUnique(err) },
		},
		"statement that does not exist": {
			func(tx *db.Tx) error { _, err := tx.Exec(`UPDATE nothing SET n = 1`); return err },
			func(err error, _ any) bool { return err != nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				counters(t, d, 100)
				release := hold(t, d, workers(d))
				var all sync.WaitGroup
				fill(t, d, &all, 20).Wait()
				for i := range 3 {
					all.Go(func() {
						var err error
						p := caught(func() { err = d.Settle(context.Background(), key(1000+i), c.bad) })
						if !c.want(err, p) {
							t.Errorf("got %v, panic %v", err, p)
						}
					})
				}
				release()
				all.Wait()
				if n := count(t, d, `SELECT COUNT(*) FROM counter WHERE n = 1 AND id < 20`); n != 20 {
					t.Errorf("%d of 20 good neighbors have counted once", n)
				}
				if n := count(t, d, `SELECT SUM(n) FROM counter`); n != 20 {
					t.Errorf("something was counted twice or by a failed unit: %d", n)
				}
				if n := count(t, d, `SELECT COUNT(*) FROM journal`); n != 20 {
					t.Errorf("%d audit records of 20", n)
				}
			})
		})
	}
}

func caught(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

func TestContextGovernsAdmissionOnly(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		counters(t, d, 1)
		ctx, cancel := context.WithCancel(t.Context())
		err := d.Settle(ctx, key(0), func(tx *db.Tx) error {
			cancel() // the caller goes away in the middle
			return countUp(0)(tx)
		})
		if err != nil || count(t, d, `SELECT n FROM counter`) != 1 {
			t.Errorf("an admitted unit was given up: %v", err)
		}
		err = d.Settle(ctx, key(0), countUp(0))
		if fault.KindOf(err) != fault.Unavailable || !errors.Is(err, context.Canceled) {
			t.Errorf("a canceled caller was let in: %v", err)
		}
		if n := count(t, d, `SELECT n FROM counter`); n != 1 {
			t.Errorf("counted %d", n)
		}
	})
}

func TestAFullQueueRefuses(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			t.Parallel()
			d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, dialect), Queue: 1})
			release := hold(t, d, 1)
			ctx, cancel := context.WithCancel(t.Context())
			refused := make(chan error)
			go func() { refused <- d.Settle(ctx, key(1), func(*db.Tx) error { return nil }) }()
			cancel()
			if err := <-refused; fault.KindOf(err) != fault.Unavailable {
				t.Errorf("a full queue: %v", err)
			}
			release()
			if err := d.Settle(t.Context(), key(1), func(*db.Tx) error { return nil }); err != nil {
				t.Errorf("after it has room again: %v", err)
			}
		})
	}
}

func TestCloseWaitsForWhatWasAdmitted(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			t.Parallel()
			dsn := dbtest.DSN(t, dialect)
			d := dbtest.Open(t, db.Config{DSN: dsn})
			counters(t, d, 20)
			var all sync.WaitGroup
			var stored atomic.Int64
			for i := range 20 {
				all.Go(func() {
					if err := d.Settle(context.Background(), key(i), countUp(i)); err == nil {
						stored.Add(1)
					} else if !fault.Is(err, "db.closed") {
						t.Error(err)
					}
				})
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
			all.Wait()
			err := d.Settle(t.Context(), key(1), countUp(1))
			if !fault.Is(err, "db.closed") {
				t.Errorf("settled after the end: %v", err)
			}
			if err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT 1`).Scan(new(int)) }); !fault.Is(err, "db.closed") {
				t.Errorf("read after the end: %v", err)
			}
			again := dbtest.Open(t, db.Config{DSN: dsn})
			if n := count(t, again, `SELECT SUM(n) FROM counter`); int64(n) != stored.Load() {
				t.Errorf("%d acknowledged, %d stored", stored.Load(), n)
			}
		})
	}
}

func TestSettleNeedsAKey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if err := d.Settle(t.Context(), zero, func(*db.Tx) error { return nil }); err == nil {
			t.Error("a settlement without a key was accepted")
		}
	})
}
