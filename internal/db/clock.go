package db

import (
	"sync"
	"time"
)

// clock hands out the times of transactions: UTC, whole microseconds, never
// backwards.
//
// When the wall clock jumps back, a frozen time would leave every expiry and
// every time window standing still for as long as the jump, and going on at the
// old pace would keep the wrong hour for good. So the clock goes on at half pace
// (measured by the monotonic reading) until the wall has caught up. How far the
// wall is from the database's own clock is readiness's question ([DB.Clock]).
type clock struct {
	wall func() time.Time

	mu   sync.Mutex
	read time.Time // what wall said last, with its monotonic reading
	last time.Time // what was handed out last, before truncation
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	read := c.wall()
	now := read.UTC().Round(0)
	if now.Before(c.last) {
		now = c.last.Add(max(read.Sub(c.read), 0) / 2)
	}
	c.read, c.last = read, now
	return now.Truncate(time.Microsecond)
}
