package audit

import "golang.org/x/mod/sumdb/tlog"

// Edge lets tests compare the edge of the tree with package tlog.
type Edge struct{ edge }

// Append adds a leaf.
func (e *Edge) Append(h tlog.Hash) { e.append(h, func(tileKey, []tlog.Hash) {}) }

// Root computes the hash of the tree.
func (e *Edge) Root() tlog.Hash { return e.root() }

// StreamsQuery is the statement that runs every second.
const StreamsQuery = streamsQuery
