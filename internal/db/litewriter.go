package db

import (
	"errors"
	"log/slog"
)

// wary is how many groups keep savepoints after one that was spoiled: whoever
// makes units fail on purpose costs the others a savepoint, and only now and then
// a second run.
const wary = 64

// write is the one goroutine that writes. It takes what has come together,
// gives each unit its turn, and commits once.
func (e *lite) write() {
	for units, _ := e.queue.take(e.GroupSize); units != nil; units, _ = e.queue.take(e.GroupSize) {
		for _, u := range e.again(e.together(units)) {
			e.transact([]*unit{u}, false)
		}
		e.tendLog()
	}
}

// together runs a group. Behind a savepoint SQLite copies every page before it is
// changed, and hardly any unit fails after it has changed something. So a group
// goes without savepoints first; when such a unit is in it, everything is undone
// and runs again with a savepoint for each.
func (e *lite) together(units []*unit) (redo []*unit) {
	guarded := len(units) > 1 && e.careful > 0
	e.careful = max(e.careful-1, 0)
	redo, spoiled := e.transact(units, guarded)
	if !spoiled {
		return redo
	}
	e.careful = wary
	if redo = e.again(redo); len(redo) > 0 {
		redo, _ = e.transact(redo, true)
	}
	return redo
}

// again sorts out who must run again: nobody waits for a unit whose function has
// panicked.
func (e *lite) again(units []*unit) (redo []*unit) {
	for _, u := range units {
		if u.gone {
			u.finish(errGone)
			continue
		}
		e.stats.redone.Add(1)
		redo = append(redo, u)
	}
	return redo
}

// transact runs the units in one transaction and tells all of them their
// outcome, except those that it returns: they must run again, because somebody
// else cost them their transaction. If guarded is false, a unit that fails after
// it has changed something spoils the group, and all of it is returned.
func (e *lite) transact(units []*unit, guarded bool) (redo []*unit, spoiled bool) {
	if err := e.writer.mark("BEGIN IMMEDIATE"); err != nil {
		for _, u := range units {
			u.finish(err)
		}
		return nil, false
	}
	ms := make([]*member, 0, len(units))
	for i, u := range units {
		m := e.run(u, guarded)
		ms = append(ms, m)
		if e.writer.c.GetAutocommit() { // disk full, I/O error or the like has undone everything
			u.finish(m.err)
			return append(append(redo, units[:i]...), units[i+1:]...), false
		}
		switch {
		case m.err == nil:
		case len(units) == 1:
			e.rollback()
			u.finish(m.err)
			return nil, false
		case m.dirty:
			e.rollback()
			return units, true
		}
	}
	return e.commit(ms), false
}

// run gives one unit its turn. It returns when the unit's function has ended. A
// guarded one that failed has left nothing; of another, the member knows whether
// it has.
func (e *lite) run(u *unit, guarded bool) *member {
	over := make(chan struct{})
	m := &member{u: u, over: func(*member) { close(over) }}
	m.tx = &Tx{Now: e.clock.now(), s: e.writer, write: true}
	if guarded {
		if m.err = e.writer.mark("SAVEPOINT unit"); m.err != nil {
			e.rollback()
			return m
		}
	}
	before := e.writer.c.TotalChanges()
	u.turn <- turn{m: m}
	<-over
	switch {
	case !guarded:
		m.dirty = e.writer.c.TotalChanges() != before
	case !e.writer.c.GetAutocommit():
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
