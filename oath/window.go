package oath

import (
	"fmt"
	"math"
	"time"
)

// Window bounds a search among time steps (RFC 6238, sections 5.2 and 6).
// The zero value accepts the current step only.
type Window struct {
	// Steps is how far a code may be from the step that is expected, either
	// way: 1 accepts the step before and the step after.
	Steps int
	// Drift is what was learned about the device's clock, in steps: positive
	// when it is ahead of ours. The search is centered on it.
	Drift int
	// MaxDrift bounds the drift that a match may show, either way, whatever was
	// learned before: so a clock cannot be led away step by step. 0 means no
	// bound.
	MaxDrift int
	// From is the lowest step that may match: one above the last step that was
	// accepted, so that no code is found twice (RFC 6238, section 5.2).
	From uint64
}

// Match says where a code was found.
type Match struct {
	Counter uint64 // of an OCRA suite with a counter
	Step    uint64 // of a token with a clock
	Drift   int    // of the device's clock in steps; the next Window.Drift
}

// clock turns a time into steps (RFC 6238, section 4.2).
type clock struct {
	epoch int64 // Unix seconds of step 0
	size  int64 // seconds of a step, at least 1
}

// at returns the step of a time, rounded down; it fails before the epoch.
func (c clock) at(t time.Time) (int64, error) {
	sec := t.Unix()
	if sec < c.epoch || c.epoch < 0 && sec > math.MaxInt64+c.epoch {
		return 0, fmt.Errorf("oath: %s is outside the time of this token, whose steps count from %s: check the clock",
			t.UTC().Format(time.RFC3339), time.Unix(c.epoch, 0).UTC().Format(time.RFC3339))
	}
	return (sec - c.epoch) / c.size, nil
}

// MaxWindow is the widest search, in counters, steps or pairs of both. Wider
// ones match nothing: a mistyped policy must not keep a server busy for good
// (RFC 4226, section 7.4).
const MaxWindow = 1 << 20

// maxDrift bounds the drift of a window in steps (sixty years of 1 s), and
// maxStep the step it stands at, so that no arithmetic overflows.
const (
	maxDrift = 1<<31 - 1
	maxStep  = 1 << 62
)

// span is a window around a step, ready to be searched.
type span struct {
	Window
	now    int64 // by our clock
	center int64 // where the device should be
}

// span centers a window; it is not valid if its numbers are out of range.
func (w Window) span(now int64) (s span, valid bool) {
	if now > maxStep || w.Steps < 0 || w.Steps > MaxWindow/2 ||
		w.MaxDrift < 0 || w.Drift < -maxDrift || w.Drift > maxDrift {
		return span{}, false
	}
	return span{Window: w, now: now, center: now + int64(w.Drift)}, true
}

// allows is 1 if a match may be accepted whose lowest step is lowest and that
// shows the clock of the device at step at. It never looks at a code.
func (s *span) allows(lowest, at int64) uint64 {
	drift := at - s.now
	if lowest < 0 || word(lowest) < s.From || s.MaxDrift > 0 && max(drift, -drift) > int64(s.MaxDrift) {
		return 0
	}
	return 1
}

// word is a step as it is hashed. A window may reach below the first step: such
// steps are computed like all others, and never allowed.
func word(step int64) uint64 { return uint64(step) } //nolint:gosec // two's complement on purpose

// signed undoes word.
func signed(step uint64) int64 { return int64(step) } //nolint:gosec // undoes word

// nearest keeps the best match of a search: the one closest to the center, and
// of two equally close ones the one that came first. Constant time.
type nearest struct {
	at, counter uint64
	distance    uint64
	found       uint64
	places      uint64 // how many matches there were
}

// offer proposes a match, if hit is 1, at a step and a counter.
func (b *nearest) offer(hit uint64, s *span, step int64, counter uint64) {
	d := step - s.center
	dist := word(max(d, -d))
	better := hit & ((b.found ^ 1) | less(dist, b.distance))
	b.at = pick(better, word(step), b.at)
	b.counter = pick(better, counter, b.counter)
	b.distance = pick(better, dist, b.distance)
	b.found |= better
	b.places += hit
}

// match returns the best match, if there is one, and how many there were.
func (b *nearest) match(s *span) (Match, int) {
	if b.found == 0 {
		return Match{}, 0
	}
	return Match{Counter: b.counter, Step: b.at, Drift: int(signed(b.at) - s.now)}, int(b.places) //nolint:gosec // at most MaxWindow
}
