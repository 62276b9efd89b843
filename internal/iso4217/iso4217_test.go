package iso4217_test

import (
	"fmt"
	"testing"

	"github.com/countersign-auth/countersign/internal/iso4217"
)

// Every code leads to the other and back, and what is no currency leads nowhere.
func TestCodes(t *testing.T) {
	t.Parallel()
	known := 0
	for n := range uint16(1000) {
		letters, ok := iso4217.Letters(fmt.Sprintf("%03d", n))
		if !ok {
			continue
		}
		known++
		if back, ok := iso4217.Number(letters); !ok || back != n {
			t.Errorf("%s: %03d, and back %03d", letters, n, back)
		}
	}
	if known != 156 {
		t.Errorf("%d currencies", known)
	}
	for digits, want := range map[string]string{"978": "EUR", "840": "USD", "392": "JPY", "008": "ALL", "999": "", "8": "", "": ""} {
		if got, ok := iso4217.Letters(digits); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", digits, got, ok)
		}
	}
	for _, letters := range []string{"", "eur", "XXX", "XAU", "EURO"} {
		if n, ok := iso4217.Number(letters); ok {
			t.Errorf("%q: %d", letters, n)
		}
	}
}
