package db

import (
	"math/bits"
	"sync/atomic"
)

// sizes is the number of classes of group sizes: 1, 2, 3–4, 5–8, … 513 and more.
const sizes = 11

// Stats are counters since Open, for metrics.
type Stats struct {
	Groups     uint64        // transactions that committed settlements or writes
	Units      uint64        // settlements and writes that were committed
	GroupSizes [sizes]uint64 // Groups by size: up to 1, 2, 4, 8, … 512, and above
	Redone     uint64        // units that ran again because their group was rolled back
	Retries    uint64        // units that ran again because the database asked for it
	Lost       uint64        // connections that were lost while in use
	Unknown    uint64        // commits whose outcome was never learned
	Statements uint64        // statements of Settle and Write, with those that ran again
	Reads      uint64        // statements of Read
	ReadTrips  uint64        // round trips that carried them (PostgreSQL)

	Connections int // open now
}

// GroupSizeBound is the largest size of the i-th class of Stats.GroupSizes; 0
// for the last class, which has no bound.
func GroupSizeBound(i int) int {
	if i >= sizes-1 {
		return 0
	}
	return 1 << i
}

type counters struct {
	groups, units, redone, retries, lost, unknown, statements, reads, readTrips atomic.Uint64
	groupSizes                                                                  [sizes]atomic.Uint64
}

func (c *counters) committed(units int) {
	c.groups.Add(1)
	c.units.Add(uint64(units)) //nolint:gosec // never negative
	c.groupSizes[min(bits.Len(uint(max(units-1, 0))), sizes-1)].Add(1)
}

// Stats returns the counters.
func (d *DB) Stats() Stats {
	c := d.stats
	s := Stats{
		Groups: c.groups.Load(), Units: c.units.Load(), Redone: c.redone.Load(), Retries: c.retries.Load(),
		Lost: c.lost.Load(), Unknown: c.unknown.Load(), Statements: c.statements.Load(), Reads: c.reads.Load(), ReadTrips: c.readTrips.Load(),
		Connections: d.engine.connections(),
	}
	for i := range s.GroupSizes {
		s.GroupSizes[i] = c.groupSizes[i].Load()
	}
	return s
}
