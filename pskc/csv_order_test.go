package pskc_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/pskc"
)

// TestCSVOutOfOrder: a file whose columns have another order has its keys repeated
// nowhere.
func TestCSVOutOfOrder(t *testing.T) {
	t.Parallel()
	const key = "3132333435363738393031323334353637383930"
	for row, place := range map[string]string{
		key + ",S1,hotp":                  "serial number",
		"S1,hotp," + key:                  "type",
		"S1," + key + "," + key:           "type",
		"S1," + key + ",hotp," + key:      "number of digits",
		"S1," + key + ",ocra," + key:      "number of digits",
		"S1," + key + ",totp,6," + key:    "time step",
		"S1," + key + ",hotp,6,," + key:   "hash",
		"S1," + key + ",totp,6,30," + key: "hash",
	} {
		r, err := pskc.NewCSVReader(strings.NewReader(row+"\nS2,"+key+",hotp\n"), pskc.Options{Hash: pskc.SHA1})
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.Next()
		bad, ok := errors.AsType[*pskc.RowError](err)
		if !ok || !strings.Contains(bad.Reason(), "in the place of the "+place) {
			t.Errorf("%s: %v", row, err)
		}
		if text := fmt.Sprintf("%v %+v %#v", err, err, bad); strings.Contains(text, key[:16]) {
			t.Errorf("%s is repeated: %s", row, text)
		}
		if p, err := r.Next(); err != nil || p.Device.SerialNo != "S2" {
			t.Errorf("%s: the row behind it: %v", row, err)
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", row, err)
		}
	}
	// A long serial number beside a key is one.
	r, err := pskc.NewCSVReader(strings.NewReader(key+","+key+",hotp\n"), pskc.Options{Hash: pskc.SHA1})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := r.Next(); err != nil || p.Device.SerialNo != key {
		t.Errorf("a long serial number: %v", err)
	}
}
