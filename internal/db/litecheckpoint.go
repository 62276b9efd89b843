package db

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// logPages is how many pages the write-ahead log has when it is copied into the
// database: 64 MiB. From lateLog times as many on, the writer no longer leaves
// that to somebody else, and no longer to chance: it waits for readers, for
// readerPatience at most each time that the log has grown by logPages.
const (
	logPages       = 1 << 14
	lateLog        = 4
	readerPatience = 100 * time.Millisecond
)

// checkpointer copies the write-ahead log into the database beside the writer.
// SQLite by itself would do it within a commit, and everybody in that group would
// wait for tens of thousands of pages and their flush. Here the bulk is copied by
// a connection of its own while the writer goes on; then the writer copies the
// little that came meanwhile, between two groups, so that the log is copied
// whole and begins anew.
//
// It does so if no reader that began before is still reading. Where somebody always
// is, that may never be, so that in the end the writer makes it so: while it waits,
// new readers find everything in the database and need no log.
type checkpointer struct {
	conn   *liteConn // opened when first needed
	enough int       // pages in the log from which it is copied
	late   int       // pages in the log from which the writer waits for readers; the writer's
	pages  int       // in the log now; the writer's
	ask    chan struct{}
	copied atomic.Bool // the bulk is done
	work   sync.WaitGroup
}

// watchLog makes the checkpointer's business of the log; the writer is open.
func (e *lite) watchLog() {
	e.wal.enough, e.wal.late, e.wal.ask = logPages, lateLog*logPages, make(chan struct{}, 1)
	e.writer.c.WALHook(func(_ *sqlite3.Conn, _ string, pages int) error {
		e.wal.pages = pages
		return nil
	})
	e.wal.work.Go(e.copyLog)
}

// tendLog is the writer's part, between two groups.
func (e *lite) tendLog() {
	switch {
	case e.wal.pages < e.wal.enough:
	case e.wal.pages >= e.wal.late:
		e.beginAnew()
	case e.wal.copied.Load():
		// A reader may stand in the way: then the next group finds less to copy.
		e.wal.copied.Store(!e.copyPages(e.writer))
	default:
		select {
		case e.wal.ask <- struct{}{}:
		default:
		}
	}
}

// beginAnew copies the log and waits for its readers, so that the next group writes
// at its beginning.
func (e *lite) beginAnew() {
	err := e.writer.c.BusyTimeout(readerPatience)
	if err == nil {
		_, _, err = e.writer.c.WALCheckpoint("main", sqlite3.CHECKPOINT_RESTART)
	}
	if err == nil {
		e.wal.pages, e.wal.late = 0, lateLog*e.wal.enough
		e.wal.copied.Store(false)
	} else { // the groups are not to wait again and again for somebody who reads for long
		e.wal.late = e.wal.pages + e.wal.enough
		e.complain(err)
	}
	if err := e.writer.c.BusyTimeout(e.Patience); err != nil {
		e.Log.Warn("SQLite's patience could not be set", slog.Any("err", err))
	}
}

// copyLog is the part of the other connection.
func (e *lite) copyLog() {
	for range e.wal.ask {
		if e.wal.conn == nil {
			l, err := openLite(context.Background(), e.path, e.Patience)
			if err != nil {
				e.Log.Warn("No connection to copy SQLite's log; the writer does it", slog.Any("err", err))
				continue
			}
			e.wal.conn = l
			e.open.Add(1)
		}
		_ = e.copyPages(e.wal.conn) // the writer does the rest
		e.wal.copied.Store(true)
	}
	if e.wal.conn != nil {
		_ = e.wal.conn.close() // it has only copied
		e.open.Add(-1)
	}
}

// copyPages copies what no reader stands in the way of and reports whether that
// was everything. That somebody else is copying is no trouble, nor is a failure:
// what is in the log is safe there.
func (e *lite) copyPages(l *liteConn) (all bool) {
	pages, copied, err := l.c.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
	e.complain(err)
	return err == nil && copied == pages
}

func (e *lite) complain(err error) {
	if err != nil && !errors.Is(err, sqlite3.BUSY) {
		e.Log.Warn("SQLite's log could not be copied into the database; it is tried again", slog.Any("err", err))
	}
}
