package audit

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/countersign-auth/countersign/internal/db"
)

// hashes reads hashes of the tree of head from the stored tiles, and checks each
// tile against the root before any hash of it is used.
func (l *Log) hashes(ctx context.Context, head Checkpoint) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: head.Size, Hash: head.Root}, &tileReader{ctx: ctx, db: l.db, cache: map[tlog.Tile][]byte{}})
}

// tileReader gives tiles from the database to package tlog. It keeps the inner
// ones, which every proof needs.
type tileReader struct {
	ctx   context.Context // tlog's interface has no room for it; a reader lives as long as one call
	db    *db.DB
	cache map[tlog.Tile][]byte // only what tlog has checked
}

// maxCachedTiles bounds the cache to 16 MiB, which serves 134 million records.
const maxCachedTiles = 2048

// Height is that of all our tiles.
func (r *tileReader) Height() int { return tileHeight }

// ReadTiles reads tiles. A stored tile may be wider than asked for, when the tree
// has grown since.
func (r *tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	err := r.db.Read(r.ctx, func(tx *db.Tx) error {
		for i, t := range tiles {
			if out[i] = r.cache[t]; out[i] != nil {
				continue
			}
			var data []byte
			if err := tx.Row(`SELECT data FROM audit_tile WHERE level = $1 AND number = $2`, t.L, t.N).Scan(&data); err != nil {
				return fmt.Errorf("tile %d of level %d: %w", t.N, t.L, err)
			}
			want := t.W * tlog.HashSize
			if len(data) < want {
				return fmt.Errorf("tile %d of level %d has %d bytes, not %d", t.N, t.L, len(data), want)
			}
			out[i] = data[:want]
		}
		return nil
	})
	return out, err
}

// SaveTiles is told which tiles were found to be right.
func (r *tileReader) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, t := range tiles {
		if t.L == 0 {
			continue
		}
		if len(r.cache) >= maxCachedTiles {
			clear(r.cache)
		}
		r.cache[t] = data[i]
	}
}
