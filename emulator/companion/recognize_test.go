package companion_test

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/envelope/report"
)

// TestRotate: the sample of the Bluetooth Core Specification, vol. 3, part H, appendix D.7 (IRK
// ec0234a3 57c8ad05 341010a6 0a397d9b, prand 708194, hash 0dfbaa).
func TestRotate(t *testing.T) {
	t.Parallel()
	irk, err := hex.DecodeString("ec0234a357c8ad05341010a60a397d9b")
	if err != nil {
		t.Fatal(err)
	}
	if got := companion.Rotate(irk, [3]byte{0x70, 0x81, 0x94}); got != "70:81:94:0D:FB:AA" {
		t.Errorf("the address is %s", got)
	}
	d := &companion.Device{}
	d.Memory.Plan.Watch = []report.Watch{{Number: 7, Identifiers: []report.WatchName{{Kind: "irk", Key: irk}}}}
	on := []report.Identifier{{Kind: "mac", Value: "71:81:94:0D:FB:AA"}, {Kind: "mac", Value: "70:81:94:0D:FB:AA"}}
	if diff := cmp.Diff([]int{7}, d.Recognize(on)); diff != "" {
		t.Error(diff)
	}
	if got := d.Recognize(on[:1]); len(got) != 0 {
		t.Errorf("a stranger is recognized as %v", got)
	}
}
