package db

import (
	"encoding/binary"
	"errors"
	"time"
)

// pgWorker is a committer or a writer: a goroutine with a connection.
type pgWorker struct {
	*postgres
	settings map[string]string
	conn     *pgConn
}

// How often a unit that runs alone may run again, and how long it waits first.
const (
	maxRetries  = 6
	firstPause  = 2 * time.Millisecond
	groupTrials = 3
)

// absent is the ending of a transaction for want of a connection.
const absent = unknown + 1

func (w *pgWorker) serve(q *queue, limit int, work func([]*unit)) {
	for units, over := q.take(limit); units != nil; units, over = q.take(limit) {
		work(units)
		over()
	}
	w.hangUp(w.conn)
}

// settle brings a group to its end. When it breaks, the units to blame are sent
// to the writers and the others are tried again together.
func (w *pgWorker) settle(units []*unit) {
	for try := 1; len(units) > 0; try++ {
		ms, end, err := w.transact(units, try > 1)
		units = nil
		for _, m := range ms {
			switch w.verdict(m, end, err, len(ms), try) {
			case again:
				w.stats.redone.Add(1)
				units = append(units, m.u)
			case aside:
				w.stats.redone.Add(1)
				w.writes.again(m.u)
			case told:
			}
		}
	}
}

type verdict uint8

const (
	told  verdict = iota // the unit knows its outcome
	again                // with the others
	aside                // alone
)

// verdict decides what becomes of a member of a group of the given size.
func (w *pgWorker) verdict(m *member, end ending, err error, size, try int) verdict {
	switch {
	case m.u.gone:
		m.u.finish(errGone)
		return told
	case end == committed:
		m.u.finish(m.err)
		return told
	case end == absent, end == lost && try > 1:
		m.u.finish(unavailable(err))
		return told
	case end == unknown && m.err == nil:
		m.u.finish(unknownOutcome(err))
		return told
	case end == lost:
		return again
	case size == 1 && end == broken && !retryable(errors.Join(m.tx.err, err)):
		m.u.finish(classify(errors.Join(m.err, err)))
		return told
	case end == unknown, err != nil, m.culprit, size == 1, try >= groupTrials:
		return aside
	}
	return again
}

// alone brings one unit to its end, with retries.
func (w *pgWorker) alone(units []*unit) {
	u := units[0]
	for try := 1; ; try++ {
		ms, end, err := w.transact(units, false)
		m := ms[0]
		why := errors.Join(m.tx.err, err)
		switch {
		case u.gone:
			u.finish(errGone)
		case end == committed:
			u.finish(m.err)
		case end == unknown:
			u.finish(unknownOutcome(err))
		case end == lost && try == 1, end == broken && retryable(why) && try < maxRetries:
			w.stats.retries.Add(1)
			w.pause(try)
			continue
		case end == broken:
			u.finish(classify(errors.Join(m.err, err)))
		default:
			u.finish(unavailable(err))
		}
		return
	}
}

// pause waits a little longer each time, and never as long as somebody else.
func (w *pgWorker) pause(try int) {
	var b [2]byte
	_, _ = w.Rand.Read(b[:])
	span := firstPause << try
	time.Sleep(span/2 + span*time.Duration(binary.BigEndian.Uint16(b[:]))/65536)
}

// transact runs the units in one transaction; single makes sure that the unit
// whose statement fails is known. An error with the ending broken is the
// commit's own.
func (w *pgWorker) transact(units []*unit, single bool) ([]*member, ending, error) {
	ms := make([]*member, len(units))
	g := &group{members: ms}
	for i, u := range units {
		m := &member{u: u, over: g.over, wake: make(chan struct{}, 1)}
		m.tx = &Tx{s: seat{g, m}, dialect: Postgres, write: true}
		ms[i] = m
	}
	if err := w.connect(); err != nil {
		return ms, absent, err
	}
	g.conn, w.conn.single = w.conn, single
	now := w.clock.now()
	for _, m := range ms {
		m.tx.Now = now
	}
	if !g.rounds() {
		w.drop()
		return ms, lost, nil
	}
	if g.dead || len(ms) == 1 && ms[0].err != nil {
		w.rollback(g)
		return ms, broken, nil //nolint:nilerr // the member keeps its error; this one would be the commit's
	}
	end, err := w.commit(g)
	return ms, end, err
}

func (w *pgWorker) connect() error {
	if w.conn != nil && !w.conn.broken {
		return nil
	}
	w.hangUp(w.conn)
	w.conn = nil
	c, err := w.dial(w.settings)
	if err != nil {
		return err
	}
	w.conn = c
	err = c.script(insistOnDurability)
	if err != nil {
		w.drop()
	}
	return err
}

// insistOnDurability corrects the one setting under which PostgreSQL would
// acknowledge what it may still lose. Stronger settings than "on" are kept.
const insistOnDurability = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`

// drop gives up a connection that no longer works.
func (w *pgWorker) drop() {
	w.stats.lost.Add(1)
	w.hangUp(w.conn)
	w.conn = nil
}
