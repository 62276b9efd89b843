package db_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/fault"
)

// onPostgres opens a fresh database on PostgreSQL with a function stumble(n, state)
// that fails its first n calls with that SQLSTATE; calls are counted outside of
// the transaction.
func onPostgres(t *testing.T) *db.DB {
	t.Helper()
	d := dbtest.Open(t, db.Config{DSN: dbtest.DSN(t, db.Postgres)})
	counters(t, d, 30)
	exec(t, d, `CREATE SEQUENCE calls`)
	exec(t, d, `CREATE FUNCTION stumble(n BIGINT, state TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $f$ BEGIN
		IF nextval('calls') <= n THEN RAISE EXCEPTION 'stumbled' USING ERRCODE = state; END IF; RETURN 0; END $f$`)
	return d
}

func stumble(n int, state string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		var zero int
		return errors.Join(countUp(0)(tx), tx.Row(`SELECT stumble($1, $2)`, n, state).Scan(&zero))
	}
}

func TestWhatTheDatabaseAsksToRepeatIsRepeated(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"40001", "40P01", "55P03"} {
		t.Run(state, func(t *testing.T) {
			t.Parallel()
			d := onPostgres(t)
			for i, open := range openings(d) {
				exec(t, d, `ALTER SEQUENCE calls RESTART`)
				if err := open(stumble(3, state)); err != nil {
					t.Errorf("%s: after three stumbles: %v", i, err)
				}
				exec(t, d, `ALTER SEQUENCE calls RESTART`)
				if err := open(stumble(1000, state)); !fault.Is(err, "db.busy") {
					t.Errorf("%s: after endless stumbles: %v", i, err)
				}
			}
			if n := count(t, d, `SELECT SUM(n) FROM counter`); n != 2 {
				t.Errorf("counted %d of 2", n)
			}
			if d.Stats().Retries == 0 {
				t.Error("nothing was retried")
			}
		})
	}
}

func TestAStumblingNeighborIsTakenOut(t *testing.T) {
	t.Parallel()
	d := onPostgres(t)
	release := hold(t, d, workers(d))
	var all sync.WaitGroup
	fill(t, d, &all, 20).Wait()
	all.Go(func() {
		if err := d.Settle(t.Context(), key(500), stumble(2, "40001")); err != nil {
			t.Error(err)
		}
	})
	release()
	all.Wait()
	if n := count(t, d, `SELECT SUM(n) FROM counter`); n != 21 {
		t.Errorf("counted %d of 21", n)
	}
}

func TestConditionsOfTheServerAreFaults(t *testing.T) {
	t.Parallel()
	d := onPostgres(t)
	for state, want := range map[string]string{
		"53100": "db.full", "53300": "db.unavailable", "57P03": "db.unavailable", "25006": "db.read_only", "57014": "db.busy", "08006": "db.unavailable",
	} {
		exec(t, d, `ALTER SEQUENCE calls RESTART`)
		if err := d.Write(t.Context(), stumble(1000, state)); !fault.Is(err, want) || fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%s: %v", state, err)
		}
	}
}

// TestALockedRowHoldsUpOneUnitOnly locks a row in a slow transaction. The unit
// that wants it waits; those that came with it do not.
func TestALockedRowHoldsUpOneUnitOnly(t *testing.T) {
	t.Parallel()
	d := onPostgres(t)
	locked, unlock := make(chan struct{}), make(chan struct{})
	var all, blocked sync.WaitGroup
	all.Go(func() {
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			err := countUp(25)(tx)
			close(locked)
			<-unlock
			return err
		}); err != nil {
			t.Error(err)
		}
	})
	<-locked
	release := hold(t, d, workers(d))
	var neighbors sync.WaitGroup
	fill(t, d, &neighbors, 20).Wait()
	blocked.Go(func() {
		if err := d.Settle(t.Context(), key(25), countUp(25)); err != nil {
			t.Error(err)
		}
	})
	release()
	neighbors.Wait() // returns although the row is still locked
	close(unlock)
	blocked.Wait()
	all.Wait()
	if n := count(t, d, `SELECT SUM(n) FROM counter`); n != 22 {
		t.Errorf("counted %d of 22", n)
	}
}

// TestTwoGroupsThatLockCrosswise makes deadlocks: every unit changes two rows,
// in either order.
func TestTwoGroupsThatLockCrosswise(t *testing.T) {
	t.Parallel()
	d := onPostgres(t)
	var all sync.WaitGroup
	const units = 40
	for i := range units {
		all.Go(func() {
			a, b := i%3, (i+1+i%2)%3
			if err := d.Settle(t.Context(), key(i), func(tx *db.Tx) error {
				return errors.Join(countUp(a)(tx), countUp(b)(tx))
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := count(t, d, `SELECT SUM(n) FROM counter`); n != 2*units {
		t.Errorf("counted %d of %d", n, 2*units)
	}
}

func TestReadsBehindAFailedReadStillAnswer(t *testing.T) {
	t.Parallel()
	d := onPostgres(t)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			var n int
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				return tx.Row(`SELECT 100 / CAST($1 AS BIGINT)`, i%4).Scan(&n)
			})
			if i%4 == 0 && err == nil || i%4 != 0 && (err != nil || n != 100/(i%4)) {
				t.Errorf("100 / %d = %d, %v", i%4, n, err)
			}
		})
	}
	all.Wait()
}

func TestTheSchemaMayChangeUnderWay(t *testing.T) {
	t.Parallel()
	d := onPostgres(t)
	for i := range 3 {
		for name, open := range openings(d) {
			if err := open(func(tx *db.Tx) error {
				return tx.Each(`SELECT * FROM counter WHERE id = 1`, nil, func(db.Row) error { return nil })
			}); err != nil {
				t.Errorf("%s after %d changes: %v", name, i, err)
			}
		}
		if err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.Each(`SELECT * FROM counter WHERE id = 1`, nil, func(db.Row) error { return nil })
		}); err != nil {
			t.Errorf("read after %d changes: %v", i, err)
		}
		exec(t, d, fmt.Sprintf(`ALTER TABLE counter ADD COLUMN extra%d BIGINT`, i))
	}
}

// Whoever reads or writes does it in a session that compiles no statement.
func TestSessionsCompileNothing(t *testing.T) {
	t.Parallel()
	d := onPostgres(t)
	for name, open := range openings(d) {
		var jit string
		if err := open(func(tx *db.Tx) error { return tx.Row(`SELECT current_setting('jit')`).Scan(&jit) }); err != nil || jit != "off" {
			t.Errorf("%s: jit is %q, %v", name, jit, err)
		}
	}
	var jit string
	if err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT current_setting('jit')`).Scan(&jit) }); err != nil || jit != "off" {
		t.Errorf("reading: jit is %q, %v", jit, err)
	}
}
