package audit

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/db"
)

// spanPage is how many spans are looked at together. The records of one stream
// among them are consecutive, so they are read with one statement, or a few.
const spanPage = 256

// leaf is a record as Verify found it; some is false when it is missing.
type leaf struct {
	id   ID
	hash tlog.Hash
	some bool
}

// leaves walks over all leaves in order and compares each with its record.
func (v *verifier) leaves() error {
	for next := int64(0); ; {
		spans, err := v.spans(next)
		if err != nil {
			return err
		}
		if len(spans) == 0 {
			return v.flush()
		}
		records, err := v.records(spans)
		if err != nil {
			return err
		}
		for _, s := range spans {
			if !v.fits(s, next) {
				return v.flush() // without the map the rest cannot be told apart
			}
			for i := range s.length {
				if err := v.add(records[s.stream][s.seq+i], ID{s.boot, s.slot, s.seq + i}); err != nil {
					return err
				}
			}
			next += s.length
		}
		if v.progress != nil {
			v.progress(min(next, v.r.Size), v.r.Size)
		}
	}
}

// spans reads the next spans, up to the size of the checkpoint that is verified:
// sealing goes on meanwhile.
func (v *verifier) spans(from int64) (spans []span, err error) {
	err = v.l.db.Read(v.ctx, func(tx *db.Tx) error {
		spans = nil
		total := int64(0)
		return tx.Each(`SELECT first_leaf, boot, slot, first_seq, length FROM audit_span WHERE first_leaf >= $1 AND first_leaf < $2 ORDER BY first_leaf LIMIT $3`,
			[]any{from, v.r.Size, spanPage}, func(r db.Row) error {
				var s span
				err := r.Scan(&s.first, &s.boot, &s.slot, &s.seq, &s.length)
				s.length = min(s.length, v.r.Size-s.first)
				if total += s.length; total <= int64(v.l.cfg.Batch) || len(spans) == 0 {
					spans = append(spans, s)
				}
				return err
			})
	})
	return spans, err
}

// fits checks that a span continues both the leaves and its stream.
func (v *verifier) fits(s span, next int64) bool {
	end, ok := v.ends[s.stream]
	switch {
	case s.first != next || s.length < 1:
		v.r.found(FoundSpan, "", "The table audit_span should continue at leaf %d, but has leaf %d.", next, s.first)
		return false
	case s.seq != end+1 && (ok || s.seq != 1):
		v.r.found(FoundSpan, "", "The stream %s-%d should continue at %d in the table audit_span, but does at %d.", s.boot, s.slot, end+1, s.seq)
		return false
	}
	v.ends[s.stream] = s.seq + s.length - 1
	return true
}

// records reads the records of the spans. Within a stream, spans are consecutive.
func (v *verifier) records(spans []span) (map[stream]map[int64]leaf, error) {
	low, high := map[stream]int64{}, map[stream]int64{}
	for _, s := range spans {
		if l, ok := low[s.stream]; !ok || s.seq < l {
			low[s.stream] = s.seq
		}
		high[s.stream] = max(high[s.stream], s.seq+s.length-1)
	}
	out := map[stream]map[int64]leaf{}
	for s, from := range low {
		out[s] = map[int64]leaf{}
		for to := high[s]; from <= to; from += readChunk {
			if err := v.read(s, from, min(to, from+readChunk-1), out[s]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (v *verifier) read(s stream, from, to int64, into map[int64]leaf) error {
	return v.l.db.Read(v.ctx, func(tx *db.Tx) error {
		return tx.Each(`SELECT `+allColumns+` FROM journal WHERE boot = $1 AND slot = $2 AND seq BETWEEN $3 AND $4`, []any{s.boot, s.slot, from, to}, func(r db.Row) error {
			var e Entry
			if err := e.scan(r); err != nil {
				return err
			}
			if e.Erased() {
				v.r.Erased++
				v.erased[e.Customer]++
			}
			if !e.Intact() {
				v.r.found(FoundDetails, e.ID.String(), "The details of the record %s (%s) were changed: they do not give its digest.", e.ID, e.Kind)
			}
			into[e.ID.Seq] = leaf{e.ID, e.LeafHash(), true}
			return nil
		})
	})
}

// add takes the next leaf and compares whole tiles.
func (v *verifier) add(l leaf, id ID) error {
	l.id = id
	if v.rows = append(v.rows, l); len(v.rows) < tileWidth {
		return nil
	}
	return v.flush()
}

// flush compares the collected leaves with their tile. Where they differ, the tile
// is believed when it is part of the signed tree, else the records are, and the
// tree computed from them tells at the end.
func (v *verifier) flush() error {
	if len(v.rows) == 0 {
		return nil
	}
	number := v.edge.size / tileWidth
	stored, err := v.tile(tileKey{0, number}, len(v.rows))
	if err != nil {
		return err
	}
	believe := false
	if !v.same(stored) {
		believe = v.authentic(number)
		v.explain(stored, believe, number)
	}
	for i, l := range v.rows {
		h := l.hash
		if believe {
			h = stored[i]
		}
		v.edge.append(h, func(k tileKey, hashes []tlog.Hash) { err = errors.Join(err, v.inner(k, hashes)) })
	}
	v.rows = v.rows[:0]
	return err
}

func (v *verifier) same(stored []tlog.Hash) bool {
	for i, l := range v.rows {
		if stored == nil || !l.some || l.hash != stored[i] {
			return false
		}
	}
	return true
}

// authentic reports whether a tile of the lowest level is part of the signed tree.
func (v *verifier) authentic(number int64) bool {
	_, err := v.hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, number*tileWidth)})
	return err == nil
}

// explain says what differs.
func (v *verifier) explain(stored []tlog.Hash, believe bool, number int64) {
	if !believe {
		v.r.found(FoundTile, "", "Tile %d of level 0 in the table audit_tile was changed or deleted: it is not part of the signed tree.", number)
	}
	for i, l := range v.rows {
		switch {
		case !l.some:
			v.r.found(FoundDeleted, l.id.String(), "The record %s (leaf %d) was deleted.", l.id, number*tileWidth+int64(i))
		case believe && l.hash != stored[i]:
			v.r.found(FoundChanged, l.id.String(), "The record %s (leaf %d) was changed: who, when, what or the digest of the details is not what was sealed.", l.id, number*tileWidth+int64(i))
		}
	}
}

// inner compares a finished tile above the lowest level with the stored one.
func (v *verifier) inner(k tileKey, hashes []tlog.Hash) error {
	if k.level == 0 {
		return nil
	}
	stored, err := v.tile(k, len(hashes))
	if err == nil && !bytes.Equal(encode(stored), encode(hashes)) {
		v.r.found(FoundTile, "", "Tile %d of level %d in the table audit_tile was changed or deleted.", k.number, k.level)
	}
	return err
}

// tile reads the first n hashes of a stored tile; nil when it is missing or short.
func (v *verifier) tile(k tileKey, n int) (hashes []tlog.Hash, err error) {
	err = v.l.db.Read(v.ctx, func(tx *db.Tx) error {
		var data []byte
		err := tx.Row(`SELECT data FROM audit_tile WHERE level = $1 AND number = $2`, k.level, k.number).Scan(&data)
		if errors.Is(err, db.ErrNoRow) {
			return nil
		}
		hashes, _ = decode(data, n)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read a tile: %w", err)
	}
	return hashes, nil
}
