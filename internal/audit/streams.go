package audit

import (
	"bytes"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// How often all streams are looked at, and how long after its last record a
// stream is looked at every time. Streams of runs that ended long ago cost
// something, so they have to wait.
const (
	allEvery = 5 * time.Minute
	hotFor   = time.Hour
)

// streams remembers from which boot on streams are worth a look. Boots sort by
// the time they began.
type streams struct {
	hot ident.ID  // the oldest boot that was active lately
	all time.Time // when all were looked at last
}

// pending is a stream with records that are not sealed.
type pending struct {
	stream
	sealed, last int64
}

// streamsQuery walks the primary key of the journal from stream to stream, so its
// cost is a few look-ups each, however many records there are. It compares boot
// and slot one by one: SQLite uses only the first column for a pair, and would
// read all records of a run.
const streamsQuery = `
WITH RECURSIVE s (boot, slot) AS (
	SELECT (SELECT boot FROM journal WHERE boot >= $1 ORDER BY boot, slot LIMIT 1),
	       (SELECT slot FROM journal WHERE boot >= $1 ORDER BY boot, slot LIMIT 1)
	UNION ALL
	SELECT CASE WHEN EXISTS (SELECT 1 FROM journal j WHERE j.boot = s.boot AND j.slot > s.slot) THEN s.boot
	            ELSE (SELECT j.boot FROM journal j WHERE j.boot > s.boot ORDER BY j.boot, j.slot LIMIT 1) END,
	       COALESCE((SELECT j.slot FROM journal j WHERE j.boot = s.boot AND j.slot > s.slot ORDER BY j.boot, j.slot LIMIT 1),
	                (SELECT j.slot FROM journal j WHERE j.boot > s.boot ORDER BY j.boot, j.slot LIMIT 1))
	FROM s WHERE s.boot IS NOT NULL
), t (boot, slot, last) AS (
	SELECT s.boot, s.slot, (SELECT j.seq FROM journal j WHERE j.boot = s.boot AND j.slot = s.slot ORDER BY j.boot DESC, j.slot DESC, j.seq DESC LIMIT 1)
	FROM s WHERE s.boot IS NOT NULL
)
SELECT t.boot, t.slot, COALESCE(a.sealed, 0), t.last
FROM t LEFT JOIN audit_stream a ON a.boot = t.boot AND a.slot = t.slot
WHERE t.last > COALESCE(a.sealed, 0)
ORDER BY t.boot, t.slot`

// bootAt is the lowest id of a run that began at t.
func bootAt(t time.Time) ident.ID {
	return ident.New(t, bytes.NewReader(make([]byte, len(ident.ID{}))))
}

// find returns the streams with something to seal: of all runs now and then, or
// when all is set, else of our own run and those that were active lately.
func (s *streams) find(tx *db.Tx, own ident.ID, all bool) (found []pending, err error) {
	from := s.hot
	if age := tx.Now.Sub(s.all); all || age >= allEvery || age < 0 {
		from = ident.ID{}
		if err := s.warm(tx, own); err != nil {
			return nil, err
		}
	}
	err = tx.Each(streamsQuery, []any{from[:]}, func(r db.Row) error {
		var p pending
		err := r.Scan(&p.boot, &p.slot, &p.sealed, &p.last)
		found = append(found, p)
		return err
	})
	return found, err
}

// warm finds the oldest run that is worth a look every time: the oldest of our
// own, of those that began lately and of those that were active lately.
func (s *streams) warm(tx *db.Tx, own ident.ID) error {
	s.all, s.hot = tx.Now, own
	if young := bootAt(tx.Now.Add(-hotFor)); bytes.Compare(young[:], s.hot[:]) < 0 {
		s.hot = young
	}
	return tx.Each(`SELECT boot FROM audit_stream WHERE at > $1 ORDER BY boot LIMIT 1`, []any{tx.Now.Add(-hotFor)}, func(r db.Row) error {
		var active ident.ID
		err := r.Scan(&active)
		if bytes.Compare(active[:], s.hot[:]) < 0 {
			s.hot = active
		}
		return err
	})
}
