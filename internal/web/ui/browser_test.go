package ui_test

import (
	"testing"

	"github.com/countersign-auth/countersign/internal/web/ui"
)

func TestBrowserInWords(t *testing.T) {
	t.Parallel()
	for agent, want := range map[string]string{
		"":         "",
		"curl/8.5": "",
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                          "Firefox · Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0":           "Edge · Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0 Mobile Safari/604.1": "Chrome · iPhone",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36":                        "Chrome · Android",
		"Firefox/1": "Firefox",
	} {
		if got := ui.Browser(agent); got != want {
			t.Errorf("%q is %q; want %q", agent, got, want)
		}
	}
}
