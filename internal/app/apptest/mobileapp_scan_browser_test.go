//go:build browser

package apptest_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"rsc.io/qr"

	"github.com/countersign-auth/countersign/internal/web/webtest"
)

// film is what a camera sees that is pointed at a QR code: gray frames in YUV4MPEG2.
func film(t testing.TB, text string) string {
	t.Helper()
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		t.Fatal(err)
	}
	const width, height, frames = 640, 480, 3
	scale := (height - 80) / code.Size
	left, top := (width-scale*code.Size)/2, (height-scale*code.Size)/2
	gray := make([]byte, width*height)
	for i := range gray {
		gray[i] = 200
		x, y := i%width-left, i/width-top
		if x >= 0 && y >= 0 && code.Black(x/scale, y/scale) {
			gray[i] = 40
		}
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n", width, height)
	for range frames {
		out.WriteString("FRAME\n")
		out.Write(gray)
		out.Write(bytes.Repeat([]byte{128}, width*height/2))
	}
	name := filepath.Join(t.TempDir(), "film.y4m")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestAppScansByCamera: the camera is pointed at an activation link. Chromium has no reader of
// its own here, so that it is ours that finds it.
func TestAppScansByCamera(t *testing.T) {
	w := newPhones(t)
	w.browser = webtest.StartWithCamera(t, film(t, w.code().Link))
	p := w.phone(t)
	p.Click("#activate")
	p.Click("#scan")
	w.choosePIN(p, goodPIN)
	p.WaitText("h1", "Ready")
}

// TestAppByKeyboard: from the first page to a secure code without a pointer.
func TestAppByKeyboard(t *testing.T) {
	w := newPhones(t)
	p := w.phone(t)
	p.TabTo("#activate")
	p.Keys("<Enter>")
	p.WaitText("h1", "Activate this device")
	p.TabTo("#f-code")
	p.Type("#f-code", w.code().Code)
	p.Keys("<Enter>")
	w.choosePIN(p, goodPIN)
	p.WaitText("h1", "Ready")
	p.TabTo("#done")
	p.Keys("<Enter>")
	p.Wait("#show-code")
	w.next(p)
	p.TabTo("[data-tab=settings]")
	p.Keys("<Enter>")
	p.TabTo("#limits")
	p.Keys("<Enter>")
	p.WaitText("h1", "How this app protects you")
	p.TabTo(".back")
	p.Keys("<Enter>")
	p.TabTo("[data-tab=code]")
	p.Keys("<Enter>")
	p.TabTo("#show-code")
	p.Keys("<Enter>")
	// the keys on the screen are buttons, too
	p.WaitText(".pin-label", "secure code")
	for _, digit := range goodPIN {
		p.TabTo(fmt.Sprintf("[data-digit='%c']", digit))
		p.Keys("<Enter>")
	}
	p.TabTo(".pin-ok")
	p.Keys("<Enter>")
	p.Wait("#code")
}
