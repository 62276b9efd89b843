package db

import (
	"log/slog"
)

// write is the one goroutine that writes. It takes what has come together,
// gives each unit its turn behind a savepoint, and commits once.
func (e *lite) write() {
	for units := e.queue.take(e.GroupSize); units != nil; units = e.queue.take(e.GroupSize) {
		for _, u := range e.transact(units) {
			e.stats.redone.Add(1)
			e.transact([]*unit{u})
		}
	}
}

// transact runs the units in one transaction and tells all of them their
// outcome, except those that it returns: SQLite has taken their transaction
// away because of somebody else.
func (e *lite) transact(units []*unit) (redo []*unit) {
	l := e.writer
	if err := l.script("BEGIN IMMEDIATE"); err != nil {
		return finishAll(units, classify(err))
	}
	var ms []*member
	for i, u := range units {
		m := e.run(u, len(units) > 1)
		ms = append(ms, m)
		if l.c.GetAutocommit() { // disk full, I/O error or the like: everything is undone
			others := append(append([]*unit(nil), units[:i]...), units[i+1:]...)
			if m.err == nil {
				m.err = unavailable(nil)
			}
			u.finish(m.err)
			return others
		}
	}
	if alone := ms[0]; len(ms) == 1 && alone.err != nil {
		e.rollback()
		alone.u.finish(alone.err)
		return nil
	}
	e.commit(ms)
	return nil
}

// run gives one unit its turn. It returns when the unit's function has ended
// and what a failed one did is undone.
func (e *lite) run(u *unit, shared bool) *member {
	over := make(chan struct{})
	m := &member{u: u, over: func(*member) { close(over) }}
	m.tx = &Tx{Now: e.clock.now(), s: e.writer, write: true}
	if shared {
		if m.err = e.writer.mark("SAVEPOINT unit"); m.err != nil {
			return m
		}
	}
	u.turn <- turn{m: m}
	<-over
	switch {
	case !shared || e.writer.c.GetAutocommit():
	case m.err != nil:
		_ = e.writer.mark("ROLLBACK TO unit")
		_ = e.writer.mark("RELEASE unit")
	default:
		m.err = e.writer.mark("RELEASE unit")
	}
	return m
}

const insertJournal = `INSERT INTO journal (boot, slot, seq, at, kind, actor, customer, object, salt, details, digest)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

// commit writes the audit records of the members that did well and commits.
// Whoever failed has left nothing in the transaction, but learns its outcome
// only now: it may have failed because of what a neighbor did.
func (e *lite) commit(ms []*member) {
	var txs []*Tx
	for _, m := range ms {
		if m.err == nil {
			txs = append(txs, m.tx)
		}
	}
	stream := e.journal.borrow()
	es, err := e.journal.entries(stream, txs)
	if err == nil {
		err = e.record(stream.slot, es)
	}
	if err != nil {
		e.journal.giveBack(stream, 0)
		e.end(ms, err)
		return
	}
	if err := e.writer.mark("COMMIT"); err != nil {
		// The log may hold the commit although its flush failed, and recovery
		// would find it: the numbers must not be used again.
		e.end(ms, err)
		return
	}
	e.journal.giveBack(stream, len(es))
	e.stats.committed(len(txs))
	e.end(ms, nil)
}

func (e *lite) record(slot int, es []entry) error {
	if len(es) == 0 {
		return nil
	}
	c := &call{sql: insertJournal, args: make([][]value, len(es))}
	for i, r := range es {
		c.args[i] = []value{
			idValue(e.journal.boot), intValue(int64(slot)), intValue(r.seq), timeValue(r.at), textValue(r.Kind), textValue(r.Actor),
			idValue(r.Customer), textValue(r.Object), blobValue(r.salt), blobValue(r.Details), blobValue(r.digest[:]),
		}
	}
	e.writer.do(c)
	return classify(c.err)
}

// end closes the transaction if it is still open and tells everybody.
func (e *lite) end(ms []*member, err error) {
	if err != nil {
		e.rollback()
	}
	for _, m := range ms {
		if m.err == nil {
			m.err = err
		}
		m.u.finish(m.err)
	}
}

func (e *lite) rollback() {
	if e.writer.c.GetAutocommit() {
		return
	}
	if err := e.writer.mark("ROLLBACK"); err != nil {
		e.Log.Error("SQLite refuses to roll back", slog.Any("err", err))
	}
}

func finishAll(units []*unit, err error) []*unit {
	for _, u := range units {
		u.finish(err)
	}
	return nil
}
