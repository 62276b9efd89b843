package terminal_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/cryptogram"
	"github.com/countersign-auth/countersign/emulator/terminal"
)

// DI-221: a code in a picture says the same as a chip, and nothing else is one.
func TestDI221Codes(t *testing.T) {
	t.Parallel()
	w := terminal.Shown{Number: "4900000000000003", Counter: 7, Cryptogram: []byte("12345678"), Application: cryptogram.ApplicationData{KeySet: 2, CVR: [5]byte{3}, Index: 6056207}}
	got, err := terminal.ReadCode(w.Code())
	if err != nil || got.Number != w.Number || got.Counter != 7 || !bytes.Equal(got.Cryptogram, w.Cryptogram) || got.Application != w.Application {
		t.Errorf("%v, %+v", err, got)
	}
	if n := len(w.Code()); n > 90 {
		t.Errorf("%d characters", n)
	}
	for _, bad := range []string{"", "CSP1.", w.Code()[5:], w.Code() + "AAAAAAAA", w.Code()[:60], strings.Replace(w.Code(), "CSP1.", "CSP1.!", 1), "https://shop.example/?" + w.Code()} {
		if got, err := terminal.ReadCode(bad); err == nil {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}
