package iso8583server_test

import (
	"bytes"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/countersign-auth/countersign/iso8583"
)

// ISO-10: a bitmap that says too little or too much moves the digits of a number into other fields: they are no more in the log there than in their own, whole or in
// pieces.
func TestISO10NumbersInTheWrongFields(t *testing.T) {
	t.Parallel()
	labels := regexp.MustCompile(` \d+=|\D+`)
	for _, name := range iso8583.Names() {
		w := newWorld(t, name, nil)
		l := w.dial()
		m := payment("000001")
		m.SetText(2, "4147099988887777")
		good, err := w.profile.Append(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		at, size := 2, 8 // of the bitmap
		switch name {
		case "iso87-ascii":
			at, size = 4, 16
		case "iso87-ebcdic", "iso87-binary":
			at = 4
		}
		for bit := 2; bit <= 64; bit++ {
			b := bytes.Clone(good)
			if size == 16 {
				raw, err := hex.DecodeString(string(b[at : at+size]))
				if err != nil {
					t.Fatal(err)
				}
				raw[(bit-1)/8] ^= 0x80 >> ((bit - 1) % 8)
				copy(b[at:], bytes.ToUpper([]byte(hex.EncodeToString(raw))))
			} else {
				b[at+(bit-1)/8] ^= 0x80 >> ((bit - 1) % 8)
			}
			l.raw(b)
		}
		l.send(m)
		for l.receive().Text(39) != "00" {
		}
		for line := range strings.Lines(w.log.String()) {
			if strings.Contains(labels.ReplaceAllString(line, ""), "709998888") {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}
