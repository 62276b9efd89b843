package db

import "sync/atomic"

// Stats are counters since Open, for metrics.
type Stats struct {
	Groups     uint64 // transactions that committed settlements or writes
	Units      uint64 // settlements and writes that were committed
	Redone     uint64 // units that ran again because their group was rolled back
	Retries    uint64 // units that ran again because the database asked for it
	Lost       uint64 // connections that were lost while in use
	Unknown    uint64 // commits whose outcome was never learned
	Statements uint64 // statements of Settle and Write, with those that ran again
	Reads      uint64 // statements of Read
	ReadTrips  uint64 // round trips that carried them (PostgreSQL)

	Connections int // open now
}

type counters struct {
	groups, units, redone, retries, lost, unknown, statements, reads, readTrips atomic.Uint64
}

func (c *counters) committed(units int) {
	c.groups.Add(1)
	c.units.Add(uint64(units)) //nolint:gosec // never negative
}

// Stats returns the counters.
func (d *DB) Stats() Stats {
	c := d.stats
	return Stats{
		Groups: c.groups.Load(), Units: c.units.Load(), Redone: c.redone.Load(), Retries: c.retries.Load(),
		Lost: c.lost.Load(), Unknown: c.unknown.Load(), Statements: c.statements.Load(), Reads: c.reads.Load(), ReadTrips: c.readTrips.Load(),
		Connections: d.engine.connections(),
	}
}
