package device_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/countersign-auth/countersign/internal/device"
)

func TestSerial(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"1234567":                "1234567",
		" 123-45 67\t":           "1234567",
		"ab‐12–3\u00a04":         "AB1234",
		"１２３４":                   "1234",
		"ﬁ1":                     "FI1",
		"a\x00b\x7fc\nd":         "ABCD",
		"Ⅻ":                      "XII",
		"A¨":                     "Ä",
		"":                       "",
		" - ":                    "",
		strings.Repeat("1", 257): "",
	} {
		if got := device.Serial(typed); got != want {
			t.Errorf("%q is %q, want %q", typed, got, want)
		}
	}
}

func FuzzSerial(f *testing.F) {
	for _, s := range []string{"1234567", "ab-12", "１２３４", "ﬁ", "ß", "ŉ", "\xff\xfe", "İ", "ͅ", "A¨", "a -\u0308"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		once := device.Serial(typed)
		if twice := device.Serial(once); len(once) <= 256 && twice != once {
			t.Errorf("%q is %q, and that is %q", typed, once, twice)
		}
		for _, r := range once {
			if unicode.IsControl(r) && r < 0x80 || r == ' ' || r == '-' {
				t.Errorf("%q keeps %q", typed, r)
			}
		}
		if spaced := " " + typed + " "; len(spaced) <= 256 && device.Serial(spaced) != once {
			t.Errorf("blanks around %q change it", typed)
		}
		if folded := norm.NFKC.String(typed); len(folded) <= 256 && len(typed) <= 256 && device.Serial(folded) != once {
			t.Errorf("the compatibility form of %q is another serial number", typed)
		}
	})
}
