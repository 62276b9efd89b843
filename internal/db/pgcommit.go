package db

import (
	"errors"
	"log/slog"
)

func (w *pgWorker) rollback(g *group) {
	for _, m := range g.members {
		if stale(m.tx.err) {
			w.drop() // rolls back, too
			return
		}
	}
	if !g.begun || !w.conn.inTransaction() {
		return
	}
	if err := w.conn.run([]*call{command("ROLLBACK")}); err != nil || w.conn.inTransaction() {
		w.drop()
	}
}

// commit sends the audit records and COMMIT in one round trip. Members that
// failed have left nothing behind.
func (w *pgWorker) commit(g *group) (ending, error) {
	var txs []*Tx
	for _, m := range g.members {
		if m.err == nil {
			txs = append(txs, m.tx)
		}
	}
	stream := w.journal.borrow()
	es, err := w.journal.entries(stream, txs)
	if err != nil {
		w.journal.giveBack(stream, 0)
		w.rollback(g)
		return broken, err
	}
	calls := commitCalls(g, w.journal, stream, es)
	if len(calls) == 0 {
		w.journal.giveBack(stream, 0)
		w.stats.committed(len(txs))
		return committed, nil
	}
	last := calls[len(calls)-1]
	err = w.conn.run(calls)
	switch {
	case last.done && last.tag == "COMMIT":
		w.journal.giveBack(stream, len(es))
		w.stats.committed(len(txs))
		if err != nil {
			w.drop()
		}
		return committed, nil
	case err != nil:
		w.drop()
		w.stats.unknown.Add(1)
		w.Log.Error("The connection was lost during a commit; its outcome is not known",
			slog.Int("slot", stream.slot), slog.Int64("after", stream.last), slog.Any("err", err))
		return unknown, err
	}
	w.journal.giveBack(stream, 0)
	for _, c := range calls {
		if state(c.err) != "" {
			err = c.err
		}
	}
	if err == nil {
		err = errors.New("db: PostgreSQL rolled back instead of committing")
	}
	w.rollback(g)
	return broken, err
}

// commitCalls is empty when the transaction did nothing at all.
func commitCalls(g *group, j *journal, s *stream, es []entry) (calls []*call) {
	if !g.begun && len(es) == 0 {
		return nil
	}
	if !g.begun {
		g.begun = true
		calls = append(calls, command("BEGIN"))
	}
	if len(es) > 0 {
		calls = append(calls, j.insert(s, es))
	}
	return append(calls, command("COMMIT"))
}
