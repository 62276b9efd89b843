package audit

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/db"
)

// readChunk is how many records one statement reads. On PostgreSQL it shares a
// round trip with statements of people who wait, so it is kept short.
const readChunk = 2000

// errRaced: another node moved the head.
var errRaced = errors.New("another node sealed first")

// span says that length leaves from first are consecutive records of a stream.
type span struct {
	stream
	first, seq, length int64
}

// batch is what one sealing adds.
type batch struct {
	edge  *edge // of the new tree
	spans []span
	tiles []tile
	full  bool // there may be more
	gaps  int64
}

type tile struct {
	tileKey
	data []byte
}

// seal seals until nothing is left, in all streams or in those that are active.
// The caller holds mu and has followed.
func (l *Log) seal(ctx context.Context, all bool) error {
	for {
		b, err := l.gather(ctx, all)
		if err != nil {
			return err
		}
		l.stats.gaps.Store(b.gaps)
		if len(b.spans) == 0 {
			return nil
		}
		err = l.commit(ctx, b)
		if errors.Is(err, errRaced) {
			l.stats.races.Add(1)
			_, err = l.follow(ctx)
			b.full = true
		}
		if err != nil || !b.full {
			return err
		}
	}
}

// gather reads what is not sealed and computes the new tree from it.
func (l *Log) gather(ctx context.Context, all bool) (b *batch, err error) {
	err = l.db.Read(ctx, func(tx *db.Tx) error {
		b = &batch{edge: l.edge.clone()}
		found, err := l.streams.find(tx, l.db.Boot(), all)
		for _, p := range found {
			if room := l.cfg.Batch - int(b.edge.size-l.edge.size); err == nil && room > 0 {
				err = l.take(ctx, tx, b, p, room)
			} else {
				b.full = true
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	b.edge.unfinished(b.tile)
	return b, nil
}

// take adds up to room records of one stream.
func (l *Log) take(ctx context.Context, tx *db.Tx, b *batch, p pending, room int) error {
	s := span{stream: p.stream, first: b.edge.size, seq: p.sealed + 1}
	gap := false
	for s.length < int64(room) && !gap {
		n := min(readChunk, int64(room)-s.length)
		rows := int64(0)
		var e Entry
		err := tx.Each(`SELECT `+leafColumns+` FROM journal WHERE boot = $1 AND slot = $2 AND seq > $3 ORDER BY seq LIMIT $4`,
			[]any{p.boot, p.slot, s.seq + s.length - 1, n}, func(r db.Row) error {
				if err := e.scanLeaf(r); err != nil || gap {
					return err
				}
				if e.ID.Seq != s.seq+s.length {
					gap = true
					return nil
				}
				rows++
				s.length++
				b.edge.append(e.LeafHash(), b.tile)
				return nil
			})
		if err != nil {
			return err
		}
		if rows < n {
			break
		}
	}
	if gap {
		b.gaps++
		l.cfg.Log.LogAttrs(ctx, slog.LevelError, "an audit record is missing before it could be sealed; its stream cannot be sealed any further; run countersign audit verify",
			slog.String("missing", ID{p.boot, p.slot, s.seq + s.length}.String()))
	}
	b.full = b.full || s.length == int64(room)
	if s.length > 0 {
		b.spans = append(b.spans, s)
	}
	return nil
}

// tile keeps a tile that has to be written.
func (b *batch) tile(k tileKey, hashes []tlog.Hash) {
	b.tiles = append(b.tiles, tile{k, encode(hashes)})
}

// commit signs the new tree and moves the head to it.
func (l *Log) commit(ctx context.Context, b *batch) error {
	next := Checkpoint{Size: b.edge.size, Root: b.edge.root(), Epoch: l.epoch, At: l.cfg.Now()}
	if err := next.sign(l.signer); err != nil {
		return err
	}
	old := l.head
	err := l.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`UPDATE audit_head SET size = $1, root = $2, at = $3, note = $4 WHERE one = 1 AND size = $5 AND root = $6`,
			next.Size, next.Root[:], tx.Now, next.Note, old.Size, old.Root[:])
		if err != nil {
			return err
		}
		if n == 0 {
			return errRaced
		}
		return b.store(tx, next)
	})
	if err != nil {
		return err
	}
	l.stats.records.Add(uint64(next.Size - old.Size)) //nolint:gosec // it grew
	l.stats.seals.Add(1)
	l.head, l.edge = next, b.edge
	return l.publish(ctx)
}

// store writes what belongs to a moved head.
func (b *batch) store(tx *db.Tx, next Checkpoint) error {
	var spans, streams, tiles [][]any
	for _, s := range b.spans {
		spans = append(spans, []any{s.first, s.boot, s.slot, s.seq, s.length})
		streams = append(streams, []any{s.boot, s.slot, s.seq + s.length - 1, tx.Now})
	}
	for _, t := range b.tiles {
		tiles = append(tiles, []any{t.level, t.number, t.data})
	}
	if err := extend(tx, &spans); err != nil {
		return err
	}
	for _, m := range []struct {
		sql  string
		rows [][]any
	}{
		{`INSERT INTO audit_span (first_leaf, boot, slot, first_seq, length) VALUES ($1, $2, $3, $4, $5)`, spans},
		{`INSERT INTO audit_stream (boot, slot, sealed, at) VALUES ($1, $2, $3, $4) ON CONFLICT (boot, slot) DO UPDATE SET sealed = excluded.sealed, at = excluded.at`, streams},
		{`INSERT INTO audit_tile (level, number, data) VALUES ($1, $2, $3) ON CONFLICT (level, number) DO UPDATE SET data = excluded.data`, tiles},
	} {
		if _, err := tx.Many(m.sql, m.rows); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`INSERT INTO audit_checkpoint (hour, size, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		next.At.Unix()/int64(time.Hour/time.Second), next.Size, next.Note)
	return err
}

// extend lengthens the last span in place when the first new one continues it, so
// that a quiet server does not write a span for every record.
func extend(tx *db.Tx, spans *[][]any) error {
	s := (*spans)[0]
	n, err := tx.Exec(`UPDATE audit_span SET length = length + $1
WHERE first_leaf = (SELECT max(first_leaf) FROM audit_span) AND boot = $2 AND slot = $3 AND first_seq + length = $4 AND first_leaf + length = $5`,
		s[4], s[1], s[2], s[3], s[0])
	if n == 1 {
		*spans = (*spans)[1:]
	}
	return err
}
