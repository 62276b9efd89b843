package applet_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/countersign-auth/countersign/ota/applet"
)

func TestUnmistakable(t *testing.T) {
	t.Parallel()
	for text, good := range map[string]bool{
		"":                                     true,
		"Pay 90.00 EUR to Kari Nordmann\nrent": true,
		"Überweisung an Łukasz, 10 €":          true,
		"Платёж 10,00 EUR на счёт":             true,
		"Πληρωμή 10 EUR":                       true,
		"日本のカタカナとひらがな 10":                      true,
		"תשלום 10.00":                          true,
		"دفع ١٠٫٠٠":                            true,
		"Tiếng Việt":                           true,
		"हिन्दी में भुगतान":                    true,

		"Pаy 90.00 EUR":       false, // Cyrillic а
		"Αlder Bank":          false, // Greek Α
		"Раураl":              false, // Cyrillic, and a Latin l
		"Pay 10.00 EUR לקארי": false, // both directions in one line
		"10.00 EUR\nאבג abc":  false,
		"Pay 10 EUR, ref ١٠":  false, // digits of two kinds
		"Pay 1\u03380.00 EUR": false, // a stroke through a digit
		"Pay \u0338 EUR":      false,
		"e\u0301":             false, // not in normal form
		"q\u0301\u0302":       false, // two marks on one letter
		"Pay １0.00 EUR":       false, // a wide digit
	} {
		if got := applet.Unmistakable(text) == nil; got != good {
			t.Errorf("%q: %t", text, got)
		}
	}
}

// Whatever the text, of its kind: ASCII is always clear, and the answer is the same line by line.
func TestUnmistakableProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if s := rapid.StringMatching(`[ -~\n]*`).Draw(t, "ascii"); applet.Unmistakable(s) != nil {
			t.Fatalf("%q", s)
		}
		s := rapid.String().Draw(t, "any")
		if applet.Unmistakable(s) == nil && applet.Unmistakable(s+"\n"+s) != nil {
			t.Fatalf("%q twice", s)
		}
	})
}
