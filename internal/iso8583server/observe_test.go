package iso8583server_test

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	"github.com/countersign-auth/countersign/internal/iso8583server"
)

// TestMadeUpTypesAreCountedTogether: a network that sends a thousand types makes one series of the metric, not a thousand.
func TestMadeUpTypesAreCountedTogether(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	counts := map[string]int{}
	w := newWorld(t, "iso87-ascii", func(c *iso8583server.Config) {
		c.Observe = func(mti, code string) {
			mu.Lock()
			defer mu.Unlock()
			counts[mti+" "+code]++
		}
	})
	l := w.dial()
	for n := 2000; n < 3000; n++ {
		l.raw(fmt.Appendf(nil, "%04d0000000000000000", n))
	}
	l.raw([]byte("nonsense"))
	l.ask(payment("000001"))
	again := payment("000001")
	again.MTI++
	l.ask(again)
	w.stop() // all are counted
	want := map[string]int{"other ": 1001, "0100 00": 1, "0101 00": 1}
	if !maps.Equal(counts, want) {
		t.Errorf("%v, want %v", counts, want)
	}
}
