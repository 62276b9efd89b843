package ui_test

import (
	"bytes"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rsc.io/qr"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

// TestQRCode draws the path again, dot by dot, and compares it with the picture
// that the encoder itself makes.
func TestQRCode(t *testing.T) {
	t.Parallel()
	const text = "otpauth://totp/Bank:maja?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Bank"
	svg, err := ui.QR(text, `the "key"`)
	if err != nil || !strings.Contains(string(svg), `aria-label="the &#34;key&#34;"`) {
		t.Fatalf("%v: %.200s", err, svg)
	}
	want, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	got := map[[2]int]bool{}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1`).FindAllStringSubmatch(string(svg), -1) {
		x, y, n := number(t, m[1]), number(t, m[2]), number(t, m[3])
		for i := range n {
			got[[2]int{x + i - 4, y - 4}] = true
		}
	}
	for y := range want.Size {
		for x := range want.Size {
			if got[[2]int{x, y}] != want.Black(x, y) {
				t.Fatalf("the module at %d, %d is wrong", x, y)
			}
		}
	}
	if _, err := png.Decode(bytes.NewReader(want.PNG())); err != nil {
		t.Fatal(err)
	}
	if _, err := ui.QR(strings.Repeat("x", 5000), ""); err == nil {
		t.Error("a text that fits no code was drawn")
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
