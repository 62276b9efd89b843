package audit

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles have 2^8 hashes: 8 KiB, which suits both databases, and three levels
// hold 16 million records.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// emptyRoot is the hash of a tree without records (RFC 6962, section 2.1).
var emptyRoot = tlog.Hash{
	0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
	0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
}

// tileKey names a stored tile.
type tileKey struct {
	level  int
	number int64
}

// edge is the right edge of the tree: all that is needed to append. Level i holds
// the last, unfinished tile of that level.
type edge struct {
	size   int64
	levels [][]tlog.Hash
}

// widths says how many hashes the unfinished tile of each level has, and its
// number, for a tree of the given size.
func widths(size int64) (keys []tileKey, width []int) {
	for level := 0; size > 0; level++ {
		keys = append(keys, tileKey{level, size / tileWidth})
		width = append(width, int(size%tileWidth))
		size /= tileWidth
	}
	return keys, width
}

// append adds a leaf and reports every tile that it completes.
func (e *edge) append(leaf tlog.Hash, complete func(tileKey, []tlog.Hash)) {
	e.size++
	n := e.size
	for level, h := 0, leaf; ; level++ {
		if level == len(e.levels) {
			e.levels = append(e.levels, make([]tlog.Hash, 0, tileWidth))
		}
		e.levels[level] = append(e.levels[level], h)
		if len(e.levels[level]) < tileWidth {
			return
		}
		n /= tileWidth
		complete(tileKey{level, n - 1}, e.levels[level])
		h = subtree(e.levels[level])
		e.levels[level] = e.levels[level][:0]
	}
}

// unfinished returns the tiles of the edge that have hashes.
func (e *edge) unfinished(f func(tileKey, []tlog.Hash)) {
	keys, width := widths(e.size)
	for i, k := range keys {
		if width[i] > 0 {
			f(k, e.levels[i])
		}
	}
}

// root computes the hash of the whole tree: the perfect subtrees from right to
// left, each the left neighbor of what is done so far.
func (e *edge) root() tlog.Hash {
	if e.size == 0 {
		return emptyRoot
	}
	var h tlog.Hash
	some := false
	for _, hashes := range e.levels {
		for bit := 1; bit < tileWidth; bit <<= 1 {
			if len(hashes)&bit == 0 {
				continue
			}
			from := len(hashes) &^ (2*bit - 1)
			left := subtree(hashes[from : from+bit])
			if some {
				left = tlog.NodeHash(left, h)
			}
			h, some = left, true
		}
	}
	return h
}

// clone makes a copy that can be appended to without changing e.
func (e *edge) clone() *edge {
	c := &edge{size: e.size}
	for _, l := range e.levels {
		c.levels = append(c.levels, append(make([]tlog.Hash, 0, tileWidth), l...))
	}
	return c
}

// subtree hashes a perfect subtree whose leaves are given; their number is a
// power of two.
func subtree(hashes []tlog.Hash) tlog.Hash {
	var buf [tileWidth]tlog.Hash
	n := copy(buf[:], hashes)
	for ; n > 1; n /= 2 {
		for i := range n / 2 {
			buf[i] = tlog.NodeHash(buf[2*i], buf[2*i+1])
		}
	}
	return buf[0]
}

// encode writes the hashes of a tile one after another, as tlog wants them.
func encode(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for i := range hashes {
		b = append(b, hashes[i][:]...)
	}
	return b
}

// decode reads the first n hashes of a stored tile.
func decode(data []byte, n int) ([]tlog.Hash, error) {
	if len(data) < n*tlog.HashSize {
		return nil, fmt.Errorf("the tile has %d bytes, not %d", len(data), n*tlog.HashSize)
	}
	hashes := make([]tlog.Hash, n, tileWidth)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	return hashes, nil
}
