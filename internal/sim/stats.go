package sim

import (
	"sync/atomic"

	"github.com/countersign-auth/countersign/internal/db"
)

// Stats are counts since the node started.
type Stats struct {
	Sent         int64 // packets that a center took
	Acknowledged int64 // that a card says it has
	Answered     int64 // answers under checksum
	Copies       int64 // answers that had come before, or too late
	Forged       int64 // answers without the checksum of a card that was asked
	Hints        int64 // errors that prove nothing
	Strange      int64 // short messages that are no answers
	Tries        int64 // checksums that were computed to find answers
	Lost         map[Reason]int64
}

type counters struct {
	sent, acknowledged, answered, copies, forged, hints, strange, tries atomic.Int64

	reasons [7]atomic.Int64 // in the order of Reasons
}

func (c *counters) lost(tx *db.Tx, why Reason) {
	for i, r := range Reasons() {
		if r == why {
			tx.After(func() { c.reasons[i].Add(1) })
		}
	}
}

// Stats returns what this node has done.
func (d *Desk) Stats() Stats {
	c := &d.stats
	s := Stats{
		Sent: c.sent.Load(), Acknowledged: c.acknowledged.Load(), Answered: c.answered.Load(), Copies: c.copies.Load(),
		Forged: c.forged.Load(), Hints: c.hints.Load(), Strange: c.strange.Load(), Tries: c.tries.Load(), Lost: map[Reason]int64{},
	}
	for i, r := range Reasons() {
		s.Lost[r] = c.reasons[i].Load()
	}
	return s
}
