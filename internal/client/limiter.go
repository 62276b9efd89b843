package client

import (
	"net/netip"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Rate bounds requests: Burst at once, then PerSecond a second. Both at least 1.
type Rate struct {
	PerSecond int
	Burst     int
}

// maxBuckets bounds how many clients, and how many sources, are remembered at
// once: about 4 MB each.
const maxBuckets = 1 << 16

// Limiter bounds the requests of clients and of source addresses on this node,
// in bounded memory. It is safe for concurrent use. A cluster of n nodes lets n
// times the rate pass when the load is spread evenly; the limits of
// authenticators, which guard secrets, are in the database.
type Limiter struct {
	now     func() time.Time
	source  Rate
	clients buckets[ident.ID]
	sources buckets[netip.Prefix]
}

// NewLimiter makes a limiter; source is the rate of one source address.
func NewLimiter(now func() time.Time, source Rate) *Limiter {
	return &Limiter{now: now, source: source}
}

// Client takes one request of a client at its rate; the Limited fault
// "client.rate" says when to come back.
func (l *Limiter) Client(id ident.ID, r Rate) error {
	if wait := l.clients.take(id, l.now(), r); wait > 0 {
		return fault.Limitedf(wait, "client.rate", "The application sends more requests than it is allowed: slow down.")
	}
	return nil
}

// Source takes one request from an address; the Limited fault "client.source_rate"
// says when to come back. An IPv6 address stands for its /64, which is what one
// household or server has.
func (l *Limiter) Source(a netip.Addr) error {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fails for no address at all: those share one bucket
	if wait := l.sources.take(p, l.now(), l.source); wait > 0 {
		return fault.Limitedf(wait, "client.source_rate", "Too many requests come from this address: slow down.")
	}
	return nil
}

// buckets is a token bucket for each key. A bucket is the time at which it will
// be full again (the generic cell rate algorithm), so a full one is no entry.
type buckets[K comparable] struct {
	mu       sync.Mutex
	full     map[K]int64 // Unix nanoseconds; in the future
	overflow int64       // shared by all keys for which there is no room
	swept    int64       // when the map was last swept
}

// take takes one token, or says how long until there is one.
func (b *buckets[K]) take(key K, now time.Time, r Rate) (wait time.Duration) {
	interval := int64(time.Second) / int64(max(r.PerSecond, 1))
	depth := interval * int64(max(r.Burst, 1)-1)
	at := now.UnixNano()
	b.mu.Lock()
	defer b.mu.Unlock()
	full, known := b.full[key]
	if !known && !b.room(at) {
		full = b.overflow
		if wait = next(&full, at, interval, depth); wait == 0 {
			b.overflow = full
		}
		return wait
	}
	if wait = next(&full, at, interval, depth); wait == 0 {
		b.full[key] = full
	}
	return wait
}

// next moves the time at which a bucket is full, unless that is too far away.
func next(full *int64, at, interval, depth int64) (wait time.Duration) {
	if *full < at || *full > at+depth+interval { // never so far ahead: the clock went back, or the rate changed
		*full = at
	}
	if early := *full - depth - at; early > 0 {
		return time.Duration(early)
	}
	*full += interval
	return 0
}

// room makes room for one more key. Buckets that are full by now go; the map is
// looked through at most once a second, however many strangers call.
func (b *buckets[K]) room(at int64) bool {
	if b.full == nil {
		b.full = map[K]int64{}
	}
	if len(b.full) < maxBuckets {
		return true
	}
	if at-b.swept < int64(time.Second) {
		return false
	}
	b.swept = at
	for k, full := range b.full {
		if full <= at {
			delete(b.full, k)
		}
	}
	return len(b.full) < maxBuckets
}
