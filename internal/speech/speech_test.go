package speech_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/speech"
)

func TestGerman(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]bool{
		"de": true, "de-AT": true, "de-Latn-CH-1996": true, "DE_de": true, "en": false, "en-DE": false, "nds": false, "": false, "de-": false, "deutsch": false, "de; DROP TABLE": false, "und-DE": true,
	} {
		if got := speech.German(tag); got != want {
			t.Errorf("%q: %v", tag, got)
		}
	}
}
