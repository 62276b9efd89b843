package db

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/countersign-auth/countersign/internal/fault"
)

// postgres is the engine for PostgreSQL. Committers take settlements in groups;
// writers take what runs alone: writes, and settlements that their group could
// not keep. Readers share round trips between all reads.
type postgres struct {
	shared
	config  *pgconn.Config
	settles *queue
	writes  *queue
	points  *readQueue
	lists   *readQueue
	open    atomic.Int64

	settling, writing, reading sync.WaitGroup
	once                       sync.Once
}

// How long a statement waits for a row that another transaction has locked. In
// a group the wait costs all its members, so it is short and ends with the unit
// alone.
const (
	groupLockTimeout = 250 * time.Millisecond
	aloneLockTimeout = 10 * time.Second
	dialTimeout      = 5 * time.Second
)

func openPostgres(s shared) (*postgres, error) {
	config, err := pgconn.ParseConfig(s.DSN)
	if err != nil || s.DSN == "" {
		// The error repeats the DSN, with its password blotted out as far as
		// the parser understood it: it is not passed on.
		return nil, fault.Invalidf("db.dsn", "The DSN is neither sqlite:PATH nor a PostgreSQL address like postgres://user:password@host/database.")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = dialTimeout
	}
	e := &postgres{shared: s, config: config, settles: newQueue(s.Queue, s.GroupSize/4), writes: newQueue(s.Queue, 1), points: newReadQueue(), lists: newReadQueue()}
	for range s.Committers {
		w := &pgWorker{postgres: e, settings: e.session(groupLockTimeout)}
		// A round takes its rows in the order of their keys: only a nested loop
		// keeps to it, and its plan is right however few rows there are.
		w.settings["enable_hashjoin"], w.settings["enable_mergejoin"] = "off", "off"
		e.settling.Go(func() { w.serve(e.settles, s.GroupSize, w.settle) })
	}
	for range s.Writers {
		w := &pgWorker{postgres: e, settings: e.session(aloneLockTimeout)}
		e.writing.Go(func() { w.serve(e.writes, 1, w.alone) })
	}
	for range s.Readers {
		e.reading.Go(func() { e.reader(e.points) })
		e.reading.Go(func() { e.reader(e.lists) })
	}
	return e, nil
}

// session is what every session is set to. A node that dies while it holds a
// transaction open must not hold its locks for long.
func (e *postgres) session(lock time.Duration) map[string]string {
	return map[string]string{
		"application_name":                    "countersign",
		"default_transaction_isolation":       "read committed",
		"statement_timeout":                   milliseconds(e.Patience),
		"lock_timeout":                        milliseconds(lock),
		"idle_in_transaction_session_timeout": milliseconds(2 * e.Patience),
		// A plan that was made while a table was empty reads it whole, and is kept
		// until the table is analyzed: on a new installation for the first minute,
		// with thousands of rows already. Every statement of ours has its index.
		"enable_seqscan": "off",
		// A table without an index, of one row say, then seems so dear to read that
		// PostgreSQL compiles the statement first, for 20 ms each time.
		"jit": "off",
	}
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }

func (e *postgres) dial(settings map[string]string) (*pgConn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), min(e.Patience, e.config.ConnectTimeout))
	defer cancel()
	c, err := dial(ctx, e.config, e.Patience, settings)
	if err == nil {
		e.open.Add(1)
	}
	return c, err
}

func (e *postgres) hangUp(c *pgConn) {
	if c != nil {
		c.close()
		e.open.Add(-1)
	}
}

func (e *postgres) admit(ctx context.Context, u *unit) error {
	if u.alone {
		return e.writes.admit(ctx, u)
	}
	return e.settles.admit(ctx, u)
}

func (e *postgres) connections() int { return int(e.open.Load()) }

// close goes in the order in which work is handed on.
func (e *postgres) close() error {
	e.once.Do(func() {
		e.settles.close()
		e.settling.Wait()
		e.writes.close()
		e.writing.Wait()
		e.points.close()
		e.lists.close()
		e.reading.Wait()
	})
	return nil
}

func (e *postgres) now(ctx context.Context) (time.Time, error) {
	var at time.Time
	err := e.read(ctx, func(tx *Tx) error {
		return tx.Row(`SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)`).Scan(&at)
	})
	return at, err
}

// migrationLock is the advisory lock under which nodes migrate: "counters".
const migrationLock = 0x636f756e74657273

func (e *postgres) migrate(ctx context.Context, f func(migrator) error) (err error) {
	config := e.config.Copy()
	config.RuntimeParams["application_name"] = "countersign migrate"
	c, err := dial(ctx, config, e.Patience, nil)
	if err != nil {
		return err
	}
	defer c.close()
	defer context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(past) })()
	if err := c.script("SELECT pg_advisory_lock(" + strconv.Itoa(migrationLock) + ")"); err != nil {
		return err
	}
	return f(&pgMigrator{pgConn: c, now: e.clock.now()}) // closing the connection unlocks
}

// pgMigrator runs each migration in its own transaction.
type pgMigrator struct {
	*pgConn
	now time.Time
}

func (m *pgMigrator) transact(f func(*Tx) error) error {
	if err := m.script("BEGIN"); err != nil {
		return err
	}
	tx := &Tx{Now: m.now, s: m, dialect: Postgres, write: true}
	if err := tx.close(f(tx)); err != nil {
		return errors.Join(err, m.script("ROLLBACK"))
	}
	return m.script("COMMIT")
}

// do implements session.
func (m *pgMigrator) do(c *call) {
	if err := m.run([]*call{c}); err != nil && c.err == nil {
		c.err = err
	}
}
