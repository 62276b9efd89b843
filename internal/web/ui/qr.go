package ui

import (
	"html/template"
	"strconv"
	"strings"

	"rsc.io/qr"
)

// quiet is the light border that readers need around a code, in modules.
const quiet = 4

// QR draws a text as a QR code (ISO/IEC 18004, error correction M): an SVG to be put
// into the page itself, because a secret in it must not travel to a picture's address.
// It stands alone as well, as an SVG file of its own. The label is for people who do not
// see it. A text that fits no code, of more than about 2300 bytes, is an error.
func QR(text, label string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", err
	}
	side := strconv.Itoa(code.Size + 2*quiet)
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if n := x - from; n > 0 { // one stroke for each run of dark modules
				path.WriteString("M" + strconv.Itoa(from+quiet) + " " + strconv.Itoa(y+quiet) + "h" + strconv.Itoa(n) + "v1h-" + strconv.Itoa(n) + "z")
			}
		}
	}
	return template.HTML(`<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" aria-label="` + template.HTMLEscapeString(label) + //nolint:gosec // digits, and an escaped label
		`" viewBox="0 0 ` + side + " " + side + `" shape-rendering="crispEdges"><path d="` + path.String() + `"/></svg>`), nil
}
