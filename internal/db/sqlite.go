package db

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
)

// lite is the engine for SQLite: one writer, which owns the only connection that
// changes anything, and a pool of readers, opened when first needed.
type lite struct {
	shared
	path    string
	queue   *queue
	writer  *liteConn
	careful int // groups that still keep a savepoint for each unit; the writer's
	readers *readers
	wal     checkpointer
	open    atomic.Int64
	work    sync.WaitGroup
	once    sync.Once
	err     error // of close
}

func openSQLite(ctx context.Context, s shared, path string) (*lite, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, fault.Invalidf("db.dsn", "SQLite needs a file: write sqlite:/path/to/countersign.db.")
	}
	private(path)
	e := &lite{shared: s, path: path, queue: newQueue(s.Queue, 1), readers: newReaders(s.Readers)}
	var err error
	if e.writer, err = openLite(ctx, path, s.Patience, "cache_size(-16384)"); err != nil {
		return nil, err
	}
	e.open.Add(1)
	e.watchLog()
	e.work.Go(e.write)
	return e, nil
}

// private creates the file if it is not there, for nobody but us to read: SQLite
// would leave that to the umask, and gives its log the same mode. A failure is
// SQLite's to report.
func private(path string) {
	if f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err == nil {
		_ = f.Close()
	}
}

func (e *lite) admit(ctx context.Context, u *unit) error { return e.queue.admit(ctx, u) }

func (e *lite) connections() int { return int(e.open.Load()) }

func (e *lite) close() error {
	e.once.Do(func() {
		e.queue.close()
		e.work.Wait()
		close(e.wal.ask)
		e.wal.work.Wait()
		for _, l := range e.readers.close() {
			e.err = errors.Join(e.err, l.close())
			e.open.Add(-1)
		}
		e.err = errors.Join(e.err, e.writer.close())
		e.open.Add(-1)
	})
	return e.err
}

// borrow takes a reader out of the pool, or opens one.
func (e *lite) borrow(ctx context.Context) (*liteConn, error) {
	l, err := e.readers.take(ctx)
	if l != nil || err != nil {
		return l, err
	}
	if l, err = openLite(ctx, e.path, e.Patience, "query_only(on)", "cache_size(-4096)"); err != nil {
		e.readers.put(nil)
		return nil, err
	}
	e.open.Add(1)
	return l, nil
}

// read runs f on one snapshot.
func (e *lite) read(ctx context.Context, f func(*Tx) error) error {
	l, err := e.borrow(ctx)
	if err != nil {
		return classify(err)
	}
	tx := &Tx{Now: e.clock.now(), s: counted{l, e.stats}}
	l.c.SetInterrupt(ctx)
	defer func() {
		tx.over = true
		l.c.SetInterrupt(context.Background())
		_ = l.mark("ROLLBACK") // of a snapshot: there is nothing to lose
		e.readers.put(l)
	}()
	if err := l.mark("BEGIN"); err != nil {
		return classify(err)
	}
	return tx.close(f(tx))
}

// counted is a reader that counts its statements.
type counted struct {
	*liteConn
	stats *counters
}

func (c counted) do(call *call) {
	c.stats.reads.Add(1)
	c.liteConn.do(call)
}

func (e *lite) now(ctx context.Context) (time.Time, error) {
	var at time.Time
	err := e.read(ctx, func(tx *Tx) error {
		return tx.Row(`SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)`).Scan(&at)
	})
	return at, err
}

// migrate does everything in one transaction on a connection of its own: its
// write lock keeps out whoever else wants to migrate.
func (e *lite) migrate(ctx context.Context, f func(migrator) error) (err error) {
	l, err := openLite(ctx, e.path, e.Patience)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := l.script("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := f(liteMigrator{liteConn: l, now: e.clock.now()}); err != nil {
		return errors.Join(err, l.script("ROLLBACK"))
	}
	return l.script("COMMIT")
}

// liteMigrator runs inside that transaction.
type liteMigrator struct {
	*liteConn
	now time.Time
}

func (m liteMigrator) transact(f func(*Tx) error) error {
	tx := &Tx{Now: m.now, s: m.liteConn, write: true}
	return tx.close(f(tx))
}
