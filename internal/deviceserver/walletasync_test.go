package deviceserver_test

import (
	"bytes"
	"encoding/json"
	"testing"
)

// DI-176: halves of split keys reach a device that was away when the card was added, as those of assisted storage do (DI-126 to DI-128): the phone asks
// without it, carries the half of one that speaks to nobody else until it is back, and then forgets it; one that speaks to the server gets its half
// there, with no phone near. Until then nothing is paid.
func TestDI176HalvesComeLater(t *testing.T) {
	t.Parallel()
	for _, what := range []string{keeps, speaks} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			eachShop(t, nil, func(t *testing.T, s *shop) {
				watch := s.thing(what)
				s.settle()
				s.near[watch.Number] = false
				x := s.add(nil, false, watch)
				carried, kept := 0, 1
				if what == keeps {
					carried, kept = 1, 0
				}
				if len(s.phone.Memory.Carry) != carried || len(watch.Memory.Kept) != kept {
					t.Fatalf("the phone carries %d, the device holds %d", len(s.phone.Memory.Carry), len(watch.Memory.Kept))
				}
				if _, _, err := s.pay(x, chip(100)); err == nil {
					t.Error("paid without the other half")
				}
				s.near[watch.Number] = true
				s.phone.Deliver()
				if len(s.phone.Memory.Carry) != 0 || len(watch.Memory.Kept) != 1 {
					t.Fatalf("back again: the phone carries %d, the device holds %d", len(s.phone.Memory.Carry), len(watch.Memory.Kept))
				}
				half := watch.Memory.Kept[0].Shares[x.Keys[0].Index]
				if on, err := json.Marshal(s.phone.Memory); err != nil || len(half) == 0 || bytes.Contains(on, half) {
					t.Error("the phone still holds the other half")
				}
				s.approved("together", x, chip(100))
				if len(s.said) != 1 || s.said[0] != watch.Number {
					t.Errorf("contributed %v", s.said)
				}
			})
		})
	}
}
