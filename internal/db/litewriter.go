package db

import (
	"errors"
	"log/slog"
)

// write is the one goroutine that writes. It takes what has come together,
// gives each unit its turn behind a savepoint, and commits once.
func (e *lite) write() {
	for units, _ := e.queue.take(e.GroupSize); units != nil; units, _ = e.queue.take(e.GroupSize) {
		for _, u := range e.transact(units) {
			if u.gone {
				u.finish(errGone)
				continue
			}
			e.stats.redone.Add(1)
			e.transact([]*unit{u})
		}
		e.tendLog()
	}
}

// transact runs the units in one transaction and tells all of them their
// outcome, except those that it returns: they must run again, because somebody
// else cost them their transaction.
func (e *lite) transact(units []*unit) (redo []*unit) {
	if err := e.writer.mark("BEGIN IMMEDIATE"); err != nil {
		for _, u := range units {
			u.finish(err)
		}
		return nil
	}
	ms := make([]*member, 0, len(units))
	for i, u := range units {
		m := e.run(u, len(units) > 1)
		ms = append(ms, m)
		if e.writer.c.GetAutocommit() { // disk full, I/O error or the like has undone everything
			u.finish(m.err)
			return append(append(redo, units[:i]...), units[i+1:]...)
		}
	}
	if only := ms[0]; len(ms) == 1 && only.err != nil {
		e.rollback()
		only.u.finish(only.err)
		return nil
	}
	return e.commit(ms)
}

// run gives one unit its turn. It returns when the unit's function has ended
// and what a failed one did is undone.
func (e *lite) run(u *unit, shared bool) *member {
	over := make(chan struct{})
	m := &member{u: u, over: func(*member) { close(over) }}
	m.tx = &Tx{Now: e.clock.now(), s: e.writer, write: true}
	if shared {
		if m.err = e.writer.mark("SAVEPOINT unit"); m.err != nil {
			e.rollback()
			return m
		}
	}
	u.turn <- turn{m: m}
	<-over
	if shared && !e.writer.c.GetAutocommit() {
		e.release(m)
	}
	return m
}

// release closes the savepoint of a unit. If that is impossible the whole
// transaction goes: nobody may keep what a failed unit did.
func (e *lite) release(m *member) {
	var undo error
	if m.err != nil {
		undo = e.writer.mark("ROLLBACK TO unit")
	}
	if err := errors.Join(undo, e.writer.mark("RELEASE unit")); err != nil {
		m.err = errors.Join(m.err, err)
		e.rollback()
	}
}

// commit writes the audit records of the members that did well and commits.
// Whoever failed has left nothing in the transaction, but learns its outcome
// only now: it may have failed because of what a neighbor did.
func (e *lite) commit(ms []*member) (redo []*unit) {
	var txs []*Tx
	for _, m := range ms {
		if m.err == nil {
			txs = append(txs, m.tx)
		}
	}
	stream := e.journal.borrow()
	es, err := e.journal.entries(stream, txs)
	if err == nil {
		err = e.record(stream, es)
	}
	if err != nil {
		e.journal.giveBack(stream, 0)
		return e.end(ms, err)
	}
	if err := e.writer.mark("COMMIT"); err != nil {
		// The log may hold the commit although its flush failed, and recovery
		// after a crash would find it: the numbers must not be used again.
		return e.end(ms, err)
	}
	e.journal.giveBack(stream, len(es))
	e.stats.committed(len(txs))
	return e.end(ms, nil)
}

func (e *lite) record(s *stream, es []entry) error {
	if len(es) == 0 {
		return nil
	}
	c := e.journal.insert(s, es)
	e.writer.do(c)
	return classify(c.err)
}

// end tells everybody. When the commit failed, those that had failed before run
// again: what they saw has never been.
func (e *lite) end(ms []*member, err error) (redo []*unit) {
	if err != nil {
		e.rollback()
	}
	for _, m := range ms {
		switch {
		case err != nil && m.err != nil && len(ms) > 1:
			redo = append(redo, m.u)
		case m.err != nil:
			m.u.finish(m.err)
		default:
			m.u.finish(err)
		}
	}
	return redo
}

func (e *lite) rollback() {
	if e.writer.c.GetAutocommit() {
		return
	}
	if err := e.writer.mark("ROLLBACK"); err != nil {
		e.Log.Error("SQLite refuses to roll back", slog.Any("err", err))
	}
}
