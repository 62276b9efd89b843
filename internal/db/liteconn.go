package db

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// statementCache bounds the prepared statements of a connection. Texts are
// constants in the code, so the bound is for queries with optional filters.
const statementCache = 512

// liteConn is a connection to SQLite with its prepared statements. It is a
// session: statements run at once.
type liteConn struct {
	c     *sqlite3.Conn
	stmts map[string]*liteStmt
	marks map[string]*sqlite3.Stmt // BEGIN, COMMIT and the like: not for a Tx
}

// liteStmt is a prepared statement. SQLite numbers parameters by their first
// appearance in the text whatever their names, so that in "$2 … $1" the first
// one is $2. order[i] is the argument that belongs to its parameter i+1.
type liteStmt struct {
	*sqlite3.Stmt
	order    []int
	args     int // how many arguments the text asks for
	columns  int
	readOnly bool
}

// openLite opens a connection. Pragmas stand in the name, so that no connection
// exists without them: write-ahead log, and a flush for every commit.
func openLite(ctx context.Context, path string, patience time.Duration, pragmas ...string) (*liteConn, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	pragmas = append([]string{
		"busy_timeout(" + strconv.FormatInt(patience.Milliseconds(), 10) + ")",
		"journal_mode(wal)", "synchronous(full)", "foreign_keys(on)", "trusted_schema(off)", "temp_store(memory)",
	}, pragmas...)
	vfs.Register(logSystem, logFiles{vfs.Find("")})
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: url.Values{"_pragma": pragmas, "vfs": {logSystem}}.Encode()}
	c, err := openPatiently(ctx, u.String(), patience)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &liteConn{c: c, stmts: map[string]*liteStmt{}, marks: map[string]*sqlite3.Stmt{}}, nil
}

// openPatiently opens a connection, and tries again while others are at it.
// Whoever turns a new file to the write-ahead log reads it first and then wants to
// write; of two who have read SQLite refuses one at once, whatever busy_timeout says,
// since to wait for each other would be for ever.
func openPatiently(ctx context.Context, name string, patience time.Duration) (*sqlite3.Conn, error) {
	waiting, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		c, err := sqlite3.OpenContext(ctx, name)
		if !errors.Is(err, sqlite3.BUSY) {
			return c, err
		}
		select {
		case <-time.After(pause):
		case <-waiting.Done():
			return nil, err
		}
	}
}

func (l *liteConn) close() error {
	l.forget()
	for _, s := range l.marks {
		_ = s.Close()
	}
	return l.c.Close()
}

func (l *liteConn) forget() {
	for _, s := range l.stmts {
		_ = s.Close()
	}
	clear(l.stmts)
}

// do runs the call; it implements session.
func (l *liteConn) do(c *call) {
	s, err := l.prepare(c)
	if err != nil {
		c.err = err
		return
	}
	c.changed = make([]int64, len(c.args))
	for i, args := range c.args {
		if c.changed[i], c.err = l.run(s, c, args); c.err != nil {
			return
		}
	}
}

// script runs statements that need no arguments, separated by semicolons.
func (l *liteConn) script(sql string) error { return l.c.Exec(sql) }

// mark runs one of the statements that no Tx may run.
func (l *liteConn) mark(sql string) error {
	s, ok := l.marks[sql]
	if !ok {
		var err error
		if s, _, err = l.c.Prepare(sql); err != nil {
			return classify(err)
		}
		l.marks[sql] = s
	}
	return classify(s.Exec())
}

func (l *liteConn) prepare(c *call) (*liteStmt, error) {
	if s, ok := l.stmts[c.sql]; ok {
		return s, nil
	}
	if err := c.refuse(); err != nil {
		return nil, err
	}
	return l.compile(c.sql)
}

// compile prepares a text and keeps it.
func (l *liteConn) compile(sql string) (*liteStmt, error) {
	if len(l.stmts) >= statementCache {
		l.forget()
	}
	raw, tail, err := l.c.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return nil, err
	}
	if raw == nil || strings.TrimSpace(tail) != "" {
		_ = raw.Close()
		return nil, fmt.Errorf("db: %q is not one statement", sql)
	}
	s := &liteStmt{Stmt: raw, columns: raw.ColumnCount(), readOnly: raw.ReadOnly()}
	if err := s.number(); err != nil {
		_ = raw.Close()
		return nil, err
	}
	l.stmts[sql] = s
	return s, nil
}

// number finds out which argument each parameter wants.
func (s *liteStmt) number() error {
	n := s.BindCount()
	s.order = make([]int, n)
	seen := make([]bool, n)
	for i := range n {
		name := s.BindName(i + 1)
		digits, ok := strings.CutPrefix(name, "$")
		k, err := strconv.Atoi(digits)
		if !ok || err != nil || k < 1 || k > n || seen[k-1] {
			return fmt.Errorf("db: parameter %q of %q: write $1 to $%d, each used, and CAST($1 AS TYPE) for a cast", name, s.SQL(), n)
		}
		seen[k-1] = true
		s.order[i] = k - 1
	}
	s.args = n
	return nil
}

func (l *liteConn) run(s *liteStmt, c *call, args []value) (changed int64, err error) {
	if len(args) != s.args {
		return 0, fmt.Errorf("db: %q wants %d arguments, not %d", c.sql, s.args, len(args))
	}
	for i, k := range s.order {
		if err := bind(s.Stmt, i+1, args[k]); err != nil {
			return 0, err
		}
	}
	before := l.c.TotalChanges()
	if c.want == wantCount && s.columns == 0 {
		err = s.Exec()
	} else {
		err = s.collect(c)
	}
	if err != nil || l.c.TotalChanges() == before {
		return 0, err
	}
	return l.c.Changes(), nil
}

// collect steps through the rows. A statement that changes something is always
// run to its end.
func (s *liteStmt) collect(c *call) error {
	for s.Step() {
		if c.want == wantAll || c.want == wantOne && len(c.rows) == 0 {
			c.rows = append(c.rows, s.row())
		} else if s.readOnly {
			break
		}
	}
	err := s.Err()
	if reset := s.Reset(); err == nil {
		err = reset
	}
	return err
}

func bind(s *sqlite3.Stmt, i int, v value) error {
	switch v.kind {
	case integer:
		return s.BindInt64(i, v.n)
	case real:
		return s.BindFloat(i, v.float())
	case text:
		return s.BindText(i, v.s)
	case blob:
		return s.BindBlob(i, v.b)
	default:
		return s.BindNull(i)
	}
}

func (s *liteStmt) row() []value {
	cells := make([]value, s.columns)
	for i := range cells {
		switch s.ColumnType(i) {
		case sqlite3.INTEGER:
			cells[i] = intValue(s.ColumnInt64(i))
		case sqlite3.FLOAT:
			cells[i] = realValue(s.ColumnFloat(i))
		case sqlite3.TEXT:
			cells[i] = textValue(s.ColumnText(i))
		case sqlite3.BLOB:
			cells[i] = blobValue(s.ColumnBlob(i, []byte{}))
		case sqlite3.NULL: // what a cell is already
		}
	}
	return cells
}
