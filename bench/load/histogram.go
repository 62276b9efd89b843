package load

import (
	"math/bits"
	"time"
)

// Histogram counts durations in classes that are at most 1.6 % wide, from 1 µs to
// 100 minutes. The zero value is ready.
type Histogram struct {
	counts [classes]uint64
	n      uint64
	max    time.Duration
}

// Durations are counted in microseconds: the first 2^sub exactly, then 2^sub/2
// classes for each power of two.
const (
	sub     = 7
	classes = 1<<sub + 26<<(sub-1)
)

// Add counts one duration.
func (h *Histogram) Add(d time.Duration) {
	h.counts[class(d)]++
	h.n++
	h.max = max(h.max, d)
}

func class(d time.Duration) int {
	us := uint64(max(d.Microseconds(), 0))
	if us < 1<<sub {
		return int(us)
	}
	shift := bits.Len64(us) - sub
	at := 1<<sub + (shift-1)<<(sub-1) + int(us>>shift) - 1<<(sub-1) //nolint:gosec // small
	return min(at, classes-1)
}

// bound is the largest duration of a class.
func bound(at int) time.Duration {
	if at < 1<<sub {
		return time.Duration(at) * time.Microsecond
	}
	at -= 1 << sub
	shift := at>>(sub-1) + 1
	low := uint64(at&(1<<(sub-1)-1)+1<<(sub-1)) << shift
	return time.Duration(low+1<<shift-1) * time.Microsecond //nolint:gosec // small
}

// Merge adds the counts of o.
func (h *Histogram) Merge(o *Histogram) {
	for i, n := range o.counts {
		h.counts[i] += n
	}
	h.n += o.n
	h.max = max(h.max, o.max)
}

// N is how many durations were counted.
func (h *Histogram) N() uint64 { return h.n }

// Max is the longest duration.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile returns a duration that the share q (0 to 1) of all does not exceed; 0
// when there are none.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := uint64(q * float64(h.n))
	var seen uint64
	for at, n := range h.counts {
		if seen += n; n > 0 && seen >= max(rank, 1) {
			return min(bound(at), h.max)
		}
	}
	return h.max
}
