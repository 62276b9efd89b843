package db

import (
	"errors"

	"github.com/countersign-auth/countersign/internal/ident"
)

// unit is one call of Settle or Write: a function that wants to run in a
// transaction. It runs on its caller's goroutine, so that a panic (or a test's
// FailNow) unwinds the caller and nobody else; a worker says when.
type unit struct {
	key   ident.ID
	alone bool // shares its transaction with nobody
	f     func(*Tx) error
	turn  chan turn // room for one
	gone  bool      // f panicked or left its goroutine: nobody waits any more
	after []func()  // what the last run wants done after the commit
	done  func()    // gives back what admission took

	statements uint64 // of all runs
}

// turn is what a worker tells a unit: run now, or this is your outcome.
type turn struct {
	m   *member // nil with an outcome
	err error
}

func newUnit(key ident.ID, f func(*Tx) error) *unit {
	return &unit{key: key, f: f, turn: make(chan turn, 1)}
}

// await runs f as often as it is told and returns the outcome.
func (u *unit) await() error {
	for t := range u.turn {
		if t.m == nil {
			u.settled(t.err)
			return t.err
		}
		t.m.run()
	}
	return nil
}

func (u *unit) settled(err error) {
	if err != nil {
		return
	}
	for _, f := range u.after {
		f()
	}
}

// finish tells the outcome. It is called once.
func (u *unit) finish(err error) {
	u.done()
	u.turn <- turn{err: err}
}

// errGone stands for a function that ended without returning.
var errGone = errors.New("db: the function ended by a panic")

// member is one run of a unit in one transaction.
type member struct {
	u    *unit
	tx   *Tx
	over func(*member) // tells the transaction that f has ended
	err  error         // why the unit failed
	wake chan struct{} // room for one: a parked statement is answered

	dirty   bool // it changed something in this transaction
	culprit bool // because of it, the transaction was rolled back
}

// run is f with every way out guarded.
func (m *member) run() {
	m.err, m.u.gone = errGone, true
	defer func() {
		m.tx.over = true
		m.u.statements += m.tx.statements
		m.over(m)
	}()
	err := m.u.f(m.tx)
	m.err, m.u.gone, m.u.after = m.tx.close(err), false, m.tx.after
}
