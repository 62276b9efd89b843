package db

import (
	"errors"
	"fmt"
	"time"

	"github.com/countersign-auth/countersign/internal/ident"
)

// Tx is what domain code sees of an open transaction. It can run statements and
// leave audit records; it cannot begin, commit, roll back or save. A Tx is good
// until the function that got it returns, for one goroutine at a time.
//
// The first statement that fails spoils the Tx: later statements return the same
// error and the transaction is rolled back whatever the function returns.
// PostgreSQL behaves so anyway; on SQLite it is enforced, so that no code learns
// to try and see. Use ON CONFLICT DO NOTHING instead.
type Tx struct {
	// Now is the moment the transaction began, in UTC, in whole microseconds.
	// Within a process it never goes backwards (see the package comment).
	Now time.Time

	s       session
	dialect Dialect
	write   bool
	over    bool
	err     error // what spoiled the transaction
	records []Record
	after   []func()

	statements uint64 // asked for
}

// Record is one audit record. It is written when the transaction commits, or
// the transaction does not commit.
type Record struct {
	Kind     string   // what happened, dotted: "token.assigned"
	Actor    string   // who did it
	Customer ident.ID // whom it is about; zero for nobody
	Object   string   // what it is about
	Details  []byte   // JSON; may be erased later together with its salt; nil for none
}

var (
	errOver     = errors.New("db: the transaction is over")
	errReadOnly = errors.New("db: a Read cannot leave an audit record: use Write or Settle")
)

// Exec runs a statement that returns no rows and says how many rows it
// inserted, updated or deleted. Arguments are bound by number: $1 is args[0]
// wherever and however often it stands.
func (tx *Tx) Exec(sql string, args ...any) (rows int64, err error) {
	c, err := tx.call(sql, wantCount, args)
	if err != nil {
		return 0, err
	}
	return c.changed[0], nil
}

// Row runs a query and keeps its first row. Errors wait for Scan.
func (tx *Tx) Row(sql string, args ...any) Row {
	c, err := tx.call(sql, wantOne, args)
	switch {
	case err != nil:
		return Row{err: err}
	case len(c.rows) == 0:
		return Row{err: ErrNoRow}
	}
	return Row{cells: c.rows[0]}
}

// Each runs a query, reads all its rows, and only then calls f for each of them,
// so that f may run statements itself. It stops at the first error of f and
// returns it. Ask for a page at a time: the rows are held in memory.
func (tx *Tx) Each(sql string, args []any, f func(Row) error) error {
	c, err := tx.call(sql, wantAll, args)
	if err != nil {
		return err
	}
	for _, cells := range c.rows {
		if err := f(Row{cells: cells}); err != nil {
			return err
		}
	}
	return nil
}

// Many runs one statement once for each row of arguments, in order, and says for
// each how many rows it changed. On PostgreSQL they travel together.
func (tx *Tx) Many(sql string, rows [][]any) (affected []int64, err error) {
	if len(rows) == 0 {
		return nil, tx.usable()
	}
	args := make([][]value, len(rows))
	for i, r := range rows {
		if args[i], err = toValues(r); err != nil {
			return nil, tx.spoil(fmt.Errorf("db: row %d: %w", i+1, err))
		}
	}
	c := &call{sql: sql, want: wantCount, args: args}
	if err := tx.do(c); err != nil {
		return nil, err
	}
	return c.changed, nil
}

// Append leaves an audit record, to be written by the commit. If it cannot be
// written, nothing is.
func (tx *Tx) Append(r Record) {
	if !tx.write {
		_ = tx.spoil(errReadOnly)
		return
	}
	for _, s := range []string{r.Kind, r.Actor, r.Object} {
		if _, err := checkText(s); err != nil {
			_ = tx.spoil(err)
			return
		}
	}
	tx.records = append(tx.records, r)
}

// After registers f to run once the transaction has committed, before Write or
// Settle returns to its caller. It does not run when the transaction fails. For
// dropping what is cached; f must neither fail nor use the Tx.
func (tx *Tx) After(f func()) { tx.after = append(tx.after, f) }

// Dialect says which database this is, for the few statements that need a twin.
func (tx *Tx) Dialect() Dialect { return tx.dialect }

func (tx *Tx) call(sql string, w want, args []any) (*call, error) {
	vs, err := toValues(args)
	if err != nil {
		return nil, tx.spoil(fmt.Errorf("db: %w", err))
	}
	c := &call{sql: sql, want: w, args: [][]value{vs}}
	return c, tx.do(c)
}

func (tx *Tx) do(c *call) error {
	if err := tx.usable(); err != nil {
		return err
	}
	tx.statements++
	tx.s.do(c)
	if c.err != nil {
		return tx.spoil(c.err)
	}
	return nil
}

func (tx *Tx) usable() error {
	if tx.over {
		return errOver
	}
	return tx.err
}

// spoil remembers the first error and returns it in the form that callers see.
func (tx *Tx) spoil(err error) error {
	if tx.err == nil {
		tx.err = classify(err)
	}
	return tx.err
}

// close ends the Tx; err is what its function returned. The result is what the
// transaction's fate depends on.
func (tx *Tx) close(err error) error {
	tx.over = true
	if err == nil {
		return tx.err
	}
	return err
}
