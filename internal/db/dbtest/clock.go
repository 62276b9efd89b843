package dbtest

import (
	"sync"
	"time"
)

// Clock is a clock that stands still until it is told to move. Its zero value is
// not ready for use; see NewClock.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at a fixed morning: 2026-11-02 09:00 UTC.
func NewClock() *Clock {
	return &Clock{now: time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC)}
}

// Now says what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock forward by d; a negative d makes it jump back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Set puts the clock to t.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}
