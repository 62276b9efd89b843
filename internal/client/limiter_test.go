package client_test

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/ident"
)

// The limiter against a plain token bucket that refills continuously.
func TestLimiterIsATokenBucket(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := client.Rate{PerSecond: rapid.IntRange(1, 50).Draw(t, "rate"), Burst: rapid.IntRange(1, 20).Draw(t, "burst")}
		interval := time.Second / time.Duration(rate.PerSecond)
		now := time.Unix(1_800_000_000, 0)
		l := client.NewLimiter(func() time.Time { return now }, rate)
		tokens, last := time.Duration(rate.Burst)*interval, now // counted in time
		for range rapid.IntRange(1, 100).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(3*interval)).Draw(t, "pause")))
			tokens, last = min(tokens+now.Sub(last), time.Duration(rate.Burst)*interval), now
			err := l.Client(ident.ID{1}, rate)
			if want := tokens >= interval; (err == nil) != want {
				t.Fatalf("with %v of %v: %v", tokens, interval, err)
			}
			if err == nil {
				tokens -= interval
				continue
			}
			wait := fault.From(err).RetryAfter
			if wait != interval-tokens {
				t.Fatalf("wait %v, want %v", wait, interval-tokens)
			}
		}
	})
}

func TestLimiterKeepsKeysApart(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	l := client.NewLimiter(func() time.Time { return now }, client.Rate{PerSecond: 1, Burst: 1})
	for _, c := range []struct {
		addr string
		ok   bool
	}{
		{"192.0.2.1", true},
		{"192.0.2.1", false},
		{"::ffff:192.0.2.1", false}, // the same in another spelling
		{"192.0.2.2", true},
		{"2001:db8::1", true},
		{"2001:db8::ffff:2%eth0", false}, // the same /64
		{"2001:db8:0:1::1", true},
	} {
		if err := l.Source(netip.MustParseAddr(c.addr)); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.addr, err)
		}
	}
	if err := l.Source(netip.Addr{}); err != nil {
		t.Errorf("no address: %v", err)
	}
	for range 2 {
		if err := l.Client(ident.ID{1}, client.Rate{PerSecond: 1, Burst: 2}); err != nil {
			t.Error(err)
		}
	}
	if err := l.Client(ident.ID{2}, client.Rate{PerSecond: 1, Burst: 1}); err != nil {
		t.Error(err)
	}
}

// A clock that jumps back an hour shuts nobody out.
func TestLimiterWhenTheClockJumpsBack(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	l := client.NewLimiter(func() time.Time { return now }, client.Rate{PerSecond: 1, Burst: 1})
	a := netip.MustParseAddr("192.0.2.1")
	if err := l.Source(a); err != nil {
		t.Fatal(err)
	}
	now = now.Add(-time.Hour)
	if err := l.Source(a); err != nil {
		t.Errorf("after the jump: %v", err)
	}
	if err := l.Source(a); err == nil {
		t.Error("after the jump there is no limit")
	}
}

// A million sources cost no more memory than the table has, those that come too
// late are still limited, and the table recovers.
func TestLimiterHasBoundedMemory(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	l := client.NewLimiter(func() time.Time { return now }, client.Rate{PerSecond: 1, Burst: 10})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	passed := 0
	for i := range 1_000_000 {
		if l.Source(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})) == nil {
			passed++
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
		t.Errorf("the limiter grew by %d MB", grown>>20)
	}
	if passed > 1<<16+10 {
		t.Errorf("%d of a million strangers passed", passed)
	}
	now = now.Add(2 * time.Second) // all buckets are full again: room for all
	fresh := netip.MustParseAddr("192.0.2.9")
	for range 10 {
		if err := l.Source(fresh); err != nil {
			t.Errorf("after the flood: %v", err)
		}
	}
	runtime.KeepAlive(l)
}
