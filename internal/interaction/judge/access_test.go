package judge_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/interaction/judge"
)

// TestDI4KindsOfAccessDevices: of every kind, and of none, a request is somewhere or over a network; a place that is
// known is taken from all but a site.
func TestDI4KindsOfAccessDevices(t *testing.T) {
	t.Parallel()
	counter := map[judge.AccessKind]bool{judge.Terminal: true, judge.CashRegister: true, judge.Reader: true, judge.CashMachine: true, judge.Kiosk: true, judge.Gate: true}
	all := judge.AccessKinds()
	if len(all) != 13 || judge.Unnamed.Known() || judge.AccessKind("toaster").Known() {
		t.Errorf("%d kinds", len(all))
	}
	for _, k := range append(all, judge.Unnamed) {
		if a := judge.NewAccess(k, 0); a.Kind != k || a.Remote == counter[k] || a.Cell != 0 {
			t.Errorf("%q without a place: %+v", k, a)
		}
		if a := judge.NewAccess(k, abroad()); a.Remote != (k == judge.Site) || a.Remote != (a.Cell != abroad()) {
			t.Errorf("%q with a place: %+v", k, a)
		}
	}
}
