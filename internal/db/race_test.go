package db_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/db/dbtest"
	"github.com/countersign-auth/countersign/internal/ident"
)

var zero ident.ID

const (
	racers = 64
	rounds = 20
)

// race lets many goroutines try to consume each of the codes at once, half of
// them on another node, and returns how many were told yes for each code.
func race(t *testing.T, nodes []*db.DB, consume func(d *db.DB, racer, code int) (bool, error)) []int64 {
	t.Helper()
	yes := make([]int64, rounds)
	for code := range rounds {
		var all sync.WaitGroup
		start := make(chan struct{})
		for racer := range racers {
			all.Go(func() {
				<-start
				ok, err := consume(nodes[racer%len(nodes)], racer, code)
				if err != nil {
					t.Error(err)
				}
				if ok {
					atomic.AddInt64(&yes[code], 1)
				}
			})
		}
		close(start)
		all.Wait()
	}
	return yes
}

// nodes opens one database twice, as two processes would.
func nodes(t *testing.T, dialect db.Dialect, groupSize int) []*db.DB {
	t.Helper()
	dsn := dbtest.DSN(t, dialect)
	var ds []*db.DB
	for range 2 {
		ds = append(ds, dbtest.Open(t, db.Config{DSN: dsn, GroupSize: groupSize}))
	}
	exec(t, ds[0], `CREATE TABLE code (id BIGINT PRIMARY KEY, spent BIGINT NOT NULL)`)
	for i := range rounds {
		exec(t, ds[0], `INSERT INTO code (id, spent) VALUES ($1, 0)`, i)
	}
	return ds
}

const spend = `UPDATE code SET spent = spent + 1 WHERE id = $1 AND spent = 0`

func TestOneCodeIsConsumedOnce(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		for name, c := range map[string]struct {
			size int
			key  func(racer, code int) ident.ID
		}{
			"grouped, same key":   {64, func(_, code int) ident.ID { return key(code) }},
			"grouped, other keys": {64, func(racer, _ int) ident.ID { return key(racer) }},
			"alone":               {1, func(racer, _ int) ident.ID { return key(racer) }},
		} {
			t.Run(dialect.String()+"/"+name, func(t *testing.T) {
				t.Parallel()
				ds := nodes(t, dialect, c.size)
				for code, yes := range race(t, ds, func(d *db.DB, racer, code int) (ok bool, err error) {
					err = d.Settle(t.Context(), c.key(racer, code), func(tx *db.Tx) error {
						n, err := tx.Exec(spend, code)
						ok = n == 1
						if ok {
							tx.Append(db.Record{Kind: "spent", Actor: "racer"})
						}
						return err
					})
					return ok, err
				}) {
					if yes != 1 {
						t.Errorf("code %d was accepted %d times", code, yes)
					}
				}
				if n := count(t, ds[0], `SELECT COUNT(*) FROM journal`); n != rounds {
					t.Errorf("%d audit records of %d", n, rounds)
				}
			})
		}
	}
}

// TestTheRaceCanBeLost is the control of the test above: reading first and
// writing afterwards accepts a code more than once, and the race sees it.
func TestTheRaceCanBeLost(t *testing.T) {
	t.Parallel()
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(dialect.String(), func(t *testing.T) {
			t.Parallel()
			ds := nodes(t, dialect, 64)
			var readers sync.WaitGroup // of one round: all have read before anyone writes
			var mu sync.Mutex
			entered := 0
			yes := race(t, ds, func(d *db.DB, racer, code int) (bool, error) {
				mu.Lock()
				if entered++; entered%racers == 1 {
					readers.Add(racers)
				}
				mu.Unlock()
				var spent int
				err := d.Read(t.Context(), func(tx *db.Tx) error {
					return tx.Row(`SELECT spent FROM code WHERE id = $1`, code).Scan(&spent)
				})
				readers.Done()
				readers.Wait()
				if err != nil || spent != 0 {
					return false, err
				}
				return true, errors.Join(err, d.Settle(t.Context(), key(racer), func(tx *db.Tx) error {
					_, err := tx.Exec(`UPDATE code SET spent = spent + 1 WHERE id = $1`, code)
					return err
				}))
			})
			for code, n := range yes {
				if n < 2 {
					t.Errorf("code %d was accepted %d times: this race shows nothing", code, n)
				}
			}
		})
	}
}
